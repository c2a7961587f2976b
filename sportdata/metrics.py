"""Every metric of the project's own processes, with kind, unit and meaning. Nothing personal in names or labels.

The class says the kind; the end of the name says the unit: `_seconds`, `_bytes`, `_euros`, `_timestamp_seconds` (Unix time), else a count.
Prometheus adds `_total` to counters. docs/metrics.md is made from this module, and rules and dashboards may name nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that says when it began: Prometheus sees that by itself

SLACK_POSTED = Counter("sportdata_slack_messages_posted", "Messages that were posted (in preview: shown)")
SLACK_ANNOUNCED = Counter("sportdata_slack_activities_announced", "Activities that these messages announce")
SLACK_SKIPPED = Counter("sportdata_slack_activities_skipped", "Activities that are not announced, by reason", ["reason"])
SLACK_RETRIED = Counter("sportdata_slack_retries", "Attempts that posted nothing and will be made again")
SLACK_UNREADABLE = Counter("sportdata_slack_events_unreadable", "Events of the stream that are not changes of an activity, set aside")
SLACK_WAITING = Gauge("sportdata_slack_activities_waiting", "Activities that wait to be announced")
SLACK_OLDEST = Gauge(
    "sportdata_slack_oldest_waiting_seconds", "Since the commit of the activity that has waited longest; 0 when none waits"
)
SLACK_UNCERTAIN = Gauge("sportdata_slack_activities_uncertain", "Activities of which nobody knows whether they were announced: settle them")
SLACK_REFUSED = Gauge("sportdata_slack_activities_refused", "Activities whose message Slack refused for good, set aside")
SLACK_BLOCKED = Gauge("sportdata_slack_blocked", "1 while nothing can be posted: token, channel, Slack, broker or database")

VALIDATION = CollectorRegistry()  # of `validate_strava.py --watch`, a process of its own

VALIDATION_RUNS = Counter("sportdata_validation_runs", "Runs, by outcome: fine, failed, unchecked", ["outcome"], registry=VALIDATION)
VALIDATION_LAST_RUN = Gauge("sportdata_validation_last_run_timestamp_seconds", "When the last run ended", registry=VALIDATION)
VALIDATION_DURATION = Gauge("sportdata_validation_duration_seconds", "What the last run took", registry=VALIDATION)
VALIDATION_PERIOD = Gauge("sportdata_validation_period_seconds", "From the start of a run to that of the next", registry=VALIDATION)
VALIDATION_SUCCESS = Gauge(
    "sportdata_validation_success",
    "1 when the last run checked everything and the data were fine, else 0; NaN until a run has ended",
    registry=VALIDATION,
)
VALIDATION_SUCCESS.set(float("nan"))
VALIDATION_FAILED = Gauge(
    "sportdata_validation_failed_expectations", "Expectations that failed", ["suite", "table", "severity"], registry=VALIDATION
)
VALIDATION_UNEXPECTED = Gauge(
    "sportdata_validation_unexpected_rows",
    "Rows that break an expectation; 1 where a table as a whole breaks it",
    ["suite", "table", "expectation", "severity"],
    registry=VALIDATION,
)

STREAMS = CollectorRegistry()  # of bronze and gold, in one process or one each; by query or stage
ProcessCollector(registry=STREAMS)  # of Python alone, Spark's JVM aside

STREAM_ACTIVE = Gauge("sportdata_stream_query_active", "1 while the query runs", ["query"], registry=STREAMS)
STREAM_PROGRESS_AT = Gauge(
    "sportdata_stream_last_progress_timestamp_seconds", "When the query last said anything, idle or not", ["query"], registry=STREAMS
)
STREAM_BATCH_AT = Gauge("sportdata_stream_last_batch_timestamp_seconds", "When its last batch began", ["query"], registry=STREAMS)
STREAM_ROWS_IN = Counter("sportdata_stream_rows_in", "Rows that its batches read", ["query"], registry=STREAMS)
STREAM_ROWS_OUT = Counter("sportdata_stream_rows_out", "Rows that they committed to Delta tables", ["query"], registry=STREAMS)
STREAM_BATCH = Histogram(
    "sportdata_stream_batch_duration_seconds",
    "A batch with rows, from its trigger to its commit",
    ["query"],
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60),
    registry=STREAMS,
)
STREAM_PHASE = Counter(
    "sportdata_stream_batch_phase_seconds", "Time in each phase of these batches, by Spark's names", ["query", "phase"], registry=STREAMS
)
STREAM_FRESHNESS = Histogram(
    "sportdata_stream_freshness_seconds",
    "From the commit at PostgreSQL to the commit of the stage, of the oldest event of each batch",
    ["stage"],
    buckets=(0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 20, 60, 300, 3600),
    registry=STREAMS,
)
STREAM_NEWEST = Gauge(
    "sportdata_stream_newest_event_timestamp_seconds",
    "Commit at PostgreSQL of the newest event of the stage's last batch",
    ["stage"],
    registry=STREAMS,
)
GOLD = CollectorRegistry()  # of gold alone: bronze in a driver of its own has nothing to say about these

GOLD_ASIDE = Counter("sportdata_gold_events_set_aside", "Events that cannot be read, set aside since the start", registry=GOLD)
GOLD_ANOMALIES = Gauge("sportdata_gold_anomalies", "Rows of gold.anomalies, by object and code", ["objet", "code"], registry=GOLD)
GOLD_REFUSED = Gauge("sportdata_gold_inputs_refused", "Inputs whose last good values stay in force: files, HR data", registry=GOLD)
GOLD_UNPUBLISHED = Gauge("sportdata_gold_activities_unpublished", "Activities that gold.activites shows as they were", registry=GOLD)

# The whole company alone: a business unit with one eligible person would reveal a salary. Nothing of pending_eur, often one person's.
BUSINESS: dict[str, Gauge] = {
    column: Gauge(f"sportdata_business_{name}", meaning, registry=GOLD)
    for column, name, meaning in (
        ("employees", "employees", "Active employees"),
        ("prime_total_eur", "prime_euros", "Sum of the primes sportives"),
        ("prime_employees", "prime_employees", "Employees with a prime sportive"),
        ("wellness_employees", "wellness_employees", "Employees with journées bien-être"),
        ("wellness_days", "wellness_days", "Journées bien-être in all"),
        ("wrong_declarations", "wrong_declarations", "Declarations beyond the limit"),
        ("to_check", "declarations_to_check", "Declarations whose limit lies within the uncertainty"),
        ("unknown_distances", "unknown_distances", "Active modes without a distance"),
        ("activities", "activities", "Activities that count and lie in the window"),
        ("last_activity", "last_activity_timestamp_seconds", "Start of the latest activity that counts"),
    )
}
for _gauge in BUSINESS.values():
    _gauge.set(float("nan"))  # until gold has published: 0 euros would be a statement
del _gauge


class OnDemand(NamedTuple):
    """A metric that the exporter reads when it is asked for it; what it cannot read is absent, never old."""

    name: str
    kind: Literal["gauge", "counter"]
    meaning: str
    labels: tuple[str, ...] = ()

    def family(self, values: Mapping[tuple[str, ...], float]) -> Metric:
        """`values` by the labels' values; () where there are none."""
        made = (GaugeMetricFamily if self.kind == "gauge" else CounterMetricFamily)(self.name, self.meaning, labels=self.labels)
        for labels, value in values.items():
            made.add_metric(labels, value)
        return made


