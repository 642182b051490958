"""What a bag must become in bronze, by its messages as an independent reader gives them."""

import zlib
from collections import Counter
from typing import Any

import pyarrow as pa
from official_rows import expected_rows

Message = tuple[str, str, int, bytes, Any]
"""(topic, type, log time ns, payload, decoded)."""


def check(tables: dict[str, pa.Table], messages: list[Message], kinds: dict[str, str]) -> int:
    """Assert that `messages` and nothing else are in `tables`, with equal values; the number of typed rows compared.

    `kinds` gives the topic of official_rows that a topic of the recording is like.
    """
    rows = tables["bronze.messages"].to_pylist()
    found = Counter((r["topic"], r["schema_name"], r["log_time_ns"], r["crc32"], r["num_payload_bytes"]) for r in rows)
    assert found == Counter((t, name, time, zlib.crc32(data), len(data)) for t, name, time, data, _ in messages)
    assert sorted(row["record_index"] for row in rows) == list(range(len(messages)))
    expected: dict[str, list[dict[str, Any]]] = {}
    for topic, _, time, _, decoded in messages:
        if topic in kinds:
            for table, values in expected_rows(kinds[topic], decoded).items():
                expected.setdefault(table, []).extend({"topic": topic, "log_time_ns": time, **row} for row in values)
    for table, values in expected.items():
        names = sorted({name for row in values for name in row})
        assert _sorted(tables[table].select(names).to_pylist(), names) == _sorted(values, names)
    return sum(len(values) for values in expected.values())


def _sorted(rows: list[dict[str, Any]], names: list[str]) -> list[str]:
    """The rows as text, in an order that does not depend on who gave them; texts of floats are exact."""
    return sorted(repr([_plain(row.get(name)) for name in names]) for row in rows)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
