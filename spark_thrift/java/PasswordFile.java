import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import javax.security.sasl.AuthenticationException;
import org.apache.hive.service.auth.PasswdAuthenticationProvider;

/** Lets in whoever gives a user and that user's password: pairs of lines in the file named by sportdata.thrift.password.file. */
public final class PasswordFile implements PasswdAuthenticationProvider {
  @Override
  public void Authenticate(String user, String password) throws AuthenticationException {
    List<String> lines;
    try {
      lines = Files.readAllLines(Path.of(System.getProperty("sportdata.thrift.password.file")));
    } catch (IOException | RuntimeException error) {
      throw new AuthenticationException("the server cannot read its password file");
    }
    boolean known = false;
    for (int line = 0; line + 1 < lines.size(); line += 2) {
      known |= same(lines.get(line), user) & same(lines.get(line + 1), password);
    }
    if (!known) {
      throw new AuthenticationException("unknown user or wrong password");
    }
  }

  /** Takes as long for a wrong password as for the right one. */
  private static boolean same(String expected, String given) {
    byte[] bytes = given == null ? new byte[0] : given.getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), bytes);
  }
}