SOURCE_UP = OnDemand("sportdata_exporter_source_up", "gauge", "1 when the source answered the exporter", ("source",))
SOURCE_SECONDS = OnDemand("sportdata_exporter_source_duration_seconds", "gauge", "What asking the source took", ("source",))
COMPONENT_READY = OnDemand(
    "sportdata_component_ready",
    "gauge",
    "1 while the supervisor finds it ready; in containers while it accepts connections, of connector: while its keeper runs",
    ("component",),
)
CONNECT_TASKS = OnDemand("sportdata_connect_tasks", "gauge", "Tasks of the connector by state", ("connector", "state"))
TOPIC_EVENTS = OnDemand("sportdata_broker_topic_events", "counter", "Records ever written (sum of end offsets)", ("topic",))
TOPIC_HELD = OnDemand("sportdata_broker_topic_held_events", "gauge", "Records that the topic still holds", ("topic",))
TOPIC_BYTES = OnDemand("sportdata_broker_topic_bytes", "gauge", "Size of the topic at the broker", ("topic",))
GROUP_LAG = OnDemand(
    "sportdata_broker_group_lag_events", "gauge", "Records not read yet; `bronze` keeps its offsets itself", ("group", "topic")
)
PENDING = OnDemand(
    "sportdata_pipeline_pending_seconds",
    "gauge",
    "Age of the oldest change that the stage has not taken in, 0 when it has all; for gold since bronze's commit",
    ("stage",),
)
SLOT_WAL = OnDemand("sportdata_postgres_slot_wal_bytes", "gauge", "WAL that the replication slot keeps from being removed", ("slot",))
SLOT_LAG = OnDemand("sportdata_postgres_slot_unconfirmed_bytes", "gauge", "WAL that its reader has not confirmed", ("slot",))
SLOT_ACTIVE = OnDemand("sportdata_postgres_slot_active", "gauge", "1 while somebody reads from the slot", ("slot",))
CONNECTIONS = OnDemand("sportdata_postgres_connections", "gauge", "Client connections by state", ("state",))
MOST_CONNECTIONS = OnDemand("sportdata_postgres_max_connections", "gauge", "How many there may be")
ACTIVITY_CHANGES = OnDemand(
    "sportdata_postgres_activity_changes", "counter", "Rows of sport_activities inserted, updated or deleted, rolled back ones included"
)
LAKE_ROWS = OnDemand("sportdata_lake_rows", "gauge", "Rows of the table", ("table",))
LAKE_FILES = OnDemand("sportdata_lake_files", "gauge", "Data files of its newest version", ("table",))
LAKE_BYTES = OnDemand("sportdata_lake_bytes", "gauge", "Size of these files", ("table",))
LAKE_VERSION = OnDemand("sportdata_lake_version", "gauge", "Its newest version", ("table",))
LAKE_COMMITTED_AT = OnDemand("sportdata_lake_last_commit_timestamp_seconds", "gauge", "When that was committed", ("table",))
DISK_FREE = OnDemand("sportdata_disk_free_bytes", "gauge", "Free space where the state of the stack lies")
DISK_SIZE = OnDemand("sportdata_disk_size_bytes", "gauge", "Size of that file system")

