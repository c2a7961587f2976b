import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hive.service.cli.CLIService;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.hive.HiveUtils$;
import org.apache.spark.sql.hive.client.HiveClientImpl;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2$;

/** Spark's HiveServer2, started as it starts itself but for its sessions, which are those of AccountSessions. */
public final class ThriftServer {
  private ThriftServer() {}

  public static void start(Map<String, SparkSession> accounts) throws ReflectiveOperationException {
    org.apache.spark.sql.classic.SparkSession first = (org.apache.spark.sql.classic.SparkSession) accounts.values().iterator().next();
    HiveConf conf = ((HiveClientImpl) HiveUtils$.MODULE$.newClientForExecution(first.sparkContext().conf(), first.sessionState().newHadoopConf())).conf();
    HiveThriftServer2 server = new HiveThriftServer2(first);
    server.init(conf);
    CLIService service = (CLIService) server.getServices().stream().filter(CLIService.class::isInstance).findFirst().orElseThrow();
    AccountSessions sessions = new AccountSessions(server, accounts);
    sessions.init(conf);
    Field manager = CLIService.class.getDeclaredField("sessionManager");
    manager.setAccessible(true);
    manager.set(service, sessions);
    Method listener = HiveThriftServer2$.class.getDeclaredMethod("createListenerAndUI", HiveThriftServer2.class, SparkContext.class);
    listener.setAccessible(true);
    listener.invoke(HiveThriftServer2$.MODULE$, server, first.sparkContext());
    server.start();
    sessions.start();
  }
}
