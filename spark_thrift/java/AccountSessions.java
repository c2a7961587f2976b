import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.SessionHandle;
import org.apache.hive.service.cli.session.SessionManager;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.hive.service.server.HiveServer2;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2;
import org.apache.spark.sql.hive.thriftserver.server.SparkSQLOperationManager;

/** Gives each session the catalog of its account, and takes no setting from the client but the schema. */
final class AccountSessions extends SessionManager {
  private static final String SCHEMA = "use:database";
  private final Map<String, SparkSession> accounts;
  private final SparkSQLOperationManager operations = new LimitedFetches();

  AccountSessions(HiveServer2 server, Map<String, SparkSession> accounts) throws ReflectiveOperationException {
    super(server);
    this.accounts = new HashMap<>(accounts);
    Field manager = SessionManager.class.getDeclaredField("operationManager");
    manager.setAccessible(true);
    manager.set(this, operations);
  }

  /** The client's settings could name a catalog over any path, or set a property of this process (`set:system:…`). */
  @Override
  public SessionHandle openSession(
      TProtocolVersion protocol, String user, String password, String address, Map<String, String> settings, boolean impersonates, String token)
      throws HiveSQLException {
    SparkSession account = accounts.get(user);
    if (account == null) {
      throw new HiveSQLException("there is no account " + user);
    }
    SessionHandle handle = super.openSession(protocol, user, password, address, new HashMap<>(), impersonates, token);
    HiveThriftServer2.eventManager().onSessionCreated(address, handle.getSessionId().toString(), user);
    try {
      SparkSession session = account.newSession();
      if (settings != null && settings.containsKey(SCHEMA)) {
        session.sql("USE " + settings.get(SCHEMA));
      }
      operations.sessionToContexts().put(handle, session);
      return handle;
    } catch (Exception error) { // a ParseException is none that javac knows of
      closeSession(handle);
      throw new HiveSQLException("no session: " + error.getMessage());
    }
  }

  @Override
  public void closeSession(SessionHandle handle) throws HiveSQLException {
    HiveThriftServer2.eventManager().onSessionClosed(handle.getSessionId().toString());
    super.closeSession(handle);
    operations.sessionToContexts().remove(handle);
  }
}
