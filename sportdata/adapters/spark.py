"""One way to make a Spark session, for the jobs, the Thrift server and the tests."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from sportdata.settings import ROOT, Settings


def session(settings: Settings, name: str, memory: str, extra: dict[str, str] | None = None, master: str | None = None) -> SparkSession:
    """A session with Delta, bound to the loopback, with `config/spark-defaults.conf` as its base; `master` replaces the settings'."""
    jars = settings.jars.resolve() / "spark"
    scratch = settings.home.resolve() / "spark" / name
    scratch.mkdir(parents=True, exist_ok=True)
    driver_host, driver_binds = settings.driver_addresses
    builder = SparkSession.builder.appName(f"sportdata-{name}").master(master or settings.spark_master)
    options = {
        **_defaults(ROOT / "config" / "spark-defaults.conf"),
        "spark.driver.memory": memory,
        "spark.driver.extraClassPath": f"{jars}/*",
        "spark.driver.host": driver_host,
        "spark.driver.bindAddress": driver_binds,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.driver.extraJavaOptions": f"-XX:+UseSerialGC -Xss4m -Djava.io.tmpdir={scratch} -Dderby.system.home={scratch}",
        **(extra or {}),
    }
    for key, value in options.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _defaults(file: Path) -> dict[str, str]:
    lines = (line.split("#")[0].split(maxsplit=1) for line in file.read_text().splitlines())
    return {pair[0]: pair[1].strip() for pair in lines if len(pair) == 2}
