"""JSON payloads to columns: messages that are as plain as most are read by a kernel, all others by DuckDB, which parses
those of a channel at once into a fixed structure."""

from collections.abc import Iterable
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.readers import compiled
from spark_jobs.readers.columns import Decoded, Ints, Level, Octets, Text, without

_PARSE = "select from_json(payload, $structure) as message from payloads"
_CHECK_AND_PARSE = """
    select case when json_valid(payload) then from_json(payload, $structure) end as message from payloads
"""


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One in-memory database per process and its workers, on one thread: the tasks are the parallelism."""
    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})


def decode(structure: str, list_path: str, needed: Iterable[str], data: Octets, start: Ints, length: Ints) -> Decoded:
    """Columns of the JSON messages at data[start : start + length].

    `structure` is the JSON structure that DuckDB's from_json takes; a member that is missing or of another type is
    null. The list of objects at `list_path` (a member of the message) becomes a level. Messages that are no JSON
    objects, or lack the list or one of the `needed` members of an item, fail.
    """
    if compiled.enabled():
        from spark_jobs.readers import json_compiled

        if (plain := json_compiled.decode(structure, list_path, data, start, length)) is not None:
            return plain
    found = _parsed(structure, Text(data, start, length).to_text())
    rows = np.arange(len(found))
    items = pc.struct_field(found, list_path)
    is_bad = np.asarray(pc.is_null(items))
    flat = pc.list_flatten(items)
    parents = np.asarray(pc.list_parent_indices(items)).astype(np.int64)
    counts = np.asarray(pc.fill_null(pc.list_value_length(items), 0)).astype(np.int64)
    positions = np.arange(len(parents)) - np.repeat(np.cumsum(counts) - counts, counts)
    for values in (flat, *(pc.struct_field(flat, name) for name in needed)):
        is_bad[parents[np.asarray(pc.is_null(values))]] = True
    levels = {"": Level(rows, np.zeros(len(rows), np.int64)), list_path: Level(parents, positions)}
    _columns(levels[""], "", found, skipped=list_path)
    _columns(levels[list_path], "", flat, skipped="")
    failed = np.nonzero(is_bad)[0]
    kept = without(levels, is_bad, ["", list_path]) if len(failed) else levels
    return Decoded(kept, failed, "the message is no JSON object of the expected structure" if len(failed) else "")


def _parsed(structure: str, texts: pa.Array) -> pa.StructArray:
    """One value of `structure` per text, null where it is no JSON.

    To ask whether each text is JSON before it is parsed costs as much as parsing: it is done only when one is not.
    """
    payloads = pa.table({"payload": texts})
    with _connection().cursor() as cursor:
        cursor.register("payloads", payloads)
        try:
            answer = cursor.sql(_PARSE, params={"structure": structure}).to_arrow_table()
        except (duckdb.Error, UnicodeDecodeError):  # its message quotes the text, and may cut a character in two
            answer = cursor.sql(_CHECK_AND_PARSE, params={"structure": structure}).to_arrow_table()
    return answer.column("message").combine_chunks()


def _columns(level: Level, prefix: str, values: pa.StructArray, skipped: str) -> None:
    """The members of `values`, nested ones by dotted path, as columns of `level`; a missing number becomes NaN."""
    for field in values.type:
        member = pc.struct_field(values, field.name)
        if pa.types.is_struct(field.type):
            _columns(level, f"{prefix}{field.name}.", member, "")
        elif pa.types.is_string(field.type):
            level.columns[prefix + field.name] = member
        elif prefix + field.name != skipped:
            level.columns[prefix + field.name] = member.to_numpy(zero_copy_only=False)
