"""`longtail ingest`: landed recordings to bronze to silver, only what is new; safe to kill and repeat at any point."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

import pyarrow as pa

from longtail import lake
from spark_jobs import ledger
from spark_jobs.bronze.register import register_drives
from spark_jobs.bronze.wave import land_wave, waves
from spark_jobs.claims import claim
from spark_jobs.commit import append_new
from spark_jobs.discover import Drive, discover
from spark_jobs.ledger import Key, Row
from spark_jobs.readers.source import Problem, SourceFile, quarantine_rows
from spark_jobs.report import IngestReport, summarise
from spark_jobs.runs import JobRun, job_run
from spark_jobs.supersede import settle
from spark_jobs.triage import Triage, triage

Progress = Callable[[str, int, int], None]


def ingest(
    paths: Sequence[str],
    project: str | None = None,
    dbc: Sequence[str] = (),
    on_progress: Progress | None = None,
) -> IngestReport:
    """Bring what is new under `paths` into bronze and silver, and report on everything found there.

    `project` is for drives that name none, `dbc` for those that bring none. `on_progress(stage, done, total)` hears of
    the stages discover, plan, bronze and silver.

    Raises:
        FileNotFoundError: one of `paths` or `dbc` does not exist.
        spark_jobs.jvm.JavaMissing: there is work to do and no Java.
    """
    tell = on_progress or _nobody
    started = monotonic()
    tell("discover", 0, len(paths))
    drives = discover(paths, project, dbc)
    tell("discover", len(paths), len(paths))
    rows = ledger.load()
    known = _landed_keys(rows)
    with job_run("bronze") as run:
        found = triage(drives, rows, lambda done, total: tell("plan", done, total))
        _bronze(run, drives, found, rows, tell)
    built = _silver(rows, found, tell)
    return summarise(drives, rows, found, len(_landed_keys(rows) - known), built, monotonic() - started)


def _bronze(run: JobRun, drives: Sequence[Drive], found: Triage, rows: dict[Key, Row], tell: Progress) -> None:
    """Land `found.to_read` and everything said about it; `rows`, the ledger, follow."""
    changed = claim(found, rows)
    run.num_quarantined = _quarantine(found.problems)
    for wave in waves(found.to_read):
        late = land_wave(wave, rows, lambda done, total: tell("bronze", done, total))
        run.num_quarantined += _quarantine(late)
        found.problems += late
    worse = settle(rows)
    run.num_quarantined += _quarantine(worse)
    found.problems += worse
    landed = {drive_id for drive_id, _ in _landed_keys(rows)}
    changed += register_drives(_one_each(drive for drive in drives if drive.drive_id in landed))
    new = [rows[file.source.drive_id, file.source.file_id] for file, _ in found.to_read]
    run.num_rows_in = sum(row["recorder_num_messages"] or row["bronze_num_messages"] for row in new)
    run.num_rows_out = sum(row["bronze_num_messages"] for row in new)
    run.is_idle = not (changed or run.num_quarantined or any(row["state"] in ledger.LANDED for row in new))


def _silver(rows: dict[Key, Row], found: Triage, tell: Progress) -> list[str]:
    """Build silver for the drives that bronze is ahead of; returns them. Also those that a killed run left behind.

    A drive that cannot be built is a problem of its own, stays as it was, and is tried again by the next run.
    """
    drive_ids = ledger.stale_drives(rows)
    if not drive_ids:
        return []
    from spark_jobs.session import register_tables, spark_session
    from spark_jobs.silver.run import build_silver

    tell("silver", 0, len(drive_ids))
    with job_run("silver") as run:
        mine = [row for row in rows.values() if row["drive_id"] in set(drive_ids)]
        run.num_rows_in = sum(row["bronze_num_messages"] or 0 for row in mine)
        spark = spark_session(register=False)
        register_tables(spark, ["silver"])  # its inputs are read by their files: no need to register bronze
        report = build_silver(spark, drive_ids, dbc=_undeclared_dbc(mine))
        counts = dict(report.num_rows)
        run.num_rows_out, run.detail = sum(counts.values()), {"num_drives": len(drive_ids), "rows": counts}
        problems = [_silver_failed(mine, drive_id, why) for drive_id, why in sorted(report.failures.items())]
        run.num_quarantined = _quarantine(problems)
        found.problems += problems
        mine = [row for row in mine if row["drive_id"] not in report.failures]
        done = ledger.in_silver(mine, lake.version("silver.ego_motion"))
        ledger.record(done)
    rows.update({ledger.key_of(row): row for row in done})
    tell("silver", len(drive_ids), len(drive_ids))
    return [drive_id for drive_id in drive_ids if drive_id not in report.failures]


def _silver_failed(rows: Sequence[Row], drive_id: str, why: str) -> tuple[SourceFile, Problem]:
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


def _quarantine(problems: Iterable[tuple[SourceFile, Problem]]) -> int:
    pieces = [quarantine_rows(source, [problem]) for source, problem in problems]
    return append_new("bronze.quarantine", pa.concat_tables(pieces), "quarantine_id") if pieces else 0


def _landed_keys(rows: dict[Key, Row]) -> set[Key]:
    return {key for key, row in rows.items() if row["state"] in ledger.LANDED}


def _one_each(drives: Iterable[Drive]) -> list[Drive]:
    """The first drive of each id: a second folder that claims the same id is held back as a conflict."""
    found: dict[str, Drive] = {}
    for drive in drives:
        found.setdefault(drive.drive_id, drive)
    return list(found.values())


def _nobody(stage: str, done: int, total: int) -> None:
    """Hears progress where no one listens."""
