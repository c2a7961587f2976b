import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.InputFileName;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.jdk.javaapi.CollectionConverters;

/** The second lock, on what Spark has made of a statement: rows come from a table of the catalog, or from Delta's own log. */
final class PlanCheck {
  private PlanCheck() {}

  /** What stands behind a view is ours, for nobody can make one here; Spark has it checked by itself, without saying that it is a view's. */
  static void check(LogicalPlan whole, Set<String> behindViews) {
    Deque<LogicalPlan> waiting = new ArrayDeque<>();
    waiting.add(whole);
    while (!waiting.isEmpty()) {
      LogicalPlan plan = waiting.pop();
      if (plan instanceof View) {
        continue;
      }
      if (plan instanceof LogicalRelation relation && relation.catalogTable().isEmpty() && !isOurs(relation, behindViews)) {
        throw new Refused("rows that come from no table of this server");
      }
      if (plan instanceof DataSourceV2Relation relation && relation.identifier().isEmpty()) {
        throw new Refused("rows that come from no table of this server");
      }
      CollectionConverters.asJava(plan.expressions()).forEach(PlanCheck::checkExpression);
      CollectionConverters.asJava(plan.children()).forEach(waiting::push);
      CollectionConverters.asJava(plan.subqueries()).forEach(waiting::push);
    }
  }

  private static void checkExpression(Expression expression) {
    if (expression instanceof CallMethodViaReflection || expression instanceof InputFileName) {
      throw new Refused("the function " + expression.prettyName() + " is not on the list of this server");
    }
    CollectionConverters.asJava(expression.children()).forEach(PlanCheck::checkExpression);
  }

  /** Delta reads its log by queries of its own. */
  private static boolean isOurs(LogicalRelation relation, Set<String> behindViews) {
    return relation.relation() instanceof HadoopFsRelation files
        && CollectionConverters.asJava(files.location().rootPaths()).stream().map(path -> path.toUri().getPath())
            .allMatch(path -> path.contains("/_delta_log") || behindViews.contains(path));
  }
}
