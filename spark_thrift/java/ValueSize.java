import java.util.List;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.BinaryArithmetic;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Predicate;
import scala.jdk.javaapi.CollectionConverters;

/** How many characters the value of an expression has at most, by those of its parts: constants are computed before there is a job. */
final class ValueSize {
  private static final double MOST = 4_000_000;
  private static final double SMALL = 40; // a decimal of 38 digits
  private static final double AT_LEAST = 128; // sha2; a number, a type or a version as text are shorter
  private static final double NAME = 16; // of a month, which one letter of a pattern stands for
  private static final double COLLECTED = 1000; // values that an aggregate puts into one

  private ValueSize() {}

  static double of(Expression expression, List<Double> parts) {
    if (expression instanceof Predicate || expression instanceof BinaryArithmetic) {
      return SMALL;
    }
    double size = Math.max(AT_LEAST, expression instanceof UnresolvedFunction function
        ? ofFunction(CollectionConverters.asJava(function.nameParts()).get(0).toLowerCase(java.util.Locale.ROOT), parts) : sum(parts));
    if (size > MOST) {
      throw new Refused("a value that may have more than " + (int) MOST + " characters: " + expression.prettyName());
    }
    return size;
  }

  private static double ofFunction(String name, List<Double> parts) {
    return switch (name) {
      case "replace" -> part(parts, 0) * Math.max(1, part(parts, 2));
      case "regexp_replace" -> (1 + part(parts, 0)) * (1 + part(parts, 2)); // a pattern may find what is between two characters
      case "transform" -> part(parts, 0) * Math.max(1, part(parts, 1));
      case "concat_ws" -> sum(parts) * (1 + part(parts, 0));
      case "array_join" -> sum(parts) * (1 + part(parts, 1) + part(parts, 2));
      case "array_agg", "collect_list", "collect_set", "listagg", "string_agg" -> COLLECTED * sum(parts);
      case "base64", "hex" -> 2 * sum(parts);
      case "date_format", "from_unixtime", "to_char", "to_varchar" -> NAME * Math.max(1, part(parts, 1)); // of the pattern
      default -> sum(parts);
    };
  }

  private static double part(List<Double> parts, int index) {
    return index < parts.size() ? parts.get(index) : 0;
  }

  private static double sum(List<Double> parts) {
    return parts.stream().mapToDouble(Double::doubleValue).sum();
  }
}
