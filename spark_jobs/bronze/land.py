"""Bronze on the driver: tasks into batches, batches through Spark, and each table's new files into one Delta commit."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from longtail import lake
from longtail.contracts import all_tables
from longtail.settings import settings
from spark_jobs.bronze.topics import Figures, merged
from spark_jobs.bronze.worker import REPORT_SCHEMA, TaskReport, run_batches
from spark_jobs.commit import Part, commit_parts
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task
from spark_jobs.session import spark_session

_BATCH_BYTES = 32 << 20  # small files share a batch, so that a batch costs more than its overhead
_BATCHES_PER_CORE = 4  # but every core gets some
_FILE_COST_BYTES = 1 << 20  # what opening a file and writing its tables costs, counted as bytes
_POLL_S = 0.5
_JOB_FAILED = (PySparkException, Py4JJavaError)


@dataclass(frozen=True)
class Landed:
    """What became of one file. `failure`: a reader failed and nothing of the file was committed."""

    source: SourceFile
    num_messages: int
    num_decoded: int
    num_quarantined: int
    min_log_time_ns: int | None
    max_log_time_ns: int | None
    problems: tuple[Problem, ...]
    topics: Figures
    failure: Problem | None


def land(plans: Sequence[FilePlan], on_task: Callable[[int, int], None]) -> list[Landed]:
    """Read the files of `plans`, one commit per bronze table; safe to repeat. `on_task(done, total)` counts batches.

    Spark is started only when there is a task.
    """
    reports: dict[tuple[str, str], list[TaskReport]] = defaultdict(list)
    for report in _run(batches_of([task for plan in plans for task in plan.tasks]), on_task):
        reports[report.drive_id, report.file_id].append(report)
    landed = [_landed(plan.source, reports[plan.source.drive_id, plan.source.file_id]) for plan in plans]
    failed = {(file.source.drive_id, file.source.file_id) for file in landed if file.failure}
    parts: dict[str, list[Part]] = defaultdict(list)
    for key, found in reports.items():
        for part in (part for report in found for part in report.parts):
            if key in failed:
                Path(part.path).unlink(missing_ok=True)
            else:
                parts[part.table].append(part)
    for table in sorted(parts):
        commit_parts(table, sorted(parts[table], key=lambda part: (part.transaction, part.path)))
    return landed


def batches_of(tasks: Iterable[Task]) -> list[list[Task]]:
    """`tasks` in batches of at most about 32 MB, the biggest first so that no core waits long for the last one."""
    ordered = sorted(tasks, key=lambda task: (-_cost(task), task.source.drive_id, task.source.file_id, task.start))
    share = sum(map(_cost, ordered)) // (settings().spark_cores * _BATCHES_PER_CORE)
    batches: list[list[Task]] = []
    room = 0
    for task in ordered:
        if not batches or _cost(task) > room:
            batches.append([])
            room = min(_BATCH_BYTES, share)
        batches[-1].append(task)
        room -= _cost(task)
    return batches


def _cost(task: Task) -> int:
    """Bytes that `task` reads, about; formats count ranges in their own units, so no more than the file is known."""
    size = task.source.num_bytes
    return _FILE_COST_BYTES + (min(size, task.stop - task.start) if task.source.format == "mcap" else size)


def _run(batches: Sequence[Sequence[Task]], on_task: Callable[[int, int], None]) -> list[TaskReport]:
    if not batches:
        return []
    spark = spark_session(register=False)  # tasks write files and the driver commits them: no catalog in between
    try:
        return _collect(spark, batches, on_task)
    except _JOB_FAILED:
        # A reader that takes its whole process down (out of memory, a crash in native code) takes the job with it.
        # File by file, only the one that does it is lost.
        return [report for batch in _by_file(batches) for report in _alone(spark, batch)]


def _collect(
    spark: SparkSession, batches: Sequence[Sequence[Task]], on_task: Callable[[int, int], None]
) -> list[TaskReport]:
    folders = {table: lake.location(table) for table in all_tables() if table.startswith("bronze.")}
    numbers = spark.range(0, len(batches), 1, len(batches))
    frame = numbers.mapInArrow(partial(run_batches, batches, folders), REPORT_SCHEMA)
    with ThreadPoolExecutor(1) as waiting:
        rows = waiting.submit(frame.collect)
        done = -1
        while not wait([rows], timeout=_POLL_S).done:
            if done < (done := max(done, _finished(spark))):
                on_task(done, len(batches))
    collected = rows.result()
    on_task(len(batches), len(batches))
    return [TaskReport.from_json(row.report) for row in collected]


def _alone(spark: SparkSession, tasks: Sequence[Task]) -> list[TaskReport]:
    """The reports of one file in a job of its own; a failure when even that takes the process down."""
    source = tasks[0].source
    try:
        return _collect(spark, [tasks], lambda done, total: None)
    except _JOB_FAILED as error:
        detail = f"its reader took the worker process down ({type(error).__name__}); see spark.log in the cache folder"
        failure = Problem("reader_failed", detail)
        return [TaskReport(source.drive_id, source.file_id, failure=failure)]


def _by_file(batches: Sequence[Sequence[Task]]) -> list[list[Task]]:
    files: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in (task for batch in batches for task in batch):
        files[task.source.drive_id, task.source.file_id].append(task)
    return list(files.values())


def _finished(spark: SparkSession) -> int:
    """Tasks that the running stage has finished; 0 over Connect, which does not tell."""
    if not hasattr(spark, "_jsc"):
        return 0
    tracker = spark.sparkContext.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    return sum(stage.numCompletedTasks for stage in stages if stage is not None)


def _landed(source: SourceFile, reports: Sequence[TaskReport]) -> Landed:
    return Landed(
        source=source,
        num_messages=sum(report.num_messages for report in reports),
        num_decoded=sum(report.num_decoded for report in reports),
        num_quarantined=sum(report.num_quarantined for report in reports),
        min_log_time_ns=min((r.min_log_time_ns for r in reports if r.min_log_time_ns is not None), default=None),
        max_log_time_ns=max((r.max_log_time_ns for r in reports if r.max_log_time_ns is not None), default=None),
        problems=tuple(problem for report in reports for problem in report.problems),
        topics=merged(report.topics for report in reports),
        failure=next((report.failure for report in reports if report.failure), None),
    )
