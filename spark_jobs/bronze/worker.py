"""What runs inside a Spark task: read ranges of files, write bronze Parquet, tell the driver what was written."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import Part
from spark_jobs.readers import registry
from spark_jobs.readers.source import Problem, Task

REPORT_SCHEMA = "report string"


@dataclass(frozen=True)
class TaskReport:
    """What one task landed. `num_messages` counts rows of bronze.messages, `num_decoded` those with a stream,
    `num_quarantined` the records its quarantine rows stand for. `problem`: the reader failed and nothing was kept.
    """

    drive_id: str
    file_id: str
    parts: tuple[Part, ...] = ()
    num_messages: int = 0
    num_decoded: int = 0
    num_quarantined: int = 0
    min_log_time_ns: int | None = None
    max_log_time_ns: int | None = None
    problems: tuple[Problem, ...] = ()
    failure: Problem | None = None

    def to_json(self) -> str:
        """As text, to cross from the worker to the driver."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "TaskReport":
        """The report that `to_json` wrote."""
        raw = json.loads(text)
        raw["parts"] = tuple(Part(**part) for part in raw["parts"])
        raw["problems"] = tuple(Problem(**problem) for problem in raw["problems"])
        raw["failure"] = Problem(**raw["failure"]) if raw["failure"] else None
        return TaskReport(**raw)


def run_batches(
    batches: Sequence[Sequence[Task]], folders: Mapping[str, str], numbers: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The function that mapInArrow calls: each row names a batch of tasks; yields one report per task."""
    for rows in numbers:
        for number in rows.column(0).to_pylist():
            reports = [run_task(task, folders).to_json() for task in batches[number]]
            yield pa.RecordBatch.from_pydict({"report": reports})


def run_task(task: Task, folders: Mapping[str, str]) -> TaskReport:
    """Read `task` and write its rows into the table folders; a file that breaks its reader harms no other file."""
    source = task.source
    report = TaskReport(source.drive_id, source.file_id)
    pieces: dict[str, list[pa.Table]] = defaultdict(list)
    written: list[Part] = []
    try:
        for table, rows in registry.read(task):
            if rows.num_rows:
                pieces[table].append(rows)
        name = f"{source.file_id[:16]}-{task.start}"
        for table in sorted(pieces):
            part = write_part(table, pieces[table], folders[table], name, f"{source.drive_id}/{source.file_id}")
            written.append(part)  # one by one: what is written when a later table fails must go again
    except Exception as error:  # whatever a broken file makes a reader do: it is reported, and the next file goes on
        for part in written:
            Path(part.path).unlink(missing_ok=True)
        detail = f"the reader failed at {task.start}: {type(error).__name__}: {error}"[:500]
        return replace(report, failure=Problem("reader_failed", detail))
    return replace(report, parts=tuple(written), **_counts(pieces))


def _counts(pieces: Mapping[str, Sequence[pa.Table]]) -> dict[str, object]:
    messages = pieces.get("bronze.messages", ())
    quarantine = pa.concat_tables(pieces["bronze.quarantine"]).to_pylist() if "bronze.quarantine" in pieces else []
    times = [pc.min_max(rows.column("log_time_ns")).as_py() for rows in messages]
    fields = ("reason", "detail", "topic", "record_index", "byte_offset", "num_messages")
    return {
        "num_messages": sum(rows.num_rows for rows in messages),
        "num_decoded": sum(rows.num_rows - rows.column("stream").null_count for rows in messages),
        "num_quarantined": sum(row["num_messages"] for row in quarantine),
        "min_log_time_ns": min((bounds["min"] for bounds in times), default=None),
        "max_log_time_ns": max((bounds["max"] for bounds in times), default=None),
        "problems": tuple(Problem(**{name: row[name] for name in fields}) for row in quarantine),
    }
