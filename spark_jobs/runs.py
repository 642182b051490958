"""ops.job_runs: one row per run of a job, written when it ends, well or not."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time_ns
from typing import Any

import pyarrow as pa

from longtail import lake
from longtail.contracts import contract
from spark_jobs.commit import append_new


@dataclass
class JobRun:
    """What a run tells about itself; set the fields while it runs. `is_idle`: it did nothing and is not logged."""

    job: str
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at_ns: int = field(default_factory=time_ns)
    num_rows_in: int | None = None
    num_rows_out: int | None = None
    num_quarantined: int | None = None
    input_digest: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    is_idle: bool = False


@contextmanager
def job_run(job: str) -> Iterator[JobRun]:
    """Log the block as one run of `job`: `with job_run("silver") as run: run.num_rows_out = ...`.

    A block that raises is logged as failed, with the error in `detail`, and raises on.
    """
    run = JobRun(job)
    try:
        yield run
    except BaseException as error:
        run.detail["error"] = f"{type(error).__name__}: {error}"[:2000]
        try:
            _write(run, "failed")
        except Exception as second:  # a lake that cannot be written to: the reason matters, not that it is not logged
            error.add_note(f"and the failed run could not be logged: {type(second).__name__}: {second}"[:500])
        raise
    if not run.is_idle:
        _write(run, "success")


def last_success(job: str) -> dict[str, Any] | None:
    """The newest successful run of `job` as a row of ops.job_runs; None when there is none."""
    rows = [row for row in lake.read("ops.job_runs").to_pylist() if (row["job"], row["status"]) == (job, "success")]
    return max(rows, key=lambda row: (row["ended_at_ns"], row["run_id"]), default=None)


def _write(run: JobRun, status: str) -> None:
    row = {
        "run_id": run.run_id,
        "job": run.job,
        "status": status,
        "started_at_ns": run.started_at_ns,
        "ended_at_ns": time_ns(),
        "num_rows_in": run.num_rows_in,
        "num_rows_out": run.num_rows_out,
        "num_quarantined": run.num_quarantined,
        "input_digest": run.input_digest,
        "detail": json.dumps(run.detail, sort_keys=True) if run.detail else None,
    }
    append_new("ops.job_runs", pa.Table.from_pylist([row], contract("ops.job_runs").schema), "run_id")
