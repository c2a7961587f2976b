import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** Cancels a Spark job that takes too long: rows are fetched by jobs of their own, which the limit of a statement does not see. */
public final class JobLimit extends SparkListener {
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
    Thread thread = new Thread(work, "job-limit");
    thread.setDaemon(true);
    return thread;
  });
  private final Map<Integer, Future<?>> running = new ConcurrentHashMap<>();
  private final SparkContext spark;
  private final long seconds;

  private JobLimit(SparkContext spark, long seconds) {
    this.spark = spark;
    this.seconds = seconds;
  }

  public static void set(SparkContext spark, long seconds) {
    spark.addSparkListener(new JobLimit(spark, seconds));
  }

  @Override
  public void onJobStart(SparkListenerJobStart job) {
    String reason = "it took longer than " + seconds + " s (SPORTDATA_THRIFT_QUERY_LIMIT_S)";
    running.put(job.jobId(), clock.schedule(() -> spark.cancelJob(job.jobId(), reason), seconds, TimeUnit.SECONDS));
  }

  @Override
  public void onJobEnd(SparkListenerJobEnd job) {
    Future<?> limit = running.remove(job.jobId());
    if (limit != null) {
      limit.cancel(false);
    }
  }
}
