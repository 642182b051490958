"""Search finds events by what they are, by what they resemble and by place, and every engine is asked the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from small_lake import events_schema, write
from typer.testing import CliRunner

from longtail.cli import app
from longtail.query import sql
from longtail.search import polygon_of, search
from longtail.settings import REPOSITORY, settings
from longtail.statement import QueryError

#        id    scenario      class    ttc  gap  closing  lat   lon
ROWS = [
    ("aa", "cut_in", "car", 1.5, 10.0, 4.0, 48.1, 11.5),
    ("ab", "cut_in", "car", 1.6, 11.0, 4.0, 48.2, 11.6),
    ("ac", "cut_in", "truck", 1.6, 11.0, 4.0, 48.5, 11.9),
    ("ad", "cut_in", "car", 6.0, 40.0, 0.5, 48.1, 11.9),
    ("ba", "near_miss", "car", 1.5, 10.0, 4.0, 48.3, 11.7),
    ("ca", "hard_brake", None, None, None, None, None, None),
]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Six events, one of them on a drive without GNSS."""
    events, contexts = [], []
    for index, (key, scenario, kind, ttc, gap, closing, latitude, longitude) in enumerate(ROWS):
        events.append(
            {"event_id": key, "scenario_id": scenario, "drive_id": "d", "t_start_ns": index, "t_end_ns": index + 1}
            | {"min_ttc_s": ttc, "gap_at_start_m": gap, "closing_speed_at_start_mps": closing, "severity": "close"}
            | {"light": "night" if key == "ac" else "day", "weather": "clear", "road_kind": "urban"}
        )
        contexts.append(
            {"event_id": key, "object_class": kind, "ego_speed_at_start_mps": 20.0, "duration_s": 1.0}
            | {"latitude_deg": latitude, "longitude_deg": longitude}
        )
    write(tmp_path / "lake", "marts.fct_scenario_events", pa.Table.from_pylist(events, schema=events_schema()))
    write(tmp_path / "lake", "marts.dim_event_contexts", pa.Table.from_pylist(contexts))
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("LONGTAIL_CACHE", str(tmp_path / "cache"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def found(**wanted) -> list[str]:
    return search(**wanted)["event_id"].to_pylist()


@pytest.mark.usefixtures("lake")
def test_more_like_this_comes_nearest_first_and_not_itself() -> None:
    rows = search(like="aa").to_pylist()
    assert [row["event_id"] for row in rows] == ["ab", "ba", "ac", "ad", "ca"]
    assert rows[1]["unlikeness"] == 1.0, "the same numbers in another scenario: one step"
    assert found(like="aa", scenario="cut_in", light="day") == ["ab", "ad"]


@pytest.mark.usefixtures("lake")
def test_without_a_model_the_gravest_comes_first() -> None:
    assert found() == ["aa", "ba", "ab", "ac", "ad", "ca"]
    assert search()["unlikeness"].null_count == 6
    assert found(limit=2) == ["aa", "ba"]


@pytest.mark.usefixtures("lake")
def test_a_box_keeps_what_lies_in_it_and_nothing_without_a_place() -> None:
    assert found(bbox=(11.4, 48.0, 11.65, 48.25)) == ["aa", "ab"]
    assert found(bbox=(-180, -90, 180, 90)) == ["aa", "ba", "ab", "ac", "ad"]


@pytest.mark.usefixtures("lake")
def test_a_polygon_may_be_concave() -> None:
    # an L: the west and the south of the square
    corners = [(11.4, 48.0), (12.0, 48.0), (12.0, 48.15), (11.65, 48.15), (11.65, 48.6), (11.4, 48.6)]
    assert found(polygon=corners) == ["aa", "ab", "ad"]
    assert found(polygon=corners[::-1], like="aa") == ["ab", "ad"]


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"like": "zz"}, "no event 'zz'"),
        ({"like": "a"}, "more than one"),
        ({"bbox": (2, 0, 1, 0)}, "west <= east"),
        ({"polygon": [(0.0, 0.0), (1.0, 1.0)]}, "three corners"),
    ],
)
def test_what_cannot_be_searched_for_is_said(wanted: dict, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        search(**wanted)


@pytest.mark.parametrize("wrapped", ["Polygon", "Feature", "FeatureCollection", "MultiPolygon"])
def test_geojson_of_every_kind_gives_its_outer_ring(tmp_path: Path, wrapped: str) -> None:
    ring = [[0, 1], [2, 1], [2, 3], [0, 1]]
    polygon: dict = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "geometry": polygon}
    shapes = {"Polygon": polygon, "Feature": feature, "FeatureCollection": {"type": wrapped, "features": [feature]}}
    shapes["MultiPolygon"] = {"type": "MultiPolygon", "coordinates": [[ring]]}
    (tmp_path / "place.geojson").write_text(json.dumps(shapes[wrapped]))
    assert polygon_of(tmp_path / "place.geojson") == [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0)]


@pytest.mark.parametrize("text", ["", "[]", '{"type": "Point", "coordinates": [1, 2]}', '{"type": "Feature"}'])
def test_what_is_no_polygon_is_refused_with_the_name_of_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "place.geojson").write_text(text)
    with pytest.raises(QueryError, match=r"place\.geojson is no GeoJSON with a polygon"):
        polygon_of(tmp_path / "place.geojson")


def test_the_command_prints_a_table_and_json(lake: Path) -> None:
    (lake / "place.geojson").write_text(
        '{"type": "Polygon", "coordinates": [[[11, 48], [12, 48], [12, 49], [11, 49]]]}'
    )
    options = ["search", "--like", "aa", "--polygon", str(lake / "place.geojson"), "--bbox", "11.4,48,11.8,49"]
    listed = CliRunner().invoke(app, [*options, "--json"])
    assert [row["event_id"] for row in json.loads(listed.stdout)] == ["ab", "ba"]
    assert "unlikeness" in CliRunner().invoke(app, options).stdout
    assert CliRunner().invoke(app, ["search", "--bbox", "1,2,3"]).exit_code == 2
    assert CliRunner().invoke(app, ["search", "--scenario", "mrm"]).exit_code == 0


@pytest.mark.parametrize("engine", ["duckdb", "spark", "athena"])
def test_the_questions_of_every_engine_ask_what_the_command_asks(engine: str) -> None:
    question = (REPOSITORY / "sql" / engine / "more_like_this.sql").read_text()
    assert question.endswith((REPOSITORY / "longtail" / "search.sql").read_text())


def test_the_question_gives_what_the_command_gives(lake: Path) -> None:
    first = pa.table({"event_id": ["aa"], "rank_index": [0]})
    write(lake / "lake", "marts.fct_edge_cases", first)
    asked = sql((REPOSITORY / "sql" / "duckdb" / "more_like_this.sql").read_text())
    # its polygon is the whole world, so what has no place is left out
    assert asked.to_pylist() == [row for row in search(like="aa").to_pylist() if row["latitude_deg"] is not None]
