"""Curate: silver to marts with dbt, in this process. Skips when neither the inputs nor the SQL have changed."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from longtail import contracts, lake
from longtail.settings import REPOSITORY, settings
from spark_jobs.process_of_dbt import process_of_dbt
from spark_jobs.runs import JobRun, job_run, last_success

PROJECT = REPOSITORY / "dbt"
SOURCES = (
    "bronze.drives",
    "bronze.map_elements",
    "bronze.map_lanes",
    "ml.predictions",
    "ml.snapshot_items",
    "ml.snapshots",
    "ops.definition_scores",
    "ops.ingest_ledger",
    "silver.calibrations",
    "silver.can_signals",
    "silver.clock_models",
    "silver.conditions",
    "silver.ego_lateral_shifts",
    "silver.ego_motion",
    "silver.object_tracks",
    "silver.stream_quality",
)
_CODE = ("*.sql", "*.yml", "*.csv", "*.py")
OnProgress = Callable[[str, int, int], None]
Result = tuple[str, str, str, str | None]  # resource type, name, status, message


class CurateError(RuntimeError):
    """A model or a data test failed; the message is one line with its name and the log file."""


@dataclass(frozen=True)
class CurateReport:
    """What a run did. `location`: the lake, or the DuckDB file; `num_rows`: of all marts; `warnings`: a line each."""

    target: str
    is_skipped: bool
    num_models: int
    num_tests: int
    num_rows: int
    duration_s: float
    location: str
    warnings: tuple[str, ...] = ()


def curate(
    target: str = "spark", force: bool = False, database: Path | None = None, on_progress: OnProgress | None = None
) -> CurateReport:
    """Build and test every mart: into the lake (spark), or into a DuckDB file beside it (duckdb).

    `database` names another DuckDB file. `on_progress` is told (model, done, total). Only drives that changed are built
    again (dbt/macros/per_drive.sql), all of them when the SQL, a seed or `force` asks for it. What a killed run left is
    put right by the next one: drives count as built only after a run in which every model succeeded.

    Raises:
        CurateError: a model or a data test failed.
    """
    began = monotonic()
    file = (database or Path(lake.root()).parent / "longtail.duckdb").resolve() if target == "duckdb" else None
    location = str(file or lake.root())
    job = "curate" if target == "spark" else f"curate_{target}"
    code = _code_digest()
    digest = _input_digest(location, code)
    last = None if force else last_success(job)
    before = json.loads(last["detail"]) if last else {}
    if last and last["input_digest"] == digest and before.get("outputs") == _outputs(file):
        return CurateReport(target, True, 0, 0, int(last["num_rows_out"]), monotonic() - began, location)
    with job_run(job) as run:
        run.input_digest = digest
        runs = _Dbt(run, file, on_progress, is_full=before.get("code") != code)
        num_rows = runs.spark() if file is None else runs.duckdb()
        run.num_rows_out = num_rows
        run.detail |= {"outputs": _outputs(file), "code": code}
        return CurateReport(target, False, runs.num_models, runs.num_tests, num_rows, monotonic() - began, location,
                            tuple(runs.warnings))  # fmt: skip


def _input_digest(location: str, code: str) -> str:
    """Of everything the marts follow from: where they go, versions of the sources, the SQL."""
    digest = hashlib.sha256(f"{location}\n{code}\n".encode())
    for table in SOURCES:
        digest.update(f"{table}@{lake.version(table)}\n".encode())
    return digest.hexdigest()


def _code_digest() -> str:
    """Of the SQL, the seeds, and the contracts of absent sources: when it changes, every drive is built again."""
    digest = hashlib.sha256()
    parts = [PROJECT.glob("*.yml"), PROJECT.glob("*.py"), contracts.TABLES.rglob("*.sql")]
    parts += [(PROJECT / folder).rglob(kind) for folder in ("macros", "models", "seeds", "tests") for kind in _CODE]
    for path in sorted(path for part in parts for path in part):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _outputs(file: Path | None) -> dict[str, int]:
    """What the marts look like now: when this is as the last success left it, nobody touched them since."""
    if file is not None:
        return {str(file): file.stat().st_mtime_ns if file.exists() else -1}
    return {table: lake.version(table) for table in lake.tables() if table.startswith("marts.")}


class _Dbt:
    """The dbt runs of one curate: counts models and tests, and turns a failure into one line."""

    def __init__(self, run: JobRun, file: Path | None, on_progress: OnProgress | None, is_full: bool) -> None:
        self.num_models = self.num_tests = 0
        self.warnings: list[str] = []
        self._is_full = is_full
        self._on_progress = on_progress or (lambda name, done, total: None)
        self._show: Callable[[str], None] = lambda table: None
        # one folder per lake: two lakes may be curated at once, and dbt keeps what it parsed there
        self._cache = Path(settings().cache).resolve() / "dbt" / hashlib.sha256(lake.root().encode()).hexdigest()[:12]
        self._log = Path(settings().cache).resolve() / "logs" / "dbt.log"
        self._environment = {
            "LONGTAIL_DBT_LAKE": lake.root(),
            "LONGTAIL_DBT_PROJECT": str(PROJECT),
            "LONGTAIL_DUCKDB_PATH": str(file or ":memory:"),
            "LONGTAIL_DUCKDB_MEMORY": settings().duckdb_memory,
            "LONGTAIL_CURATED_AT_NS": str(run.started_at_ns),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_WRITE_JSON": os.environ.get("DBT_WRITE_JSON", "false"),  # nobody here reads the manifest
        }

    def spark(self) -> int:
        """Build in Spark; test the finished tables in DuckDB: the same rows, far cheaper than as Spark queries."""
        from spark_jobs.plain_tables import plain_tables
        from spark_jobs.session import spark_session

        _ensure_sources(spark_session(register=False))
        with plain_tables(spark_session(), SOURCES) as self._show:
            self._build("spark", ["--resource-type", "seed", "--resource-type", "model"])
        self._test_in_child()
        return sum(_num_rows(table) for table in lake.tables() if table.startswith("marts."))

    def duckdb(self) -> int:
        """Build and test in DuckDB."""
        import duckdb
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        self._build("duckdb", ["--exclude-resource-type", "unit_test"])
        DuckDBConnectionManager.env().close()  # frees the file now, not when the interpreter ends
        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(self._environment["LONGTAIL_DUCKDB_PATH"], read_only=True) as connection:
            query = "select coalesce(sum(estimated_size), 0) from duckdb_tables() where schema_name = 'marts'"
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _build(self, target: str, options: Sequence[str]) -> None:
        from dbt.cli.main import dbtRunner

        self._log.parent.mkdir(parents=True, exist_ok=True)
        full = ["--full-refresh"] if self._is_full else []
        # dbt's own log would prepare every line, also the many that it then leaves out
        arguments = [*full, *self._arguments(target), "--log-level-file", "none"]
        with process_of_dbt(self._environment), self._log.open("a", buffering=1) as self._lines:
            outcome = dbtRunner(callbacks=[self._on_event]).invoke(["build", *options, *arguments])
        results = [
            (result.node.resource_type, result.node.name, str(result.status), result.message)
            for result in getattr(outcome.result, "results", None) or []
        ]
        self._conclude(target, results, outcome.success, str(outcome.exception or ""))

    def _test_in_child(self) -> None:
        # A process of its own: in one with Spark and both adapters DuckDB complains about leaks when it ends.
        target = "duckdb_check"
        found = self._cache / target / "run_results.json"
        found.unlink(missing_ok=True)
        command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "test", *self._arguments(target)]
        command += ["--exclude-resource-type", "unit_test", "--exclude", "config.materialized:view"]
        command += ["--log-level-file", "info"]
        environment = os.environ | self._environment | {"LONGTAIL_LAKE": lake.root(), "DBT_WRITE_JSON": "true"}
        child = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        results = [
            (*result["unique_id"].split(".")[0:3:2], result["status"], result["message"])
            for result in (json.loads(found.read_text())["results"] if found.exists() else [])
        ]
        self._conclude(target, results, child.returncode == 0, child.stdout + child.stderr)

    def _arguments(self, target: str) -> list[str]:
        arguments = ["--target", target, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        arguments += ["--target-path", str(self._cache / target), "--log-path", str(self._log.parent)]
        return [*arguments, "--quiet", "--log-level", "none", "--no-use-colors"]

    def _conclude(self, target: str, results: Sequence[Result], is_success: bool, said: str) -> None:
        self.num_models += sum(1 for kind, *_ in results if kind == "model")
        self.num_tests += sum(1 for kind, *_ in results if kind == "test")
        self.warnings += [
            f"{name}: {' '.join((message or '').split())}" for _, name, how, message in results if how == "warn"
        ]
        if is_success:
            return
        for kind, name, status, message in results:
            if status in ("error", "fail"):
                why = " ".join((message or "").split())[:300]
                raise CurateError(f"dbt ({target}): {kind} {name} failed: {why} - log: {self._log}")
        why = " ".join(said.split())[:300] or "no reason given"
        raise CurateError(f"dbt ({target}) could not run: {why} - log: {self._log}")

    def _on_event(self, event: Any) -> None:
        if event.info.level != "debug":
            self._lines.write(f"{event.info.ts.ToJsonString()} [{event.info.level}] {event.info.msg}\n")
        if event.info.name in ("LogModelResult", "LogSeedResult"):
            node = event.data.node_info
            if event.data.status != "error" and node.materialized != "view":
                self._show(f"{node.node_relation.schema}.{node.node_relation.alias}")  # before a model reads it
            self._on_progress(node.node_name, event.data.index, event.data.total)


def _ensure_sources(spark: Any) -> None:
    """Create, empty, what models read and this lake does not have, each by the engine that writes it."""
    from spark_jobs.commit import WRITER, ensure_table
    from spark_jobs.silver.run import create_table

    for table in SOURCES:
        if not lake.exists(table):
            if contracts.contract(table).writer == WRITER:
                ensure_table(table)
            else:
                create_table(spark, table)


def _num_rows(table: str) -> int:
    import pyarrow as pa

    actions = pa.table(lake.open_table(table).get_add_actions(flatten=True))
    return sum(count or 0 for count in actions.column("num_records").to_pylist())
