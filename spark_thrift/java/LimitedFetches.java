import java.lang.reflect.Field;
import java.util.Map;
import org.apache.hive.service.cli.FetchOrientation;
import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.OperationHandle;
import org.apache.hive.service.cli.operation.Operation;
import org.apache.hive.service.cli.operation.OperationManager;
import org.apache.hive.service.rpc.thrift.TRowSet;
import org.apache.spark.sql.hive.thriftserver.server.SparkSQLOperationManager;

/** All rows of a fetch are in memory at once: no client has more of them than MOST at a time, whatever it asks for. It asks again. */
final class LimitedFetches extends SparkSQLOperationManager {
  private static final long MOST = 10_000;
  private final Map<OperationHandle, Operation> running;

  @SuppressWarnings("unchecked")
  LimitedFetches() throws ReflectiveOperationException {
    Field operations = OperationManager.class.getDeclaredField("handleToOperation");
    operations.setAccessible(true);
    running = (Map<OperationHandle, Operation>) operations.get(this);
  }

  /** Spark looks for it in the class above the object's own, which is not that of a subclass. */
  @Override
  public Map<OperationHandle, Operation> handleToOperation() {
    return running;
  }

  @Override
  public TRowSet getOperationNextRowSet(OperationHandle handle, FetchOrientation orientation, long rows) throws HiveSQLException {
    return super.getOperationNextRowSet(handle, orientation, Math.min(rows, MOST));
  }
}
