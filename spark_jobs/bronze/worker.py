"""What runs inside a Spark task: read ranges of files, write bronze Parquet, tell the driver what was written."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.bronze.parquet import PartWriter
from spark_jobs.bronze.topics import Figures, figures, from_plain, merged, to_plain
from spark_jobs.commit import Part
from spark_jobs.readers import registry
from spark_jobs.readers.source import Problem, Task

REPORT_SCHEMA = "report string"


@dataclass(frozen=True)
class TaskReport:
    """What one task landed. `num_messages` counts rows of bronze.messages, `num_decoded` those with a stream,
    `num_quarantined` the records its quarantine rows stand for. `failure`: the reader failed and nothing was kept.
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
    topics: Figures = field(default_factory=dict)
    failure: Problem | None = None

    def to_json(self) -> str:
        """As text, to cross from the worker to the driver."""
        return json.dumps(asdict(self) | {"topics": to_plain(self.topics)})

    @staticmethod
    def from_json(text: str) -> "TaskReport":
        """The report that `to_json` wrote."""
        raw = json.loads(text)
        raw["parts"] = tuple(Part(**part) for part in raw["parts"])
        raw["problems"] = tuple(Problem(**problem) for problem in raw["problems"])
        raw["topics"] = from_plain(raw["topics"])
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
    name, transaction = f"{source.file_id[:16]}-{task.start}", f"{source.drive_id}/{source.file_id}"
    writers: dict[str, PartWriter] = {}
    counts = _Counts()
    try:
        for table, rows in registry.read(task):
            if rows.num_rows:
                if table not in writers:
                    writers[table] = PartWriter(table, folders[table], name, transaction)
                writers[table].add(rows)
                counts.add(table, rows)
        parts = tuple(writers[table].close() for table in sorted(writers))
    except Exception as error:  # whatever a broken file makes a reader do: it is reported, and the next file goes on
        for writer in writers.values():
            writer.discard()
        reason = "over_budget" if isinstance(error, MemoryError) else "reader_failed"
        detail = f"the reader failed at {task.start}: {type(error).__name__}: {error}"[:500]
        return TaskReport(source.drive_id, source.file_id, failure=Problem(reason, detail))
    return TaskReport(source.drive_id, source.file_id, parts, **vars(counts))


@dataclass
class _Counts:
    """What a task has read so far, as in TaskReport."""

    num_messages: int = 0
    num_decoded: int = 0
    num_quarantined: int = 0
    min_log_time_ns: int | None = None
    max_log_time_ns: int | None = None
    problems: tuple[Problem, ...] = ()
    topics: Figures = field(default_factory=dict)

    def add(self, table: str, rows: pa.Table) -> None:
        """Count `rows` of `table`, at least one."""
        if table == "bronze.messages":
            bounds = pc.min_max(rows.column("log_time_ns")).as_py()
            self.topics = merged((self.topics, figures(rows)))
            self.num_messages += rows.num_rows
            self.num_decoded += rows.num_rows - rows.column("stream").null_count
            self.min_log_time_ns = min(bounds["min"], _or(self.min_log_time_ns, bounds["min"]))
            self.max_log_time_ns = max(bounds["max"], _or(self.max_log_time_ns, bounds["max"]))
        elif table == "bronze.quarantine":
            found = rows.select([each.name for each in fields(Problem)]).to_pylist()
            self.num_quarantined += sum(row["num_messages"] for row in found)
            self.problems += tuple(Problem(**row) for row in found)


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
