"""A snapshot pins a dataset: which samples, from which table versions, and a digest that proves they are the same."""

import json
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import asdict, dataclass

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from longtail import lake
from longtail.query import sql
from longtail.settings import REPOSITORY
from longtail.statement import QueryError
from training.digest import item_digests, total_digest
from training.filters import SAMPLES, selection
from training.ml_tables import append_once, rows_of

_DEFINITIONS = "marts.dim_scenario_definitions"


class SnapshotError(RuntimeError):
    """A snapshot that cannot be made, is not known, or whose rows are no longer what they were."""


@dataclass(frozen=True)
class Snapshot:
    """One row of ml.snapshots; `is_new` is False when the same content had been pinned before."""

    snapshot_id: str
    name: str
    created_at_ns: int
    query: str
    table_versions: dict[str, int]
    definition_versions: dict[str, str]
    num_items: int
    digest: str
    git_commit: str | None
    is_new: bool = False


def create(name: str = "default", where: str | None = None) -> Snapshot:
    """Pin the samples of the mart as it is now: membership, digest and versions into ml.snapshots.

    Args:
        name: a name for people. Identity is the content: the same samples are the same snapshot under any name.
        where: keeps only some samples, for example "light = 'night' and gap_m < 40"; see `training.filters`.

    Raises:
        FilterError: `where` is more than comparisons of the columns it may use.
        SnapshotError: there is no mart yet, or no sample is left.
    """
    query = selection(where)
    if not lake.exists(SAMPLES):
        raise SnapshotError(f"{SAMPLES} does not exist yet in {lake.root()}; run `longtail curate` first")
    version = lake.version(SAMPLES)
    rows = sql(query.sql(dialect="duckdb", comments=False), version=version)
    if not rows.num_rows:
        raise SnapshotError(f"no sample of {SAMPLES} version {version} fits: {query.sql()}")
    _check_split_by_drive(rows)
    items = item_digests(rows)
    digest = total_digest(items)
    definitions, versions = _definitions()
    snapshot = Snapshot(
        snapshot_id=digest[:16],
        name=name,
        created_at_ns=time.time_ns(),
        query=query.sql(dialect="databricks", comments=False),
        table_versions={SAMPLES: version} | versions,
        definition_versions=definitions,
        num_items=rows.num_rows,
        digest=digest,
        git_commit=git_commit(),
        is_new=True,
    )
    return _store(snapshot, rows, items)


def find(snapshot: str) -> Snapshot:
    """The snapshot with this id, or the newest one with this name.

    Raises:
        SnapshotError: there is none.
    """
    found = rows_of("ml.snapshots", "snapshot_id", snapshot).to_pylist()
    found = found or rows_of("ml.snapshots", "name", snapshot).sort_by("created_at_ns").to_pylist()
    if not found:
        raise SnapshotError(f"no snapshot {snapshot!r} in {lake.root()}; `longtail snapshot create` makes one")
    row = found[-1]
    row["table_versions"] = json.loads(row["table_versions"])
    row["definition_versions"] = json.loads(row["definition_versions"])
    return Snapshot(**row)


def load(snapshot: str) -> tuple[Snapshot, pa.Table]:
    """The snapshot with this id or name, and its rows by sample_id, proven by digest to be those that were pinned.

    Rows come from the recorded version of the mart. Where that version is gone (vacuumed, or the table was made
    anew), the newest version serves when its digest is the same, because then it is the same content.

    Raises:
        SnapshotError: the snapshot is unknown, or neither version has its rows; says which and what to do.
    """
    found = find(snapshot)
    problems = []
    for version in dict.fromkeys([found.table_versions[SAMPLES], lake.version(SAMPLES)]):
        try:
            rows = _members_at(version, found.snapshot_id)
        except (DeltaError, duckdb.Error, lake.LakeError, QueryError, OSError) as error:
            problems.append(f"version {version} cannot be read ({str(error).splitlines()[0]})")
            continue
        if total_digest(item_digests(rows)) == found.digest:
            return found, rows
        problems.append(f"version {version} holds {rows.num_rows} of {found.num_items} members or other values")
    raise SnapshotError(
        f"snapshot {found.snapshot_id} cannot be proven: {SAMPLES} {'; '.join(problems)}. "
        "Its versions were vacuumed or changed; make a new snapshot with `longtail snapshot create`"
    )


def git_commit() -> str | None:
    """Commit of the code, or None when it is not a git checkout."""
    if shutil.which("git") is None:
        return None
    command = ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def _store(snapshot: Snapshot, rows: pa.Table, items: list[str]) -> Snapshot:
    """Commit members, then the snapshot: whoever sees a row of ml.snapshots finds all of its members."""
    snapshot_id = pa.array([snapshot.snapshot_id] * rows.num_rows, pa.string())
    members = rows.select(["sample_id", "project_id", "drive_id", "split"])
    members = members.append_column("snapshot_id", snapshot_id).append_column("item_digest", pa.array(items))
    append_once("ml.snapshot_items", members, f"longtail.snapshot.{snapshot.snapshot_id}")
    row = asdict(snapshot)
    del row["is_new"]
    row["table_versions"] = json.dumps(snapshot.table_versions, sort_keys=True)
    row["definition_versions"] = json.dumps(snapshot.definition_versions, sort_keys=True)
    is_new = append_once("ml.snapshots", pa.Table.from_pylist([row]), f"longtail.snapshot.{snapshot.snapshot_id}")
    return snapshot if is_new else find(snapshot.snapshot_id)


def _members_at(version: int, snapshot_id: str) -> pa.Table:
    query = (
        "select samples.* from marts.fct_training_samples as samples semi join ml.snapshot_items as items"
        " on items.snapshot_id = $snapshot_id and items.sample_id = samples.sample_id order by samples.sample_id"
    )
    rows: pa.Table = sql(query, version={SAMPLES: version}, parameters={"snapshot_id": snapshot_id})
    return rows


def _definitions() -> tuple[dict[str, str], dict[str, int]]:
    """({scenario_id: definition version}, {table: version}), empty while there is no table of definitions."""
    if not lake.exists(_DEFINITIONS):
        return {}, {}
    version = lake.version(_DEFINITIONS)
    rows = lake.read(_DEFINITIONS, ["scenario_id", "definition_version"], version).to_pylist()
    versions = {row["scenario_id"]: str(row["definition_version"]) for row in rows}
    return dict(sorted(versions.items())), {_DEFINITIONS: version}


def _check_split_by_drive(rows: pa.Table) -> None:
    """Raises SnapshotError when a drive has samples in two splits: a model could then be tested on what it saw."""
    splits_of_drive = Counter(rows.group_by(["drive_id", "split"]).aggregate([]).column("drive_id").to_pylist())
    torn = sorted(drive for drive, num_splits in splits_of_drive.items() if num_splits > 1)
    if torn:
        raise SnapshotError(f"{SAMPLES} has samples of one drive in two splits: {', '.join(torn[:5])}")
