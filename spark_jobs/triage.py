"""Which of the discovered files are to be read, and why the others are not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spark_jobs import ledger
from spark_jobs.discover import Drive
from spark_jobs.landed import LandedFile
from spark_jobs.ledger import Key, Row
from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import FilePlan, Problem, SourceFile
from spark_jobs.supersede import problem_of

SHARED = (*formats.COMPANIONS, "av2_map")  # the same bytes may rightly belong to many drives
_NO_DBC = Problem("no_dbc", "its frames are kept as raw bytes: no DBC says what they mean; give one with --dbc")


@dataclass
class Triage:
    """`to_read`: files with their plans. `rows`: ledger rows that follow. `problems`: what goes to quarantine."""

    to_read: list[tuple[LandedFile, FilePlan]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    problems: list[tuple[SourceFile, Problem]] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """What is in the lake already: rows by (drive, file), project by drive, drive by file, drives with a DBC."""

    held: Mapping[Key, Row]
    projects: dict[str, str]
    owners: dict[str, str]
    with_dbc: frozenset[str]


def triage(drives: Sequence[Drive], held: Mapping[Key, Row], on_file: Callable[[int, int], None]) -> Triage:
    """Sort the files of `drives` by what the ledger `held` knows of them; opens new files for their summary only."""
    found = Triage()
    landed = [row for row in held.values() if row["state"] in ledger.LANDED]
    known = _Known(
        held,
        {row["drive_id"]: row["project_id"] for row in landed},
        owners(held.values()),
        frozenset(row["drive_id"] for row in landed if row["format"] == "dbc"),
    )
    total = sum(len(drive.files) for drive in drives)
    done = 0
    for drive in drives:
        found.problems += [(trouble.source, trouble.problem) for trouble in drive.troubles if trouble.problem]
        taken: set[str] = set()
        for file in drive.files:
            done += 1
            on_file(done, total)
            if file.source.file_id not in taken:  # the same bytes twice in one drive are one file
                taken.add(file.source.file_id)
                _sort(found, file, known)
    return found


def owners(rows: Iterable[Row]) -> dict[str, str]:
    """The drive that each file belongs to: where it has landed, else where an ingest began to read it.

    What an ingest began and did not end is nobody's any more once the file is gone from where it was.
    """
    found: dict[str, str] = {}
    for row in rows:
        if row["state"] in ledger.LANDED:
            found[row["file_id"]] = row["drive_id"]
        elif row["state"] == "verified" and Path(row["source_path"]).exists():
            found.setdefault(row["file_id"], row["drive_id"])
    return found


def _sort(found: Triage, file: LandedFile, known: _Known) -> None:
    source = file.source
    before = known.held.get((source.drive_id, source.file_id))
    if source.format == "mf4" and not source.dbc_paths and source.drive_id not in known.with_dbc:
        found.problems.append((source, _NO_DBC))
    if before is not None and before["state"] in ledger.LANDED:
        if file.problem is not None:  # it is in the lake; what drive.json now says against it is still on record
            found.problems.append((source, file.problem))
        return
    if before is not None and before["state"] == "superseded":
        found.problems.append((source, problem_of(before)))
        return
    # What is in quarantine is tried again: its drive.json, our reader or its neighbours may have changed.
    problem = file.problem or _conflict(source, known)
    plan = _plan(source)
    if problem is None and plan.recorder_num_messages is not None and file.declared_num_messages is not None:
        problem = _count_mismatch(file, plan.recorder_num_messages)
    if problem is None and plan.problems and not plan.tasks:
        problem = plan.problems[0]
    if problem is not None:
        found.problems.append((source, problem))
        found.rows.append(ledger.quarantined(file, plan, before, problem))
        return
    known.owners.setdefault(source.file_id, source.drive_id)
    known.projects.setdefault(source.drive_id, source.project_id)
    found.problems += [(source, problem) for problem in plan.problems]
    found.rows.append(ledger.verified(file, plan, before))
    found.to_read.append((file, plan))


def _plan(source: SourceFile) -> FilePlan:
    try:
        return registry.plan(source)
    except Exception as error:  # a defect of a reader costs the one file that shows it
        return FilePlan(source, [], problems=[Problem("reader_failed", f"{type(error).__name__}: {error}"[:500])])


def _conflict(source: SourceFile, known: _Known) -> Problem | None:
    project = known.projects.get(source.drive_id, source.project_id)
    if project != source.project_id:
        return Problem("drive_id_conflict", f"drive {source.drive_id} belongs to project {project} already")
    owner = known.owners.get(source.file_id, source.drive_id)
    if owner != source.drive_id and source.format not in SHARED:
        return Problem("duplicate_file", f"the same bytes were ingested as part of drive {owner}")
    return None


def _count_mismatch(file: LandedFile, counted: int) -> Problem | None:
    if file.declared_num_messages == counted:
        return None
    return Problem(
        "count_mismatch", f"drive.json promises {file.declared_num_messages} messages, recorded are {counted}"
    )
