"""Files that passed triage, wave by wave: read into bronze, then written down in bronze.files and the ledger."""

from collections.abc import Callable, Iterator, Sequence

from longtail import lake
from spark_jobs import ledger
from spark_jobs.bronze import topics
from spark_jobs.bronze.land import Landed, land
from spark_jobs.bronze.register import register_files
from spark_jobs.landed import LandedFile
from spark_jobs.ledger import Key, Row
from spark_jobs.readers.source import FilePlan, Problem, SourceFile

_WAVE_BYTES = 2 << 30  # what a crash can cost to read again


def waves(to_read: Sequence[tuple[LandedFile, FilePlan]]) -> Iterator[list[tuple[LandedFile, FilePlan]]]:
    """`to_read` in order, in pieces of at least one file and about 2 GB."""
    wave: list[tuple[LandedFile, FilePlan]] = []
    size = 0
    for file, plan in to_read:
        if wave and size + plan.source.num_bytes > _WAVE_BYTES:
            yield wave
            wave, size = [], 0
        wave.append((file, plan))
        size += plan.source.num_bytes
    if wave:
        yield wave


def land_wave(
    wave: Sequence[tuple[LandedFile, FilePlan]], rows: dict[Key, Row], on_task: Callable[[int, int], None]
) -> list[tuple[SourceFile, Problem]]:
    """Read the files of `wave` into bronze and keep `rows` (the ledger) up with it; returns the problems found.

    Problems that readers wrote to bronze.quarantine themselves are not among them.
    """
    landed = land([plan for _, plan in wave], on_task)
    version = lake.version("bronze.messages")
    after: list[tuple[Row, str | None]] = []
    failed: list[Row] = []
    by_topic: list[Row] = []
    problems: list[tuple[SourceFile, Problem]] = []
    for (file, plan), result in zip(wave, landed, strict=True):
        row = rows[result.source.drive_id, result.source.file_id]
        if result.failure is not None:
            problems.append((result.source, result.failure))
            failed.append(ledger.quarantined(file, plan, row, result.failure))
            continue
        late = _late_mismatch(file, plan, result)
        problems += [(result.source, problem) for problem in late]
        done = ledger.in_bronze(row, result, [*plan.problems, *result.problems, *late], version)
        after.append((done, plan.recorder_library))
        by_topic += topics.rows_of(plan, result.topics, [*plan.problems, *result.problems, *late])
    register_files(after)
    topics.record(by_topic)
    done_rows = [row for row, _ in after] + failed
    ledger.record(done_rows)
    rows.update({ledger.key_of(row): row for row in done_rows})
    return problems


def _late_mismatch(file: LandedFile, plan: FilePlan, result: Landed) -> list[Problem]:
    """The recorder's count, or where it keeps none the declared one, against what was really read.

    Records that were counted and are nowhere stand aside in this problem, so that the sums still hold.
    """
    read = result.num_messages + result.num_quarantined + sum(problem.num_messages for problem in plan.problems)
    who, counted = "the recorder counted", plan.recorder_num_messages
    if counted is None:
        who, counted = "drive.json promises", file.declared_num_messages
    if counted is None or counted == read:
        return []
    missing = max(counted - read, 0) if plan.recorder_num_messages is not None else 0
    detail = f"{who} {counted} messages, {read} were found"
    return [Problem("count_mismatch", detail, num_messages=missing)]
