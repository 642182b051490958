"""`longtail ingest`: landed recordings to bronze to silver, only what is new; safe to kill and repeat at any point."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from spark_jobs import ledger
from spark_jobs.bronze.register import register_drives
from spark_jobs.bronze.wave import land_wave, waves
from spark_jobs.claims import claim
from spark_jobs.discover import Drive, discover
from spark_jobs.hashes import Hashes
from spark_jobs.ledger import Key, Row
from spark_jobs.quarantine import quarantine
from spark_jobs.report import IngestReport, summarise
from spark_jobs.runs import JobRun, job_run
from spark_jobs.supersede import settle
from spark_jobs.to_silver import build_stale
from spark_jobs.triage import Triage, triage

Progress = Callable[[str, int, int], None]


def ingest(
    paths: Sequence[str],
    project: str | None = None,
    dbc: Sequence[str] = (),
    on_progress: Progress | None = None,
    cross_check: float = 0.0,
    rehash: bool = False,
) -> IngestReport:
    """Bring what is new under `paths` into bronze and silver, and report on everything found there.

    `project` is for drives that name none, `dbc` for those that bring none. `on_progress(stage, done, total)` hears of
    the stages discover, plan, bronze, cross-check and silver. `cross_check` is the share (0..1) of the messages that
    land now which other decoders read again. `rehash` reads every file for its sha256, also those whose size and times
    are what they were.

    Raises:
        FileNotFoundError: one of `paths` or `dbc` does not exist.
        spark_jobs.jvm.JavaMissing: there is work to do and no Java.
    """
    tell = on_progress or _nobody
    started = monotonic()
    tell("discover", 0, len(paths))
    hashes = Hashes(rehash)
    drives = discover(paths, project, dbc, hashes)
    hashes.keep()
    tell("discover", len(paths), len(paths))
    rows = ledger.load()
    known = _landed_keys(rows)
    with job_run("bronze") as run:
        found = triage(drives, rows, lambda done, total: tell("plan", done, total))
        _bronze(run, drives, found, rows, tell)
        num_checked = _cross_check(run, found, rows, cross_check, tell) if cross_check > 0 else 0
    built = build_stale(rows, found, tell)
    num_new = len(_landed_keys(rows) - known)
    return summarise(drives, rows, found, num_new, num_checked, built, monotonic() - started)


def _bronze(run: JobRun, drives: Sequence[Drive], found: Triage, rows: dict[Key, Row], tell: Progress) -> None:
    """Land `found.to_read` and everything said about it; `rows`, the ledger, follow."""
    changed = claim(found, rows)
    run.num_quarantined = quarantine(found.problems)
    for wave in waves(found.to_read):
        late = land_wave(wave, rows, lambda done, total: tell("bronze", done, total))
        run.num_quarantined += quarantine(late)
        found.problems += late
    worse = settle(rows)
    run.num_quarantined += quarantine(worse)
    found.problems += worse
    landed = {drive_id for drive_id, _ in _landed_keys(rows)}
    changed += register_drives(_one_each(drive for drive in drives if drive.drive_id in landed))
    new = [rows[file.source.drive_id, file.source.file_id] for file, _ in found.to_read]
    run.num_rows_in = sum(row["recorder_num_messages"] or row["bronze_num_messages"] for row in new)
    run.num_rows_out = sum(row["bronze_num_messages"] for row in new)
    run.is_idle = not (changed or run.num_quarantined or any(row["state"] in ledger.LANDED for row in new))


def _cross_check(run: JobRun, found: Triage, rows: dict[Key, Row], fraction: float, tell: Progress) -> int:
    """Messages of the files that landed now, decoded again by other code; differences go to quarantine."""
    from spark_jobs.cross_check import cross_check

    num_checked, problems = 0, []
    for done, (file, _) in enumerate(found.to_read):
        tell("cross-check", done, len(found.to_read))
        if rows[file.source.drive_id, file.source.file_id]["state"] in ledger.LANDED:
            checked = cross_check(file.source, fraction)
            num_checked += checked.num_checked
            problems += [(file.source, problem) for problem in checked.problems]
    tell("cross-check", len(found.to_read), len(found.to_read))
    run.num_quarantined += quarantine(problems)
    found.problems += problems
    return num_checked


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
