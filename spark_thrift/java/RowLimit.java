import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Function1;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Seq$;

/** True for each row that is made, until its task has been cancelled or has seen too many: then the task ends here. */
public final class RowLimit extends Expression implements CodegenFallback, Serializable {
  private static final long serialVersionUID = 1L;
  private static volatile long most; // rows; the server runs its tasks in its own JVM
  private long rows; // each task has a copy of its own

  public static void set(long rows) {
    most = rows;
  }

  @Override
  public Object eval(InternalRow row) {
    rows++;
    if (rows > most) {
      throw new Refused("a join, explode, UNPIVOT, CUBE or several COUNT(DISTINCT …) that make more than " + most
          + " rows in one task (SPORTDATA_THRIFT_TASK_ROWS): join by a key, or aggregate first");
    }
    TaskContext task = TaskContext.get();
    if (task != null) {
      task.killTaskIfInterrupted();
    }
    return true;
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    return CodegenFallback.super.doGenCode(context, code);
  }

  @Override
  public Seq<Expression> children() {
    return Seq$.MODULE$.<Expression>newBuilder().result();
  }

  @Override
  public Expression mapChildren(Function1<Expression, Expression> change) {
    return this;
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> none) {
    return this;
  }

  @Override
  public DataType dataType() {
    return DataTypes.BooleanType;
  }

  @Override
  public boolean nullable() {
    return false;
  }

  @Override
  public int productArity() {
    return 0;
  }

  @Override
  public Object productElement(int index) {
    throw new IndexOutOfBoundsException(index);
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof RowLimit;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowLimit;
  }

  @Override
  public int hashCode() {
    return 1;
  }
}
