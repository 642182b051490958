"""Rows of small tables, inserted or replaced by their key: read, decided and committed as one step, or tried again."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import dataset, fs

from longtail import lake
from longtail.contracts import conform, contract
from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import add_parts, discard, ensure_table, retried

_SMALL_ROWS = 10_000  # files up to here are put together when there are more than _MANY of them
_MANY = 8
_FILE = "__filename"  # what pyarrow calls the file that a row came from

Row = dict[str, Any]
Key = tuple[Any, ...]
Decide = Callable[[pa.Table], list[Row]]


def upsert(table: str, rows: Iterable[Row], keys: Sequence[str], keep: Callable[[Row, Row], bool] | None = None) -> int:
    """Insert or replace `rows` by `keys`; rows that are there already, value for value, are left alone.

    `keep(held, new)` says for a row that differs whether the held one stays. Returns the number of rows changed;
    commits nothing when it is 0. For small tables: reads the table whole.

    Raises:
        ValueError: two of `rows` have one key.
    """
    wanted = pa.Table.from_pylist(list(rows), schema=contract(table).schema).to_pylist()
    return change(table, keys, lambda held: _changed(held, wanted, keys, keep)) if wanted else 0


def change(table: str, keys: Sequence[str], decide: Decide) -> int:
    """Insert or replace by `keys` the rows that `decide` returns for the table as it is; returns their number.

    Nothing can be committed between what `decide` sees and what it returns; it is called again when something was.

    Raises:
        ValueError: two of the rows have one key.
    """

    def attempt() -> int:
        delta = ensure_table(table)
        held, homes = _held(table, delta)
        rows = decide(held)
        if rows:
            _commit(table, delta, held, homes, rows, keys)
        return len(rows)

    return retried(attempt)


def rows_by_key(held: pa.Table, keys: Sequence[str]) -> dict[Key, int]:
    """The row number of each key of `held`."""
    columns = [held.column(name).to_pylist() for name in keys]
    return {key: number for number, key in enumerate(zip(*columns, strict=True))}


def _changed(
    held: pa.Table, wanted: Sequence[Row], keys: Sequence[str], keep: Callable[[Row, Row], bool] | None
) -> list[Row]:
    at = rows_by_key(held, keys)
    numbers = {key: at[key] for key in (_key(row, keys) for row in wanted) if key in at}
    rows = held.take(pa.array(numbers.values(), pa.int64())).to_pylist()
    before = dict(zip(numbers, rows, strict=True))
    return [row for row in wanted if _is_news(before.get(_key(row, keys)), row, keep)]


def _is_news(before: Row | None, row: Row, keep: Callable[[Row, Row], bool] | None) -> bool:
    return before is None or not (before == row or (keep is not None and keep(before, row)))


def _held(table: str, delta: DeltaTable) -> tuple[pa.Table, list[str]]:
    """The rows of this version of the table, and for each the name of the file that holds it."""
    system, place = fs.FileSystem.from_uri(lake.location(table))
    names = [unquote(name) for name in pa.table(delta.get_add_actions()).column("path").to_pylist()]
    schema = contract(table).schema
    files = dataset.dataset([f"{place}/{name}" for name in names], schema, format="parquet", filesystem=system)
    rows = files.to_table(columns=[*schema.names, _FILE]).replace_schema_metadata()
    return rows.drop_columns(_FILE), [path.rpartition("/")[2] for path in rows.column(_FILE).to_pylist()]


def _commit(
    table: str, delta: DeltaTable, held: pa.Table, homes: Sequence[str], rows: list[Row], keys: Sequence[str]
) -> None:
    """Write the files that hold a key of `rows` again, with `rows`, and with them the small ones when they are many."""
    twice = [key for key, count in Counter(_key(row, keys) for row in rows).items() if count > 1]
    if twice:
        raise ValueError(f"{table}: more than one row for {dict(zip(keys, twice[0], strict=True))}")
    at = rows_by_key(held, keys)
    replaced = {at[key] for key in (_key(row, keys) for row in rows) if key in at}
    small = {name for name, count in Counter(homes).items() if count <= _SMALL_ROWS}
    again = {homes[number] for number in replaced} | (small if len(small) >= _MANY else set())
    kept = [number for number, home in enumerate(homes) if home in again and number not in replaced]
    pieces = [conform(table, held.take(pa.array(kept, pa.int64()))), pa.Table.from_pylist(rows, contract(table).schema)]
    part = write_part(table, pieces, lake.location(table), "rows", "")
    try:
        add_parts(delta, [part], remove=sorted(again))
    except BaseException:
        discard(table, [part])
        raise


def _key(row: Row, keys: Sequence[str]) -> Key:
    return tuple(row[key] for key in keys)
