"""Delta commits of the tables delta-rs owns: files written by tasks, rows of the driver, upserts of small tables."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep, time

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction

from longtail import lake
from longtail.contracts import conform, contract

WRITER = "delta-rs"
_ATTEMPTS = 8  # other ingests may commit at the same time: read again, decide again, try again


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

    Returns the number of rows committed. Safe to repeat after a crash at any point.
    """

    def attempt() -> int:
        delta = ensure_table(table)
        known = {name for name in {part.transaction for part in parts} if delta.transaction_version(name) is not None}
        new = [part for part in parts if part.transaction not in known]
        if new:
            delta.create_write_transaction(
                [_add_action(delta, part) for part in new],
                mode="append",
                schema=delta.schema(),
                commit_properties=_properties({part.transaction for part in new}),
            )
        if known:
            # A commit whose answer got lost is known too: its files are in the log and must stay.
            held = {Path(uri).name for uri in lake.open_table(table).file_uris()}
            for part in parts:
                if part.transaction in known and Path(part.path).name not in held:
                    Path(part.path).unlink(missing_ok=True)
        return sum(part.num_rows for part in new)

    return _retried(attempt)


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

    return _retried(attempt) if rows.num_rows else 0


def upsert(table: str, rows: Iterable[dict[str, object]], keys: Sequence[str]) -> int:
    """Insert or replace `rows` by `keys`; rows that are there already, value for value, are left alone.

    Returns the number of rows changed; commits nothing when it is 0. For small tables: reads the table whole.
    """
    wanted = pa.Table.from_pylist(list(rows), schema=contract(table).schema)
    twice = [key for key, count in Counter(_key(row, keys) for row in wanted.to_pylist()).items() if count > 1]
    if twice:
        raise ValueError(f"{table}: more than one row for {dict(zip(keys, twice[0], strict=True))}")

    def attempt() -> int:
        delta = ensure_table(table)
        held = {_key(row, keys): row for row in lake.read(table, version=delta.version()).to_pylist()}
        mask = [held.get(_key(row, keys)) != row for row in wanted.to_pylist()]
        changed = wanted.filter(pa.array(mask, pa.bool_()))
        if changed.num_rows:
            predicate = " and ".join(f"target.{key} = source.{key}" for key in keys)
            merge = delta.merge(changed, predicate, source_alias="source", target_alias="target")
            merge.when_matched_update_all().when_not_matched_insert_all().execute()
        return int(changed.num_rows)

    return _retried(attempt) if wanted.num_rows else 0


def _key(row: dict[str, object], keys: Sequence[str]) -> tuple[object, ...]:
    return tuple(row[key] for key in keys)


def _add_action(delta: DeltaTable, part: Part) -> AddAction:
    json.loads(part.stats)  # a reader that meets broken statistics may skip rows silently
    return AddAction(Path(part.path).name, part.num_bytes, {}, int(time() * 1000), True, part.stats)


def _properties(transactions: set[str]) -> CommitProperties:
    # No retries below us: delta-rs does not enforce application transactions, so each try must check them again.
    done = [Transaction(name, 1) for name in sorted(transactions)]
    return CommitProperties(app_transactions=done, max_commit_retries=0)


def _retried(attempt: Callable[[], int]) -> int:
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except CommitFailedError:
            if number == _ATTEMPTS - 1:
                raise
            sleep(0.05 * 2**number)
    raise AssertionError("unreachable")
