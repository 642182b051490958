"""Drives that bronze is ahead of, to silver: by one process at a time, in pieces, so that a kill costs one of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from longtail import lake
from spark_jobs import ledger
from spark_jobs.alone import alone
from spark_jobs.ledger import Key, Row
from spark_jobs.quarantine import quarantine
from spark_jobs.readers.source import Problem, SourceFile
from spark_jobs.runs import JobRun, job_run
from spark_jobs.triage import Triage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PIECE_BYTES = 8 << 30  # source bytes of the drives that are built, committed and recorded together


def build_stale(rows: dict[Key, Row], found: Triage, tell: Callable[[str, int, int], None]) -> list[str]:
    """Build silver for the drives that bronze is ahead of; returns them. Also those that a killed run left behind.

    A drive that cannot be built is a problem of its own, stays as it was, and is tried again by the next run.
    """
    if not ledger.stale_drives(rows):
        return []
    with alone("silver"):
        newest = ledger.load()  # another ingest may have built them while we waited
        rows.update({key: newest[key] for key in rows.keys() & newest.keys()})
        drive_ids = ledger.stale_drives(newest)
        return _build_all(drive_ids, newest, rows, found, tell) if drive_ids else []


def _build_all(
    drive_ids: Sequence[str],
    newest: dict[Key, Row],
    rows: dict[Key, Row],
    found: Triage,
    tell: Callable[[str, int, int], None],
) -> list[str]:
    from spark_jobs.session import register_tables, spark_session

    tell("silver", 0, len(drive_ids))
    built: list[str] = []
    with job_run("silver") as run:
        run.num_rows_in = run.num_rows_out = run.num_quarantined = 0
        run.detail = {"num_drives": len(drive_ids), "rows": {}}
        spark = spark_session(register=False)
        register_tables(spark, ["silver"])  # its inputs are read by their files: no need to register bronze
        tried = 0
        for piece in pieces(drive_ids, newest):
            done = _build(spark, piece, newest, found, run)
            rows.update({ledger.key_of(row): row for row in done})
            built += sorted({row["drive_id"] for row in done})
            tell("silver", tried := tried + len(piece), len(drive_ids))
    return built


def pieces(drive_ids: Sequence[str], rows: Mapping[Key, Row]) -> Iterator[list[str]]:
    """`drive_ids` in order, in pieces of at least one drive and about _PIECE_BYTES."""
    num_bytes = dict.fromkeys(drive_ids, 0)
    for row in rows.values():
        if row["drive_id"] in num_bytes and row["state"] in ledger.LANDED:
            num_bytes[row["drive_id"]] += row["num_bytes"]
    piece: list[str] = []
    size = 0
    for drive_id in drive_ids:
        if piece and size + num_bytes[drive_id] > _PIECE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(drive_id)
        size += num_bytes[drive_id]
    if piece:
        yield piece


def _build(
    spark: "SparkSession", drive_ids: Sequence[str], rows: Mapping[Key, Row], found: Triage, run: JobRun
) -> list[Row]:
    """Build these drives and write it down; returns the ledger rows that silver has now seen."""
    from spark_jobs.silver.run import build_silver

    mine = [row for row in rows.values() if row["drive_id"] in set(drive_ids)]
    report = build_silver(spark, drive_ids, dbc=_undeclared_dbc(mine))
    problems = [_failed(mine, drive_id, why) for drive_id, why in sorted(report.failures.items())]
    found.problems += problems
    run.num_rows_in = (run.num_rows_in or 0) + sum(row["bronze_num_messages"] or 0 for row in mine)
    run.num_rows_out = (run.num_rows_out or 0) + sum(report.num_rows.values())
    run.num_quarantined = (run.num_quarantined or 0) + quarantine(problems)
    for table, count in report.num_rows.items():
        run.detail["rows"][table] = run.detail["rows"].get(table, 0) + count
    mine = [row for row in mine if row["drive_id"] not in report.failures]
    done = ledger.in_silver(mine, lake.version("silver.ego_motion"))
    ledger.record(done)
    return done


def _failed(rows: Sequence[Row], drive_id: str, why: str) -> tuple[SourceFile, Problem]:
    """A drive that silver could not build, at the first of its files that holds records."""
    row = next(row for row in rows if row["drive_id"] == drive_id and row["bronze_num_messages"])
    names = ("file_id", "project_id", "drive_id", "format", "num_bytes")
    source = SourceFile(path=row["source_path"], **{name: row[name] for name in names})
    return source, Problem("silver_failed", f"its drive could not be put on one clock: {why}"[:500])


def _undeclared_dbc(rows: Iterable[Row]) -> dict[str, tuple[tuple[int | None, str], ...]]:
    """DBC files by drive, for every bus, where no drive.json says which bus they are for."""
    found: dict[str, tuple[tuple[int | None, str], ...]] = {}
    for row in sorted(rows, key=lambda row: row["source_path"]):
        if row["format"] == "dbc" and not row["is_declared"]:
            found[row["drive_id"]] = (*found.get(row["drive_id"], ()), (None, row["source_path"]))
    return found
