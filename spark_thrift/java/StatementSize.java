import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.catalyst.analysis.*;
import org.apache.spark.sql.catalyst.expressions.*;
import org.apache.spark.sql.catalyst.plans.logical.*;
import scala.Product;
import scala.Tuple3;
import scala.collection.Iterable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How large a short statement becomes: before there is a job that a limit could end, Spark writes out each CTE where it is named, each
 * star, each grouping set and each alias, and computes constants. What is counted here is never less than what Spark makes of it.
 */
final class StatementSize {
  private static final double MOST_PARTS = 100_000;
  private static final int MOST_LAMBDAS = 2;
  private static final Rows NONE = new Rows(new Part(0, 0, 0, 0), Map.of());
  private static final Rows TABLE = new Rows(new Part(200, 40, 256, 1), Map.of()); // the scan of one costs as much as 200 expressions

  /** They hand on the columns of what they read under their names. */
  private static final Set<Class<?>> KEEP_NAMES = Set.of(
      Filter.class, Sort.class, SubqueryAlias.class, GlobalLimit.class, LocalLimit.class, LimitAll.class, Offset.class, Distinct.class,
      Join.class, UnresolvedHaving.class, UnresolvedQualify.class, Sample.class, WithWindowDefinition.class);

  /** Parts of a plan; columns that a star stands for; the largest value; the largest expression once its aliases are written out. */
  private record Part(double parts, double columns, double characters, double written) {
    Part beside(Part other) {
      return new Part(parts + other.parts, columns + other.columns, Math.max(characters, other.characters), Math.max(written, other.written));
    }

    /** One column, which may be either. */
    Part or(Part other) {
      return new Part(1, 1, Math.max(characters, other.characters), Math.max(written, other.written));
    }
  }

  private record Rows(Part size, Map<String, Part> named) {}

  /** What an expression may name: columns of the rows below it, or of the queries around; and in how many lambdas it is. */
  private record Scope(Rows rows, Part around, Map<String, Rows> ctes, int lambdas) {
    Scope(Rows rows, Part around, Map<String, Rows> ctes) {
      this(rows, around, ctes, 0);
    }

    Part column(List<String> names) {
      return names.stream().map(name -> rows.named.get(lower(name))).filter(Objects::nonNull).reduce(Part::or).orElse(largest());
    }

    Part largest() {
      return rows.size.or(around);
    }

    /** With the elements of a list, which are at most as large as the list. Spark does not look whether it was cancelled in there. */
    Scope within(double list) {
      if (lambdas == MOST_LAMBDAS) {
        throw new Refused("functions of lists within each other, more than " + MOST_LAMBDAS + " deep");
      }
      return new Scope(new Rows(largest().or(new Part(0, 0, list, 0)), Map.of()), around, ctes, lambdas + 1);
    }
  }

  private StatementSize() {}

  static void check(LogicalPlan statement) {
    try {
      rowsOf(statement, NONE.size, Map.of());
    } catch (StackOverflowError error) {
      throw new Refused("a statement that is nested too deeply");
    }
  }

  private static Rows rowsOf(LogicalPlan plan, Part around, Map<String, Rows> ctes) {
    if (plan instanceof UnresolvedWith with) {
      return rowsWith(with, around, ctes);
    }
    if (plan instanceof UnresolvedRelation relation) {
      List<String> names = list(relation.multipartIdentifier());
      return names.size() == 1 ? ctes.getOrDefault(lower(names.get(0)), TABLE) : TABLE;
    }
    if (plan instanceof LocalRelation values) { // VALUES that the parser has computed: no longer than the statement
      return new Rows(new Part(1, list(values.output()).size(), StatementText.MOST, 1), Map.of());
    }
    List<LogicalPlan> plans = new ArrayList<>();
    List<Expression> expressions = new ArrayList<>();
    collect(plan, plans, expressions);
    Rows below = NONE;
    for (LogicalPlan one : plans) {
      Rows more = rowsOf(one, around, ctes);
      below = plan instanceof Union || plan instanceof SetOperation ? above(below, more) : beside(below, more);
    }
    return computed(plan, expressions, new Scope(below, around, ctes));
  }

  private static Rows rowsWith(UnresolvedWith with, Part around, Map<String, Rows> ctes) {
    if (with.allowRecursion()) {
      throw new Refused("WITH RECURSIVE");
    }
    Map<String, Rows> known = new HashMap<>(ctes);
    double defined = 0;
    for (Tuple3<String, SubqueryAlias, ?> one : list(with.cteRelations())) {
      Rows rows = rowsOf(one._2(), around, known);
      known.put(lower(one._1()), rows);
      defined += rows.size.parts;
    }
    Rows rows = rowsOf(with.child(), around, known);
    return new Rows(checked(rows.size.beside(new Part(defined, 0, 0, 0))), rows.named);
  }

  private static Rows beside(Rows one, Rows other) {
    Map<String, Part> named = new HashMap<>(one.named);
    other.named.forEach((name, column) -> named.merge(name, column, Part::or));
    return new Rows(one.size.beside(other.size), named);
  }

  /** The columns of the second go by the names of the first. */
  private static Rows above(Rows one, Rows other) {
    Part both = one.size.beside(other.size);
    return new Rows(new Part(both.parts, Math.max(one.size.columns, other.size.columns), both.characters, both.written), Map.of());
  }

