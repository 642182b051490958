"""Delta commits of the tables delta-rs owns, each exactly once: files written by tasks, and rows of the driver."""

import errno
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep, time

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, DeltaProtocolError, SchemaMismatchError
from deltalake.transaction import AddAction, RemoveAction

from longtail import lake
from longtail.contracts import conform, contract
from spark_jobs.orphans import mentioned
from spark_jobs.transactions import transactions

WRITER = "delta-rs"
_ATTEMPTS = 8  # other ingests may commit at the same time: read again, decide again, try again
_UNCLEAR = (DeltaError, OSError)  # a conflict, or an answer that got lost although the commit was made
_HOPELESS = (DeltaProtocolError, SchemaMismatchError)  # trying again does not help
_LASTING = {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT}


class WriterConflict(RuntimeError):  # noqa: N818 - reads as what it says
    """The table belongs to another writer engine; two engines on one table can lose commits."""


@dataclass(frozen=True)
class Part:
    """A Parquet file that a task wrote into the folder of `table`. `transaction` names the source file it came from."""

    table: str
    path: str
    num_bytes: int
    num_rows: int
    stats: str
    transaction: str


def ensure_table(table: str) -> DeltaTable:
    """The table, created from its contract when it is not there.

    Raises:
        WriterConflict: it is not delta-rs that writes this table.
    """
    promise = contract(table)
    if promise.writer != WRITER:
        raise WriterConflict(f"{table} is written by {promise.writer}, not by {WRITER}")
    if not lake.exists(table):
        DeltaTable.create(
            lake.location(table),
            schema=Schema.from_arrow(promise.schema),
            mode="ignore",
            name=table,
            description=promise.comment,
            configuration={
                "lake.writer": WRITER,
                "delta.checkpointInterval": "20",  # a version is read from its checkpoint and the commits behind it
                "longtail.grain": promise.grain,
                "longtail.ordering": ", ".join(promise.ordering),
            },
            raise_if_key_not_exists=False,
        )
    delta = lake.open_table(table)
    writer = delta.metadata().configuration.get("lake.writer")
    if writer != WRITER:
        raise WriterConflict(f"{table} is marked lake.writer = {writer}, not {WRITER}")
    return delta


def commit_parts(table: str, parts: Sequence[Part]) -> int:
    """One commit with those `parts` whose source file the table does not hold yet; the others' files are removed.

    Returns the number of rows committed. Safe to repeat after a crash at any point, and beside other writers.
    """

    def attempt() -> int:
        delta = ensure_table(table)
        known = {part.transaction for part in parts} & transactions(delta)
        new = [part for part in parts if part.transaction not in known]
        if new:
            add_parts(delta, new, transactions={part.transaction for part in new})
        if known:
            discard(table, [part for part in parts if part.transaction in known])
        return sum(part.num_rows for part in new)

    return retried(attempt)


def append_new(table: str, rows: pa.Table, key: str) -> int:
    """Append those `rows` whose `key` the table does not hold yet; returns their number, and commits nothing when 0."""
    rows = conform(table, rows)

    def attempt() -> int:
        delta = ensure_table(table)
        known = set(lake.read(table, [key], delta.version()).column(key).to_pylist())
        mask = [value not in known for value in rows.column(key).to_pylist()]
        new = rows.filter(pa.array(mask, pa.bool_()))
        if new.num_rows:
            write_deltalake(delta, new, mode="append", commit_properties=CommitProperties(max_commit_retries=0))
        return int(new.num_rows)

    return retried(attempt) if rows.num_rows else 0


def add_parts(
    delta: DeltaTable, parts: Sequence[Part], remove: Sequence[str] = (), transactions: Collection[str] = ()
) -> None:
    """Commit the version after that of `delta`: with `parts`, without the files named `remove`, or not at all.

    Raises:
        CommitFailedError: another writer made that version first. What was read of the table must be read again.
    """
    now_ms = int(time() * 1000)
    for part in parts:
        json.loads(part.stats)  # a reader that meets broken statistics may skip rows silently
    added = [AddAction(Path(part.path).name, part.num_bytes, {}, now_ms, True, part.stats) for part in parts]
    removed = [RemoveAction(name, True, now_ms) for name in remove]
    # No retries below us: delta-rs would neither check our transactions again nor what we read of the table.
    done = [Transaction(name, 1) for name in sorted(transactions)]
    properties = CommitProperties(max_commit_retries=0, app_transactions=done or None)
    delta.create_write_transaction(
        [*added, *removed], mode="append", schema=delta.schema(), commit_properties=properties
    )


def discard(table: str, parts: Sequence[Part]) -> None:
    """Remove the files of `parts` that no version of `table` names: a commit whose answer got lost keeps its own."""
    named = mentioned(table)
    for part in parts:
        if Path(part.path).name not in named:
            Path(part.path).unlink(missing_ok=True)


def retried(attempt: Callable[[], int]) -> int:
    """What `attempt` returns; tried again when another writer was first or the answer of a commit is unclear.

    An attempt must read what is there and decide anew, so that a commit which was made after all is not made twice.
    """
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except _HOPELESS:
            raise
        except _UNCLEAR as error:
            if number == _ATTEMPTS - 1 or _is_lasting(error):
                raise
            sleep(0.05 * 2**number)
    raise AssertionError("unreachable")


def _is_lasting(error: Exception) -> bool:
    """True for a full or read-only disk, whoever met it: Python, or delta-rs, which tells the number in its text."""
    return getattr(error, "errno", None) in _LASTING or any(f"(os error {number})" in str(error) for number in _LASTING)
