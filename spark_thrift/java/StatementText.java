import java.util.List;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Token;
import org.apache.spark.sql.catalyst.parser.SqlBaseLexer;
import org.apache.spark.sql.catalyst.parser.UpperCaseCharStream;

/** What has to be known before a statement is parsed: the parser needs kilobytes for each word, and writes out each CUBE in GROUPING SETS. */
final class StatementText {
  static final int MOST = 100_000; // characters
  static final double MOST_SETS = 1024;

  private StatementText() {}

  static void check(String text) {
    if (text.length() > MOST) {
      throw new Refused("a statement of more than " + MOST + " characters");
    }
    SqlBaseLexer lexer = new SqlBaseLexer(new UpperCaseCharStream(CharStreams.fromString(text)));
    lexer.removeErrorListeners(); // the parser tells what is wrong
    List<? extends Token> words = lexer.getAllTokens().stream().filter(word -> word.getChannel() == Token.DEFAULT_CHANNEL).toList();
    double sets = 0;
    for (int at = 0; at + 1 < words.size(); at++) {
      if (words.get(at).getType() == SqlBaseLexer.CUBE && words.get(at + 1).getType() == SqlBaseLexer.LEFT_PAREN) {
        sets += Math.pow(2, listed(words.subList(at + 1, words.size())));
      }
    }
    if (sets > MOST_SETS) {
      throw new Refused("CUBEs of more than " + (int) MOST_SETS + " grouping sets");
    }
  }

  /** How many things stand between the first parenthesis and its end. */
  private static int listed(List<? extends Token> words) {
    int depth = 0;
    int things = 1;
    for (Token word : words) {
      int type = word.getType();
      depth += type == SqlBaseLexer.LEFT_PAREN ? 1 : type == SqlBaseLexer.RIGHT_PAREN ? -1 : 0;
      if (depth == 0) {
        break;
      }
      things += depth == 1 && type == SqlBaseLexer.COMMA ? 1 : 0;
    }
    return things;
  }
}
