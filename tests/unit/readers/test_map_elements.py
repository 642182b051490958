"""longtail.MapElements: every vertex lands once per message, and an outline that is none is a problem."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcap.writer import Writer
from mcap_recordings import read_all

SQUARE = [[0, 0], [10.5, 0], [10.5, 3.5], [0, 3.5]]
LANE = {"element_id": "l1", "kind": "lane", "polygon_xy_m": SQUARE, "speed_limit_mps": 13.9, "turn": "straight"}
ZEBRA = {"element_id": "c1", "kind": "Crosswalk", "polygon_xy_m": SQUARE[:3]}


def recording(path: Path, *messages: dict[str, Any]) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start(profile="", library="test")
        schema = writer.register_schema("longtail.MapElements", "jsonschema", b"{}")
        channel = writer.register_channel("/map/elements", "json", schema)
        for second, message in enumerate(messages):
            writer.add_message(channel, second * 10**9, json.dumps(message).encode(), second * 10**9, second + 1)
        writer.finish()
    return path


def test_each_vertex_of_each_message_is_a_row(tmp_path: Path) -> None:
    _, tables = read_all(recording(tmp_path / "map.mcap", {"elements": [LANE, ZEBRA]}, {"elements": [LANE]}))
    rows = tables["bronze.map_elements"].to_pylist()
    assert len(rows) == 4 + 3 + 4
    first = [row for row in rows if (row["record_index"], row["element_id"]) == (0, "l1")]
    assert [[row["x_map_m"], row["y_map_m"]] for row in first] == SQUARE
    assert {(row["topic"], row["kind"], row["speed_limit_mps"], row["turn"]) for row in first} == {
        ("/map/elements", "lane", 13.9, "straight")
    }
    zebra = [row for row in rows if row["element_id"] == "c1"]
    assert [(row["kind"], row["speed_limit_mps"], row["turn"], row["vertex_index"]) for row in zebra] == [
        ("crosswalk", None, None, index) for index in range(3)
    ]
    assert tables["bronze.messages"].column("stream").to_pylist() == ["map_elements", "map_elements"]


def test_a_map_without_elements_is_decoded_to_no_rows(tmp_path: Path) -> None:
    _, tables = read_all(recording(tmp_path / "map.mcap", {"elements": []}))
    assert "bronze.map_elements" not in tables
    assert tables["bronze.messages"].column("stream").to_pylist() == ["map_elements"]


@pytest.mark.parametrize("outline", [[[0, 0], [1, 1]], "here", [[0, 0], [1, 1], [1]], [[0, 0], [1, 1], [1, None]], []])
def test_an_outline_that_is_none_is_set_aside_with_its_name(outline: object, tmp_path: Path) -> None:
    _, tables = read_all(recording(tmp_path / "map.mcap", {"elements": [{**LANE, "polygon_xy_m": outline}]}))
    problems = tables["bronze.quarantine"].to_pylist()
    assert [(row["reason"], "l1" in row["detail"]) for row in problems] == [("bad_polygon", True)]
    assert tables["bronze.messages"].column("stream").to_pylist() == [None]
