# One base, three images: `app` (Python alone), `spark` and `connect` (with a JVM and their jars). Each stage is one reason to build anew.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/venv/bin:$PATH
# the components' own user; the folders give fresh volumes their owner and mode
RUN groupadd --gid 10001 sportdata \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin sportdata \
 && install -d -o sportdata -g sportdata -m 0700 \
    /var/lib/sportdata /var/lib/sportdata/lake /var/lib/sportdata/progress /var/lib/sportdata/gold

# what the lock of Python packages says, to the hash
FROM base AS python
RUN --mount=type=cache,target=/root/.cache \
    --mount=type=bind,source=requirements-uv.txt,target=/tmp/requirements-uv.txt \
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    python -m venv /opt/venv && python -m venv /tmp/uv \
 && /tmp/uv/bin/pip install --disable-pip-version-check --quiet --require-hashes -r /tmp/requirements-uv.txt \
 && /tmp/uv/bin/uv pip install --quiet --system-certs --link-mode copy --compile-bytecode \
    --python /opt/venv/bin/python --require-hashes -r /tmp/requirements.txt \
 && rm -r /tmp/uv

FROM python AS java
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    apt-get update -q \
 && apt-get install -y -q --no-install-recommends openjdk-17-jre-headless

# what the lock of JVM parts says, to the sha256; the cache keeps what an earlier build has fetched
FROM java AS jars
ARG SPORTDATA_LAKE
WORKDIR /opt/sportdata
COPY jars jars
COPY sportdata/__init__.py sportdata/errors.py sportdata/settings.py sportdata/
COPY sportdata/contracts/__init__.py sportdata/contracts/lakeside.py sportdata/contracts/
COPY sportdata/local/__init__.py sportdata/local/jars.py sportdata/local/jvm.py sportdata/local/proxies.py sportdata/local/script.py sportdata/local/
RUN --mount=type=cache,target=/cache/jars,sharing=locked \
    mkdir -p /cache/jars/s3a && SPORTDATA_JARS=/cache/jars python -m sportdata.local.jars && cp -r /cache/jars /opt/jars && chmod -R a+rX /opt/jars

# our own files, which a checkout made with umask 077 would keep from the user that reads them; compiled once, not at each health check
FROM base AS ours
WORKDIR /opt/sportdata
COPY . .
RUN python -m compileall -q --invalidation-mode unchecked-hash sportdata && chmod -R a+rX .

# one-shots, connector registration, Slack consumer, commands
FROM python AS app
ENV PYTHONPATH=/opt/sportdata SPORTDATA_HOME=/var/lib/sportdata SPORTDATA_JARS=/opt/jars HOME=/tmp
WORKDIR /opt/sportdata
COPY --from=ours /opt/sportdata .
USER sportdata

# bronze, gold, Thrift server, the cluster's workers
FROM java AS spark
ENV PYTHONPATH=/opt/sportdata SPORTDATA_HOME=/var/lib/sportdata SPORTDATA_JARS=/opt/jars HOME=/tmp
COPY --from=jars /opt/jars/spark /opt/jars/spark
COPY --from=jars /opt/jars/s3a /opt/jars/s3a
COPY --from=jars /opt/jars/ecj /opt/jars/ecj
WORKDIR /opt/sportdata
COPY --from=ours /opt/sportdata .
RUN python -m sportdata.local.thrift_guard
USER sportdata

# Kafka Connect with Debezium and the JMX agent
FROM java AS connect
ENV PYTHONPATH=/opt/sportdata SPORTDATA_HOME=/var/lib/sportdata SPORTDATA_JARS=/opt/jars HOME=/tmp
COPY --from=jars /opt/jars/kafka /opt/jars/kafka
COPY --from=jars /opt/jars/debezium /opt/jars/debezium
COPY --from=jars /opt/jars/agent /opt/jars/agent
WORKDIR /opt/sportdata
COPY --from=ours /opt/sportdata .
USER sportdata
