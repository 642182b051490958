# Longtail: every command a person needs. `make help` is the index.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest
DRIVES ?= 24
SECONDS_EACH ?= 60
SEED ?= 7
export PYTHONWARNINGS ?= ignore::FutureWarning
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := 1

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: setup ## the whole loop: generate a fleet, ingest, curate, snapshot, train, evaluate, report
	@DRIVES=$(DRIVES) SECONDS_EACH=$(SECONDS_EACH) SEED=$(SEED) PATH="$(CURDIR)/$(BIN):$$PATH" infra/demo.sh

QUICK := not (airflow or trino or slow or cluster)

test: setup ## all tests but the slow suites, about 10 minutes on 2 cores: those with Spark beside those without
	@mkdir -p .cache/logs; $(PYTEST) -m "spark and $(QUICK)" >.cache/logs/test-spark.log 2>&1 & spark=$$!; \
	  $(PYTEST) -m "not spark and $(QUICK)"; plain=$$?; \
	  wait $$spark; with_spark=$$?; cat .cache/logs/test-spark.log; exit $$((plain | with_spark))

test-airflow: setup ## the DAG chain on a real Airflow scheduler
	@$(PYTEST) -m airflow

test-trino: setup ## sql/athena and every mart on a real Trino (downloads 0.8 GB once, needs mvn)
	@$(PYTEST) -m trino

faults: setup ## kill -9, lost answers, full disks, hostile input, many times: prints figures
	@HYPOTHESIS_PROFILE=explore $(PYTEST) -rP tests/faults tests/unit/ingest/test_kill.py tests/unit/silver

mutation: setup ## break every threshold and operator of the scenario library: prints what nothing noticed (15 min)
	@$(BIN)/python -m tests.mutation

crime: setup ## measure with commonroad-crime again, in an environment of its own, and compare
	@test -x .cache/crime/bin/pip || $(BIN)/python -m venv .cache/crime
	@.cache/crime/bin/pip install --quiet commonroad-crime==0.4.5
	@.cache/crime/bin/python tests/oracles/crime/by_crime.py tests/oracles/crime/recorded.json
	@git diff --stat -- tests/oracles/crime/recorded.json; $(PYTEST) tests/oracles/crime

bench: setup ## every speed beside its peer in the same run: prints ratios (BENCH=mcap for one)
	@for bench in $(if $(BENCH),tests/bench/bench_$(BENCH).py,$(sort $(wildcard tests/bench/bench_*.py))); do \
	  $(BIN)/python $$bench || exit 1; done

cluster-test: setup ## ingest and silver on a real Spark standalone cluster: one master, two workers on loopback
	@$(PYTEST) -m cluster

sumo: setup ## traffic by SUMO as recordings, scored against SUMO's own truth (installs 530 MB in .cache/sumo once)
	@PATH="$(CURDIR)/$(BIN):$$PATH" infra/sumo.sh

scores: setup ## score every definition against every truth there is and write docs/scores.md (with SUMO after make sumo)
	@SUMO_HOME=$$(ls -d $(CURDIR)/.cache/sumo/lib/python*/site-packages/sumo 2>/dev/null) $(BIN)/python -m infra.scores

lint: setup ## ruff, mypy --strict, sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/sqlfluff lint --processes 2 dbt/models

format: setup ## let ruff and sqlfluff fix what they can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix --processes 2 dbt/models

airflow: setup ## a real Airflow on loopback; prints its address and where the password is
	@$(BIN)/python -m infra.airflow.stack

trino: setup ## a real Trino on loopback over the lake, the local stand-in for Athena
	@$(BIN)/python -m infra.trino start

docs: setup ## write docs/drive.schema.json again from the model that ingest uses
	@$(BIN)/python -m docs.drive_schema

LOCKED := spark can train airflow aws rerun dev  # every extra but sumo, which is a program of its own

lock: setup ## resolve pyproject.toml again into requirements.lock (no registry address is written)
	@$(BIN)/uv pip compile --universal --python-version 3.11 $(LOCKED:%=--extra %) --generate-hashes --no-header --no-annotate \
	  --quiet --upgrade pyproject.toml --output-file requirements.lock

clean: ## remove what can be made again; lake, landing and truth stay
	@rm -rf $(VENV) .cache dbt/target dbt/logs .mypy_cache .ruff_cache .hypothesis

setup: $(VENV)/.ready ## the locked environment in .venv (the other targets call it)

$(VENV)/.ready: requirements.lock pyproject.toml
	@infra/setup.sh $(VENV)
	@touch $@

.PHONY: help sumo scores demo test test-airflow test-trino faults mutation crime bench cluster-test lint format airflow trino docs lock clean setup