EXPORTED: tuple[OnDemand, ...] = tuple(value for value in list(globals().values()) if isinstance(value, OnDemand))

_DEBEZIUM = "debezium_postgres_connector_metrics_"
# Of others, named here because rules or dashboards use them.
FOREIGN: dict[str, str] = {
    "up": "Prometheus: 1 when the target answered",
    "ALERTS": "Prometheus: 1 for each alert that is pending or firing",
    "process_start_time_seconds": "When the process was started",
    "process_resident_memory_bytes": "Its memory; of bronze and gold the Python part alone",
    "jvm_memory_used_bytes": "Connect's JVM: heap and the rest",
    f"{_DEBEZIUM}connected": "Debezium: 1 while connected to the write-ahead log",
    f"{_DEBEZIUM}millisecondsbehindsource": "Debezium: from its last event's commit (a heartbeat is one) to its reading, milliseconds",
    f"{_DEBEZIUM}millisecondssincelastevent": "Debezium: age of its last event, milliseconds",
    f"{_DEBEZIUM}queueremainingcapacity": "Debezium: free places in its queue",
    f"{_DEBEZIUM}queuetotalcapacity": "Debezium: places in its queue",
    f"{_DEBEZIUM}totalnumberofcreateeventsseen": "Debezium: inserts since its start",
    f"{_DEBEZIUM}totalnumberofupdateeventsseen": "Debezium: updates since its start",
    f"{_DEBEZIUM}totalnumberofdeleteeventsseen": "Debezium: deletes since its start",
    f"{_DEBEZIUM}totalnumberofreadeventsseen": "Debezium: rows of a snapshot since its start",
    f"{_DEBEZIUM}totalnumberoflogicalmessageeventsseen": "Debezium: messages of `sportdata wait` since its start",
    f"{_DEBEZIUM}totalnumberofeventsseen": "Debezium: all of these",
    f"{_DEBEZIUM}snapshotrunning": "Debezium: 1 while it takes a snapshot",
    f"{_DEBEZIUM}snapshotdurationinseconds": "Debezium: what the last snapshot took",
    "kafka_connect_connector_task_running_ratio": "Connect: share of its time that the task has been running",
    "pg_stat_database_xact_commit": "postgres-exporter (containers): transactions committed",
    "pg_database_size_bytes": "postgres-exporter (containers): size of a database",
    "redpanda_kafka_request_bytes_total": "Redpanda (containers): bytes produced and consumed",
    "redpanda_storage_disk_free_bytes": "Redpanda (containers): free space of its disk",
}


class Known(NamedTuple):
    """One metric as Prometheus shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def catalogue() -> list[Known]:
    """Every metric of this module, in its order; those of others last."""
    made = [value for value in list(globals().values()) if isinstance(value, Counter | Gauge | Histogram)]
    made += BUSINESS.values()
    own = [
        Known(one._name + "_total" * (one._type == "counter"), one._type, tuple(one._labelnames), one._documentation) for one in made
    ] + [Known(one.name + "_total" * (one.kind == "counter"), one.kind, one.labels, one.meaning) for one in EXPORTED]
    return [*own, *(Known(name, "", (), meaning) for name, meaning in FOREIGN.items())]
