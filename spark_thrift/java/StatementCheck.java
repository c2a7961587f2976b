import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.*;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.*;
import org.apache.spark.sql.execution.command.*;
import scala.Product;
import scala.collection.Iterable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** What a parsed statement may be made of: an allow-list, so that what a later Spark adds is refused until somebody has looked at it. */
final class StatementCheck {
  /** Statements besides queries; each only shows names, columns or a plan. */
  private static final Set<Class<?>> STATEMENTS = Set.of(
      ShowNamespacesCommand.class, ShowTables.class, ShowTablesExtended.class, ShowViews.class, ShowColumns.class, ShowFunctions.class,
      ShowCatalogsCommand.class, ShowCurrentNamespaceCommand.class, ShowCreateTable.class, ShowTableProperties.class,
      DescribeRelation.class, DescribeColumn.class, DescribeQueryCommand.class, DescribeFunction.class, DescribeNamespace.class,
      ExplainCommand.class, SetCatalogAndNamespace.class, SetNamespaceCommand.class);

  private static final Set<Class<?>> QUERY = Set.of(
      Project.class, Filter.class, Aggregate.class, Sort.class, GlobalLimit.class, LocalLimit.class, LimitAll.class, Offset.class,
      Join.class, LateralJoin.class, SubqueryAlias.class, UnresolvedSubqueryColumnAliases.class, UnresolvedRelation.class,
      UnresolvedWith.class, Union.class, Distinct.class, Intersect.class, Except.class, UnresolvedInlineTable.class, LocalRelation.class,
      OneRowRelation.class, WithWindowDefinition.class, UnresolvedHaving.class, UnresolvedQualify.class, Pivot.class, Unpivot.class,
      Generate.class, Sample.class, RelationTimeTravel.class, UnresolvedTVFAliases.class, UnresolvedTableValuedFunction.class);

  /** Parts of the statements above. */
  private static final Set<Class<?>> NAMES = Set.of(
      CurrentNamespace$.class, UnresolvedNamespace.class, UnresolvedTable.class, UnresolvedTableOrView.class, UnresolvedView.class,
      UnresolvedFunctionName.class);

  private static final Set<Class<?>> WITHOUT_EFFECT = Set.of(SetCommand.class, ResetCommand.class, SetCatalogCommand.class);

  private final ReadOnly.Rules rules;
  private final Map<String, String> hidden;

  StatementCheck(ReadOnly.Rules rules, Map<String, String> hidden) {
    this.rules = rules;
    this.hidden = hidden;
  }

  /** SET and RESET, which BI tools send when they connect. */
  static boolean changesTheSession(LogicalPlan plan) {
    return WITHOUT_EFFECT.contains(plan.getClass());
  }

  /** Looks at everything that can be reached from the plan: subqueries, CTEs, what stands behind EXPLAIN or in an expression. */
  void check(LogicalPlan statement) {
    Deque<Object> waiting = new ArrayDeque<>();
    waiting.add(statement);
    while (!waiting.isEmpty()) {
      Object one = waiting.pop();
      if (one instanceof LogicalPlan plan) {
        checkPlan(plan, plan == statement);
      } else if (one instanceof Expression expression) {
        checkExpression(expression);
      }
      if (one instanceof Iterable<?> several) { // and not a Product too, which a list is: every part would be looked at twice, its parts four times
        several.foreach(part -> push(waiting, part));
      } else if (one instanceof Product product) {
        product.productIterator().foreach(part -> push(waiting, part));
      }
    }
  }

  private static Object push(Deque<Object> waiting, Object part) {
    if (part instanceof Product || part instanceof Iterable<?> || part instanceof LogicalPlan || part instanceof Expression) {
      waiting.push(part);
    }
    return null;
  }

