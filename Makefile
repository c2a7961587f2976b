.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
JOBS ?= 1
SPORTDATA := $(BIN)/sportdata
PIP_OPTIONS := -qq --disable-pip-version-check --require-hashes

# $(call install,ENVIRONMENT,LOCK): uv takes a third of pip's time, and leaves it to Python to compile what is imported. Where pip is told
# of an index that uv knows nothing of, a company's mirror, it does it all.
define install
	@if $(1)/bin/pip config list | grep -q index-url; then \
	  $(1)/bin/pip install $(PIP_OPTIONS) -r $(2); \
	else \
	  $(1)/bin/pip install $(PIP_OPTIONS) -r requirements-uv.txt && \
	  $(1)/bin/uv pip install --quiet --system-certs --python $(1)/bin/python $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode) --require-hashes -r $(2) || \
	  { echo "uv could not install $(2); pip tries"; $(1)/bin/pip install $(PIP_OPTIONS) -r $(2); }; \
	fi
endef

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: .venv/.ready ## the virtual environment, a Java if the machine has none, the JVM parts
	@$(BIN)/python -c 'from sportdata.local.jvm import find_java; find_java()' 2>/dev/null || $(BIN)/pip install $(PIP_OPTIONS) -r requirements-java.txt
	@$(BIN)/python -m sportdata.local.jars

.venv/.ready: requirements.txt pyproject.toml
	@echo "Python packages, then the JVM parts: 1 to 2 minutes with downloads"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; name it: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv
	$(call install,.venv,requirements.txt)
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.txt
	$(call install,.venv,requirements-dev.txt)
	@touch $@

.venv-dbt/.ready: requirements-dbt.txt
	$(PYTHON) -m venv .venv-dbt
	$(call install,.venv-dbt,requirements-dbt.txt)
	@touch $@

archive: setup ## Spark's classes, read and verified once: it starts in two thirds of the time from then on (a minute, 200 MB)
	@$(BIN)/python -m sportdata.local.class_archive

demo: setup ## the whole stream, from the workbooks to the indicators (RH=… SPORT=… DISTANCES=… for others); leaves it running
	@$(SPORTDATA) demo $(if $(RH),--rh "$(RH)") $(if $(SPORT),--sport "$(SPORT)") $(if $(DISTANCES),--distances "$(DISTANCES)")

up: setup ## start the stack and wait until it is ready
	@$(SPORTDATA) up --wait

down: ## stop the stack; what it knows stays
	@$(SPORTDATA) down

status: ## what runs, with memory and processor time
	@$(SPORTDATA) status

logs: ## the end of the logs
	@$(SPORTDATA) logs

check: .venv/.ready-dev ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: archive .venv/.ready-dev .venv-dbt/.ready ## system, spark and unit tests, or TESTS=…; needs no Docker (JOBS=2, with 12 GB, or 3, with 16: in half the time)
	$(BIN)/pytest --durations=15 $(if $(filter-out 1,$(JOBS)),-n $(JOBS) --dist loadfile --no-loadscope-reorder $(or $(TESTS),tests/system tests/spark tests/unit tests/compose),$(TESTS))

test-parts: setup .venv/.ready-dev ## what tests would fetch and build in the middle: an S3 server, the jars that reach it
	$(BIN)/python -m tests.system.object_store

test-unit: .venv/.ready-dev ## the tests that need no JVM
	$(BIN)/pytest tests/unit

test-compose: setup .venv/.ready-dev ## the containers, on the Docker engine that answers; takes their published ports
	SPORTDATA_TEST_COMPOSE=1 $(BIN)/pytest tests/compose --durations=20

bench: setup .venv/.ready-dev ## freshness and throughput, on a stack of its own
	$(BIN)/python bench/stream.py

monitoring: setup ## Grafana's files and docs/metrics.md, from monitoring/dashboard.yml and sportdata/metrics.py
	$(BIN)/python monitoring/dashboard.py
	$(BIN)/python monitoring/metrics_page.py

powerbi: setup ## the Power BI project, from powerbi/*.yml and the contract of gold
	$(BIN)/python powerbi/make.py

lock: setup ## resolve the versions anew
	$(BIN)/pip install $(PIP_OPTIONS) -r requirements-uv.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes requirements-uv.in -o requirements-uv.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes requirements-java.in -o requirements-java.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-strip-extras requirements-dbt.in -o requirements-dbt.txt
	$(BIN)/python -m sportdata.local.jars lock

.PHONY: help setup archive demo up down status logs check test test-parts test-unit test-compose bench monitoring powerbi lock
