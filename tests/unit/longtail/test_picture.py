"""`longtail plot`: a picture of every kind of event, and nothing made up in it."""

import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from small_lake import CUT_IN, HARD_BRAKE, write

import longtail
from longtail.drawing.scene import scene
from longtail.drawing.series import lines, thresholds
from longtail.statement import QueryError


def size(path: Path) -> tuple[int, int]:
    """Width and height by the header of the PNG."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def test_a_picture_is_a_png_of_the_size_of_a_page(lake: Path, tmp_path: Path) -> None:
    for event_id in (CUT_IN, HARD_BRAKE):
        path = longtail.plot(event_id, tmp_path / "deep" / f"{event_id}.png")
        assert size(path) == (1430, 1118)
        assert 20_000 < path.stat().st_size < 500_000


def test_different_events_look_different_and_the_same_event_the_same(lake: Path, tmp_path: Path) -> None:
    first, again = (longtail.plot(CUT_IN, tmp_path / f"{n}.png").read_bytes() for n in (1, 2))
    assert first == again
    assert longtail.plot(HARD_BRAKE, tmp_path / "3.png").read_bytes() != first


def test_the_first_characters_of_an_id_are_enough(lake: Path, tmp_path: Path) -> None:
    assert longtail.plot("c1", tmp_path / "c.png").exists()


def test_an_unknown_event_leaves_no_file(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="no event"):
        longtail.plot("nope", tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()


def test_an_encounter_shows_the_gap_and_time_to_collision_of_the_marts(lake: Path) -> None:
    shown = scene(CUT_IN)
    panels = {line.title: line for line in lines(shown)}
    assert list(panels) == ["Gap", "Closing speed", "Time to collision"]
    at_start = int(np.argmin(np.abs(panels["Gap"].t_s)))
    query = "select gap_m, ttc_s from intermediate.int_objects__related where track_id = 'car-1' and t_ns = $t_ns"
    (row,) = longtail.sql(query, parameters={"t_ns": shown.event["t_start_ns"]}).to_pylist()
    assert panels["Gap"].values[at_start] == row["gap_m"]
    assert (row["ttc_s"] is None) == np.isnan(panels["Time to collision"].values[at_start])


def test_an_event_without_an_actor_shows_speed_and_acceleration(lake: Path) -> None:
    assert [line.title for line in lines(scene(HARD_BRAKE))] == ["Speed", "Acceleration"]


def with_event(root: Path, **changes: object) -> str:
    """The cut-in as another event."""
    (row,) = longtail.sql("select * from marts.fct_scenario_events where scenario_id = 'cut_in'").to_pylist()
    changed = row | {"event_id": "e9" * 16, **changes}
    schema = longtail.sql("select * from marts.fct_scenario_events").schema
    write(root, "marts.fct_scenario_events", pa.Table.from_pylist([changed], schema=schema))
    return str(changed["event_id"])


@pytest.mark.parametrize(
    ("changes", "panels"),
    [
        ({"scenario_id": "jaywalking", "actor_track_id": "ped-1"}, ["Ahead", "To the left", "Ego speed"]),
        ({"scenario_id": "unprotected_left"}, ["Ahead", "To the left", "Turned to the left"]),
        ({"scenario_id": "following", "actor_track_id": "truck-1"}, ["Gap", "Closing speed", "Ego speed"]),
        ({"scenario_id": "turning", "actor_track_id": None}, ["Speed", "Turned to the left"]),
        ({"scenario_id": "aeb_activation", "actor_track_id": None}, ["Speed", "Acceleration", "Gap to the lead"]),
        (
            {"scenario_id": "emergency_lane_change", "actor_track_id": "gone"},
            ["Speed", "Acceleration", "Gap to the lead"],
        ),
    ],
    ids=lambda value: value.get("scenario_id") if isinstance(value, dict) else "",
)
def test_every_kind_of_event_has_panels_that_say_something_about_it(
    changes: dict[str, object], panels: list[str], copied_lake: Path, tmp_path: Path
) -> None:
    event_id = with_event(copied_lake, **changes)
    shown = lines(scene(event_id))
    assert [line.title for line in shown] == panels
    assert all(np.isfinite(line.values).any() for line in shown)
    assert longtail.plot(event_id, tmp_path / "event.png").stat().st_size > 20_000


def test_what_the_ego_does_alone_is_shown_to_its_end(copied_lake: Path) -> None:
    start_ns = scene(CUT_IN).event["t_start_ns"]
    event_id = with_event(copied_lake, actor_track_id=None, t_end_ns=start_ns + 6 * 10**9)
    assert scene(event_id).t_s[-1] == pytest.approx(6.5)
    assert scene(CUT_IN).t_s[-1] == pytest.approx(2.2)


def test_limits_come_from_the_thresholds_of_the_definitions(lake: Path) -> None:
    assert thresholds("cut_in")["ttc_s"] == [(2.0, "critical 2 s")]
    assert thresholds("hard_brake")["ax_mps2"] == [(-3.0, "trigger"), (-5.0, "emergency")]
    assert thresholds("cut_out") == {"ttc_s": [], "ax_mps2": []}
