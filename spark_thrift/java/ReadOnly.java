import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Function1;
import scala.runtime.BoxedUnit;

/** The Spark extension: once closed, each statement of this process goes through StatementCheck and each plan through PlanCheck. */
public final class ReadOnly implements Function1<SparkSessionExtensions, BoxedUnit> {
  /** Schemas and functions that may be named, tables that stand behind views, and for each catalog what it lacks and who has it. */
  record Rules(Set<String> schemas, Set<String> functions, Set<String> behindViews, Map<Object, Map<String, String>> hidden) {
    Map<String, String> hiddenFrom(SparkSession session) {
      return hidden.getOrDefault(catalogOf(session), Map.of());
    }
  }

  static volatile Rules rules;

  private static final Map<Object, Map<String, String>> HIDDEN = new ConcurrentHashMap<>();

  /** `names` are columns and schemas that this session's catalog lacks; `who` may read them. To be called before close. */
  public static void hide(SparkSession session, Iterable<String> names, String who) {
    Map<String, String> told = new ConcurrentHashMap<>();
    names.forEach(name -> told.put(name, who));
    HIDDEN.put(catalogOf(session), told);
  }

  /** From here on nothing else runs; there is no way back. */
  public static void close(Iterable<String> schemas, Iterable<String> functions, Iterable<String> behindViews) {
    rules = new Rules(setOf(schemas), setOf(functions), setOf(behindViews), Map.copyOf(HIDDEN));
  }

  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectParser((session, parser) -> new ReadOnlyParser(session, parser));
    extensions.injectCheckRule(session -> plan -> checked(plan));
    extensions.injectColumnar(session -> new LimitedRows());
    return BoxedUnit.UNIT;
  }

  private static BoxedUnit checked(LogicalPlan plan) {
    if (rules != null) {
      PlanCheck.check(plan, rules.behindViews());
    }
    return BoxedUnit.UNIT;
  }

  /** All sessions of an account share it, and no other account does. */
  static Object catalogOf(SparkSession session) {
    return ((org.apache.spark.sql.classic.SparkSession) session).sharedState();
  }

  private static Set<String> setOf(Iterable<String> names) {
    Set<String> found = ConcurrentHashMap.newKeySet();
    names.forEach(found::add);
    return Set.copyOf(found);
  }
}
