import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.ExpandExec;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.GenerateExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.joins.BroadcastHashJoinExec;
import org.apache.spark.sql.execution.joins.BroadcastNestedLoopJoinExec;
import org.apache.spark.sql.execution.joins.CartesianProductExec;
import org.apache.spark.sql.execution.joins.ShuffledHashJoinExec;
import org.apache.spark.sql.execution.joins.SortMergeJoinExec;
import scala.Option;
import scala.runtime.AbstractPartialFunction;

/**
 * Joins, explode and UNPIVOT alone make more rows than were read, and Spark's do not look whether they have been cancelled: a cross join
 * held its core for good, or filled the memory. These ask RowLimit for each row.
 */
final class LimitedRows extends ColumnarRule {
  @Override
  public Rule<SparkPlan> preColumnarTransitions() {
    return new Rule<>() {
      @Override
      public SparkPlan apply(SparkPlan plan) {
        return (SparkPlan) plan.transformUp(new AbstractPartialFunction<SparkPlan, SparkPlan>() {
          @Override
          public boolean isDefinedAt(SparkPlan part) {
            return limited(part) != part;
          }

          @Override
          public SparkPlan apply(SparkPlan part) {
            return limited(part);
          }
        });
      }
    };
  }

  private static SparkPlan limited(SparkPlan plan) {
    if (plan instanceof BroadcastNestedLoopJoinExec join) {
      return join.copy(join.left(), join.right(), join.buildSide(), join.joinType(), asked(join.condition()));
    }
    if (plan instanceof CartesianProductExec join) {
      return join.copy(join.left(), join.right(), asked(join.condition()));
    }
    if (plan instanceof BroadcastHashJoinExec join && !join.isNullAwareAntiJoin()) {
      return join.copy(
          join.leftKeys(), join.rightKeys(), join.joinType(), join.buildSide(), asked(join.condition()), join.left(), join.right(), false,
          join.copy$default$9());
    }
    if (plan instanceof ShuffledHashJoinExec join) {
      return join.copy(
          join.leftKeys(), join.rightKeys(), join.joinType(), join.buildSide(), asked(join.condition()), join.left(), join.right(),
          join.isSkewJoin());
    }
    if (plan instanceof SortMergeJoinExec join) {
      return join.copy(
          join.leftKeys(), join.rightKeys(), join.joinType(), asked(join.condition()), join.left(), join.right(), join.isSkewJoin());
    }
    if (plan instanceof GenerateExec || plan instanceof ExpandExec) {
      return new FilterExec(new RowLimit(), plan);
    }
    return plan;
  }

  private static Option<Expression> asked(Option<Expression> condition) {
    Expression limit = new RowLimit();
    return Option.apply(condition.isEmpty() ? limit : new And(condition.get(), limit));
  }
}
