"""JSON by the compiled walk: what it takes has the values that DuckDB gives; what is not plain is left to DuckDB."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from spark_jobs.readers import compiled, json_compiled, json_payload
from spark_jobs.readers.columns import Decoded, Ints, Octets
from spark_jobs.readers.vehicle_streams import LANE_FIELDS, LANE_STRUCTURE

STRUCTURE = '{"id": "BIGINT", "at": {"name": "VARCHAR", "s": "DOUBLE"}, "items": [{"x": "DOUBLE", "side": "VARCHAR"}]}'
PLAIN = '{"id": 7, "at": {"name": "a b", "s": -0.5e3}, "items": [{"x": 0.1, "side": ""}, {"side": "r", "x": 2}]}'


def buffer(texts: list[str]) -> tuple[Octets, Ints, Ints]:
    octets = [text.encode() for text in texts]
    length = np.array([len(each) for each in octets], np.int64)
    return np.frombuffer(b"".join(octets), np.uint8), np.cumsum(length) - length, length


def plain(decoded: Decoded) -> dict[str, Any]:
    """Parents, positions and columns by level; numbers as their bits, so that -0.0 is not 0.0."""
    found: dict[str, Any] = {"failed": decoded.failed.tolist()}
    for path, level in decoded.levels.items():
        found[path] = level.parent.tolist(), level.position.tolist()
        for name, column in level.columns.items():
            is_number = isinstance(column, np.ndarray)
            found[f"{path}/{name}"] = column.view(np.int64).tolist() if is_number else level.text(name).to_pylist()
    return found


def by_duckdb(monkeypatch: pytest.MonkeyPatch, *arguments: Any) -> dict[str, Any]:
    with monkeypatch.context() as patched:
        patched.setattr(compiled, "enabled", lambda: False)
        return plain(json_payload.decode(*arguments))


def test_plain_messages_have_the_values_that_duckdb_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    doubles = rng.integers(0, 2**63, 4_000).view(np.float64)
    numbers = [
        *doubles[np.isfinite(doubles) & (doubles > 1e-300)].tolist(),
        *rng.normal(size=2_000).round(6).tolist(),
        0.0,
        -0.0,
        5e22,
        7,
        -3,
    ]
    items = [dict.fromkeys((*LANE_FIELDS, "quality"), value) | {"side": "l", "type": "x y"} for value in numbers]
    header = {"stamp": {"sec": 1_763_000_000, "nanosec": -5}, "frame_id": "base_link"}
    texts = [
        json.dumps({"boundaries": items[k : k + 5], "header": header}, indent=k % 3) for k in range(0, len(items), 4)
    ]
    texts.append(json.dumps({"header": header, "boundaries": []}))
    taken = json_compiled.decode(LANE_STRUCTURE, "boundaries", *buffer(texts))
    assert taken is not None
    expected = by_duckdb(monkeypatch, LANE_STRUCTURE, "boundaries", LANE_FIELDS, *buffer(texts))
    assert plain(taken) == expected


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace("a b", "a\\u0062"),
        PLAIN.replace("a b", "ä"),
        PLAIN.replace('"id": 7', '"id": 7.0'),
        PLAIN.replace('"id": 7', '"id": "7"'),
        PLAIN.replace('"id": 7', '"id": null'),
        PLAIN.replace('"id": 7', '"id": 7, "id": 8'),
        PLAIN.replace('"id": 7', '"id": 7, "more": [1]'),
        PLAIN.replace('"id": 7, ', ""),
        PLAIN.replace("-0.5e3", "-0"),
        PLAIN.replace("-0.5e3", "1e-320"),
        PLAIN.replace("-0.5e3", "1e999"),
        PLAIN.replace("-0.5e3", "0.12345678901234567890"),
        PLAIN.replace('"side": ""', '"side": 5'),
        "[]",
        " ",
        "",
    ],
)
def test_what_is_not_plain_is_left_to_duckdb(other: str) -> None:
    assert json_compiled.decode(STRUCTURE, "items", *buffer([PLAIN, other])) is None
    assert json_compiled.decode(STRUCTURE, "items", *buffer([PLAIN, PLAIN])) is not None


def test_a_text_that_is_damaged_is_refused_or_has_the_values_that_duckdb_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text stands between two others, so that a walk which leaves its message would go on in the next."""
    rng = np.random.default_rng(8)
    kept = []
    for _ in range(4_000):
        octets = bytearray(PLAIN.encode())
        at = int(rng.integers(0, len(octets)))
        if rng.random() < 0.3:
            del octets[at : at + int(rng.integers(1, 4))]
        else:
            octets[at] = int(rng.choice(list(b'{}[]":,.0123456789-+eE x')))
        text = octets.decode()
        if json_compiled.decode(STRUCTURE, "items", *buffer([PLAIN, text, PLAIN])) is not None:
            kept.append(text)
    assert 100 < len(kept) < 3_000
    taken = json_compiled.decode(STRUCTURE, "items", *buffer(kept))
    assert taken is not None
    assert plain(taken) == by_duckdb(monkeypatch, STRUCTURE, "items", ("x",), *buffer(kept))


def test_a_structure_that_the_walk_cannot_follow_is_left_to_duckdb() -> None:
    for structure in ('{"items": [{"x": "UBIGINT"}]}', '{"items": [{}]}', '{"items": ["DOUBLE"]}', '{"a": "DOUBLE"}'):
        assert json_compiled.decode(structure, "items", *buffer(["{}"])) is None


def test_texts_of_both_ways_are_the_same_arrow_text(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = STRUCTURE, "items", ("x",), *buffer([PLAIN])
    fast = json_payload.decode(*arguments).messages.text("at.name")
    monkeypatch.setattr(compiled, "enabled", lambda: False)
    assert fast.equals(json_payload.decode(*arguments).messages.text("at.name"))
    assert fast.type == pa.string()


def test_a_text_whose_quotation_cuts_a_character_fails_alone() -> None:
    """Found by fuzzing: DuckDB's message about it is no UTF-8."""
    texts = [b"\xff" * 4 + b"\xfc\xff\xff" + b"\x98" * 14 + b"\xff" * 13 + b"n/a\x01", b'{"boundaries": []}']
    length = np.array([len(text) for text in texts])
    data = np.frombuffer(b"".join(texts), np.uint8)
    found = json_payload.decode(LANE_STRUCTURE, "boundaries", LANE_FIELDS, data, np.cumsum(length) - length, length)
    assert found.failed.tolist() == [0]