  private void checkPlan(LogicalPlan plan, boolean whole) {
    Class<?> kind = plan.getClass();
    boolean allowed = QUERY.contains(kind) || NAMES.contains(kind) || whole && STATEMENTS.contains(kind);
    if (!allowed) {
      throw new Refused(plan.nodeName() + ". This server only reads: SELECT, SHOW, DESCRIBE, EXPLAIN and USE over its tables");
    }
    if (plan instanceof UnresolvedRelation relation) {
      checkName(relation.multipartIdentifier(), 2);
      if (!relation.options().isEmpty() || relation.isStreaming()) {
        throw new Refused("a table with options, or as a stream");
      }
    } else if (plan instanceof UnresolvedTable table) {
      checkName(table.multipartIdentifier(), 2);
    } else if (plan instanceof UnresolvedTableOrView table) {
      checkName(table.multipartIdentifier(), 2);
    } else if (plan instanceof UnresolvedView view) {
      checkName(view.multipartIdentifier(), 2);
    } else if (plan instanceof UnresolvedNamespace namespace) {
      checkName(namespace.multipartIdentifier(), 1);
    } else if (plan instanceof SetNamespaceCommand use) {
      checkName(use.namespace(), 1);
    } else if (plan instanceof UnresolvedTableValuedFunction function) {
      checkFunction(function.name());
    }
  }


  private void checkExpression(Expression expression) {
    if (expression instanceof UnresolvedFunction function) {
      checkFunction(function.nameParts());
      if (function.prettyName().equalsIgnoreCase("approx_count_distinct") && CollectionConverters.asJava(function.arguments()).size() > 1) {
        throw new Refused("approx_count_distinct with an exactness, which may take all memory");
      }
    } else if (expression instanceof UnresolvedGenerator generator) {
      FunctionIdentifier name = generator.name();
      checkFunction(name.nameParts());
    } else if (expression instanceof ExpressionWithUnresolvedIdentifier) {
      throw new Refused("IDENTIFIER(…)");
    } else if (expression instanceof UnresolvedAttribute attribute) {
      List<String> parts = CollectionConverters.asJava(attribute.nameParts());
      checkHidden("column", parts.get(parts.size() - 1));
      checkNoMetadata(parts);
    } else if (expression instanceof UnresolvedStarBase star && star.target().isDefined()) {
      checkNoMetadata(CollectionConverters.asJava(star.target().get()));
    }
  }

  private static void checkNoMetadata(List<String> parts) {
    if (parts.stream().anyMatch("_metadata"::equalsIgnoreCase)) {
      throw new Refused("_metadata, which tells where files are");
    }
  }

  /** [spark_catalog.][schema.]name, or without the name for a schema (`full` tells how many parts there are without the catalog). */
  private void checkName(Seq<String> parts, int full) {
    List<String> names = CollectionConverters.asJava(parts).stream().map(part -> part.toLowerCase(Locale.ROOT)).toList();
    if (names.size() == full + 1 && names.get(0).equals("spark_catalog")) {
      names = names.subList(1, names.size());
    }
    if (names.size() > full) {
      throw new Refused(String.join(".", names) + ": only spark_catalog has tables here");
    }
    if (names.size() == full) {
      checkHidden("schema", names.get(0));
      if (!rules.schemas().contains(names.get(0)) && !(full == 1 && names.get(0).equals("spark_catalog"))) {
        throw new Refused(names.get(0) + " is not a schema of this server (" + String.join(", ", rules.schemas()) + "); files have no names here");
      }
    }
  }

  private void checkFunction(Seq<String> parts) {
    String name = String.join(".", CollectionConverters.asJava(parts)).toLowerCase(Locale.ROOT);
    if (!rules.functions().contains(name)) {
      throw new Refused("the function " + name + " is not on the list of this server");
    }
  }

  private void checkHidden(String what, String name) {
    String who = hidden.get(name.toLowerCase(Locale.ROOT));
    if (who != null) {
      throw new Refused("the " + what + " " + name + " can be read by the account " + who + " alone");
    }
  }
}
