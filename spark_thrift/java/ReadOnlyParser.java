import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParameterContext;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;

/** Spark's parser; what it makes of a statement is handed on only when StatementCheck lets it pass. */
final class ReadOnlyParser implements ParserInterface {
  private final SparkSession session;
  private final ParserInterface parser;

  ReadOnlyParser(SparkSession session, ParserInterface parser) {
    this.session = session;
    this.parser = parser;
  }

  @Override
  public LogicalPlan parsePlan(String statement) throws ParseException {
    checkText(statement);
    return passed(parser.parsePlan(statement));
  }

  @Override
  public LogicalPlan parsePlanWithParameters(String statement, ParameterContext parameters) throws ParseException {
    checkText(statement);
    return passed(parser.parsePlanWithParameters(statement, parameters));
  }

  private static void checkText(String statement) {
    if (ReadOnly.rules != null) {
      StatementText.check(statement);
    }
  }

  private LogicalPlan passed(LogicalPlan plan) throws ParseException {
    ReadOnly.Rules rules = ReadOnly.rules;
    if (rules == null) {
      return plan;
    }
    if (StatementCheck.changesTheSession(plan)) {
      return parser.parsePlan("SELECT '' AS key, '' AS value WHERE false");
    }
    new StatementCheck(rules, rules.hiddenFrom(session)).check(plan);
    StatementSize.check(plan);
    return plan;
  }

  /** The text of a view, which we alone have written. */
  @Override
  public LogicalPlan parseQuery(String query) throws ParseException {
    return parser.parseQuery(query);
  }

  @Override
  public Expression parseExpression(String text) throws ParseException {
    return parser.parseExpression(text);
  }

  @Override
  public TableIdentifier parseTableIdentifier(String text) throws ParseException {
    return parser.parseTableIdentifier(text);
  }

  @Override
  public FunctionIdentifier parseFunctionIdentifier(String text) throws ParseException {
    return parser.parseFunctionIdentifier(text);
  }

  @Override
  public Seq<String> parseMultipartIdentifier(String text) throws ParseException {
    return parser.parseMultipartIdentifier(text);
  }

  @Override
  public StructType parseRoutineParam(String text) throws ParseException {
    return parser.parseRoutineParam(text);
  }

  @Override
  public StructType parseTableSchema(String text) throws ParseException {
    return parser.parseTableSchema(text);
  }

  @Override
  public DataType parseDataType(String text) throws ParseException {
    return parser.parseDataType(text);
  }
}