  /** What the plan makes of the rows below it. */
  private static Rows computed(LogicalPlan plan, List<Expression> expressions, Scope scope) {
    Rows below = scope.rows;
    Map<String, Part> known = new HashMap<>(below.named); // an expression may name the aliases before it
    Map<String, Part> named = new HashMap<>();
    Part all = NONE.size;
    for (Expression one : expressions) {
      Part part = size(one, new Scope(new Rows(below.size, known), scope.around, scope.ctes));
      all = all.beside(part);
      if (one instanceof Alias alias) {
        known.merge(lower(alias.name()), part, Part::or);
        named.merge(lower(alias.name()), part, Part::or);
      } else if (one instanceof UnresolvedAttribute attribute) {
        List<String> names = list(attribute.nameParts());
        named.merge(lower(names.get(names.size() - 1)), part, Part::or);
      } else if (one instanceof Star) {
        below.named.forEach((name, column) -> named.merge(name, column, Part::or));
      }
    }
    double sets = plan instanceof Aggregate aggregate ? sets(aggregate) : 1;
    double parts = below.size.parts + 1 + (sets == 1 ? all.parts : sets * (all.parts + below.size.columns));
    boolean selects = plan instanceof Project || plan instanceof Aggregate;
    double columns = selects ? all.columns : below.size.columns + added(plan, all);
    Part size = new Part(parts, columns, Math.max(below.size.characters, all.characters), Math.max(below.size.written, all.written));
    return new Rows(checked(size), selects ? named : KEEP_NAMES.contains(plan.getClass()) ? below.named : Map.of());
  }

  private static double added(LogicalPlan plan, Part all) {
    if (plan instanceof Pivot pivot) {
      return (double) list(pivot.pivotValues()).size() * list(pivot.aggregates()).size();
    }
    return plan instanceof UnresolvedInlineTable values ? list(values.names()).size() : all.columns;
  }

  private static double sets(Aggregate aggregate) {
    double sets = 1;
    for (Expression grouping : list(aggregate.groupingExpressions())) {
      if (grouping instanceof Cube cube) {
        sets *= Math.pow(2, list(cube.groupingSetIndexes()).size());
      } else if (grouping instanceof Rollup rollup) {
        sets *= 1 + list(rollup.groupingSetIndexes()).size();
      } else if (grouping instanceof GroupingSets several) {
        sets *= list(several.groupingSetIndexes()).size();
      }
    }
    if (sets > StatementText.MOST_SETS) {
      throw new Refused("GROUP BY with more than " + (int) StatementText.MOST_SETS + " grouping sets");
    }
    return sets;
  }

  private static Part size(Expression expression, Scope scope) {
    if (expression instanceof Literal literal) {
      return new Part(1, 1, String.valueOf(literal.value()).length(), 1);
    }
    if (expression instanceof UnresolvedAttribute attribute) {
      return scope.column(list(attribute.nameParts()));
    }
    if (expression instanceof UnresolvedNamedLambdaVariable variable) {
      return scope.column(list(variable.nameParts()));
    }
    if (expression instanceof Star) {
      Part row = scope.rows.size;
      return checked(new Part(1 + row.columns, row.columns, row.characters, row.written));
    }
    List<LogicalPlan> plans = new ArrayList<>();
    List<Expression> inner = new ArrayList<>();
    collect(expression, plans, inner);
    List<Double> characters = new ArrayList<>();
    double parts = 1;
    double written = 1;
    for (Expression one : inner) {
      Part part = size(one, one instanceof LambdaFunction ? scope.within(characters.stream().mapToDouble(Double::doubleValue).sum()) : scope);
      characters.add(part.characters * part.columns);
      parts += part.parts;
      written += part.written * part.columns;
    }
    double columns = 1;
    for (LogicalPlan plan : plans) {
      Part query = rowsOf(plan, scope.largest(), scope.ctes).size;
      characters.add(query.characters);
      parts += query.parts;
      columns = expression instanceof LateralSubquery ? query.columns : 1;
    }
    return checked(new Part(parts, columns, ValueSize.of(expression, characters), written));
  }

  private static Part checked(Part part) {
    if (part.parts > MOST_PARTS || part.written > MOST_PARTS) {
      throw new Refused("a statement that becomes too large when its WITH, its stars and its aliases are written out");
    }
    return part;
  }

  /** The plans and expressions next below, whatever they are wrapped in. */
  private static void collect(Object node, List<LogicalPlan> plans, List<Expression> expressions) {
    if (node instanceof Iterable<?> several) { // a list is a Product, too
      several.foreach(part -> sort(part, plans, expressions));
    } else if (node instanceof Product product) {
      product.productIterator().foreach(part -> sort(part, plans, expressions));
    }
  }

  private static Object sort(Object part, List<LogicalPlan> plans, List<Expression> expressions) {
    if (part instanceof LogicalPlan plan) {
      plans.add(plan);
    } else if (part instanceof Expression expression) {
      expressions.add(expression);
    } else {
      collect(part, plans, expressions);
    }
    return null;
  }

  private static <T> List<T> list(Seq<T> several) {
    return CollectionConverters.asJava(several);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
