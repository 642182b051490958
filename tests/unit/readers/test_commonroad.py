"""CommonRoad: states, lanelets and planning problems against lxml; and XML that means harm."""

from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from mcap_recordings import read_all
from real_data import real

STATE = (
    "<{name}><time><exact>{t}</exact></time><position><point><x>{x}</x><y>2</y></point></position>"
    "<orientation><exact>0.0</exact></orientation><velocity><exact>10</exact></velocity></{name}>"
)
SHAPE = "<shape><rectangle><length>4.0</length><width>2.0</width></rectangle></shape>"


def obstacle(name: str, *steps: object) -> str:
    first, *rest = (STATE.format(name="state", t=step, x=step) for step in steps)
    first = first.replace("state>", "initialState>", 1)[: -len("</state>")] + "</initialState>"
    states = f"<trajectory>{''.join(rest)}</trajectory>"
    return f'<dynamicObstacle id="{name}"><type>car</type>{SHAPE}{first}{states}</dynamicObstacle>'


def scenario(folder: Path, inside: str, head: str = "", step: str = "0.2") -> Path:
    path = folder / "scenario.xml"
    path.write_text(f'<?xml version="1.0"?>{head}\n<commonRoad timeStepSize="{step}">{inside}</commonRoad>')
    return path


def test_time_is_the_step_by_its_size_and_velocity_lies_along_the_heading(tmp_path: Path) -> None:
    _, tables = read_all(scenario(tmp_path, obstacle("1", 0, 1, 2) + obstacle("2", 5)))
    (row,) = tables["bronze.objects"].to_pylist()
    assert (row["track_id"], row["log_time_ns"], row["vx_mps"], row["vy_mps"]) == ("2", 1_000_000_000, 10.0, 0.0)
    assert (row["role"], row["frame_id"], row["object_class"]) == ("reference", "map", "car")


def test_without_a_declared_ego_the_longest_trajectory_is_the_ego_at_its_rear_axle(tmp_path: Path) -> None:
    path = scenario(tmp_path, obstacle("1", 0, 1) + obstacle("2", 0, 1, 2) + obstacle("3", 0, 1, 2))
    _, tables = read_all(path)
    assert tables["bronze.ego_poses"].column("x_map_m").to_pylist() == [-1.0, 0.0, 1.0]
    assert sorted(set(tables["bronze.objects"].column("track_id").to_pylist())) == ["1", "3"]


def test_the_declared_ego_is_the_ego_with_its_declared_overhang(tmp_path: Path) -> None:
    declaration = {"topics": {"commonroad": {"ego": "1"}}, "vehicle": {"rear_axle_to_rear_bumper_m": 0.5}}
    _, tables = read_all(scenario(tmp_path, obstacle("1", 0, 1) + obstacle("2", 0, 1, 2)), declaration)
    assert tables["bronze.ego_poses"].column("x_map_m").to_pylist() == [-1.5, -0.5]
    assert set(tables["bronze.objects"].column("track_id").to_pylist()) == {"2"}


def test_a_state_that_cannot_be_read_is_set_aside_and_the_rest_lands(tmp_path: Path) -> None:
    inside = obstacle("1", 0, 1, 2) + obstacle("2", 0, "inf", "x", 3)
    _, tables = read_all(scenario(tmp_path, inside))
    assert tables["bronze.messages"].num_rows == 5
    assert tables["bronze.quarantine"].column("record_index").to_pylist() == [4, 5]
    assert all(row["byte_offset"] > 0 for row in tables["bronze.quarantine"].to_pylist())


def test_the_payload_of_a_message_is_its_element(tmp_path: Path) -> None:
    path = scenario(tmp_path, obstacle("1", 0, 1) + '<planningProblem id="9"></planningProblem>')
    _, tables = read_all(path)
    content = path.read_bytes()
    payloads = [
        content[row["payload_offset"] :][: row["num_payload_bytes"]] for row in tables["bronze.messages"].to_pylist()
    ]
    assert [etree.fromstring(payload).tag for payload in payloads] == ["initialState", "state", "planningProblem"]


LANELET = (
    '<lanelet id="{id}"><leftBound><point><x>0</x><y>3</y></point><point><x>9</x><y>3</y></point></leftBound>'
    "<rightBound><point><x>0</x><y>0</y></point><point><x>9</x><y>0</y></point>"
    "<lineMarking>dashed</lineMarking></rightBound>"
    '<adjacentLeft ref="8" drivingDir="opposite"/><adjacentRight ref="7" drivingDir="same"/>'
    "<laneletType>{kind}</laneletType></lanelet>"
)


def test_lanelets_become_map_lanes_with_neighbours_that_lead_the_same_way(tmp_path: Path) -> None:
    kinds = ("interstate", "busLane", "sidewalk")
    inside = "".join(LANELET.format(id=number, kind=kind) for number, kind in enumerate(kinds))
    _, tables = read_all(scenario(tmp_path, inside + obstacle("1", 0, 1)))
    rows = tables["bronze.map_lanes"].to_pylist()
    assert [row["lane_type"] for row in rows[::4]] == ["vehicle", "bus", "sidewalk"]
    first = [(row["side"], row["mark_type"], row["vertex_index"], row["y_map_m"]) for row in rows[:4]]
    assert first == [("left", None, 0, 3), ("left", None, 1, 3), ("right", "dashed", 0, 0), ("right", "dashed", 1, 0)]
    assert {(row["left_neighbor_id"], row["right_neighbor_id"]) for row in rows} == {(None, 7)}


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "head",
    [BOMB + "]>", '<!DOCTYPE x SYSTEM "file:///etc/passwd">', "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"],
    ids=["billion laughs", "external document type", "external entity"],
)
def test_entities_are_refused_and_nothing_is_fetched(tmp_path: Path, head: str) -> None:
    plan, tables = read_all(scenario(tmp_path, obstacle("1", 0), head))
    assert ([problem.reason for problem in plan.problems], tables) == (["bad_commonroad"], {})


def test_an_entity_without_a_document_type_and_endless_depth_are_set_aside(tmp_path: Path) -> None:
    for inside in (obstacle("1", "&bomb;"), "<a>" * 100 + "</a>" * 100, obstacle("1", 0)[:-20]):
        _, tables = read_all(scenario(tmp_path, "<location></location>" * 4000 + inside))
        assert tables["bronze.quarantine"].column("reason").to_pylist() == ["bad_commonroad"]
        assert list(tables) == ["bronze.quarantine"]


@pytest.mark.parametrize("step", ["0", "-1", "nan", "text", "1e9"])
def test_a_time_step_that_is_none_is_a_problem(tmp_path: Path, step: str) -> None:
    plan, _ = read_all(scenario(tmp_path, obstacle("1", 0), step=step))
    assert [problem.reason for problem in plan.problems] == ["bad_commonroad"]


@pytest.mark.data
@pytest.mark.parametrize("folder", ["commonroad_mona", "commonroad_ngsim"])
def test_every_state_lanelet_and_planning_problem_is_there_as_lxml_counts_them(folder: str) -> None:
    for path in real(f"{folder}/*.xml"):
        tree = etree.parse(path)
        states = tree.xpath(
            "//dynamicObstacle/initialState | //dynamicObstacle/trajectory/state | //staticObstacle/initialState"
        )
        problems = tree.xpath("/commonRoad/planningProblem")
        _, tables = read_all(path)
        assert tables["bronze.messages"].num_rows == len(states) + len(problems)
        assert tables["bronze.objects"].num_rows + tables["bronze.ego_poses"].num_rows == len(states)
        points = tree.xpath("/commonRoad/lanelet/leftBound/point | /commonRoad/lanelet/rightBound/point")
        assert tables["bronze.map_lanes"].num_rows == len(points)
        x = [float(each.text) for each in tree.xpath("//dynamicObstacle/trajectory/state/position/*[1]//x[1]")]
        moved = tables["bronze.objects"].column("x_m").to_numpy()
        assert np.isin(moved, [float(each.text) for each in tree.xpath("//initialState/position//x")] + x).all()
        step = float(tree.getroot().get("timeStepSize"))
        last = max(int(each.text) for each in tree.xpath("//dynamicObstacle//state/time/exact"))
        assert max(tables["bronze.messages"].column("log_time_ns").to_pylist()) == round(last * step * 1e9)


@pytest.mark.data
def test_ngsim_trap_its_accelerations_are_noise_and_none_is_taken_over() -> None:
    """18 of 25 vehicles of the US-101 file exceed 3 m/s2: only position, heading and speed come from the file."""
    (path,) = real("commonroad_ngsim/USA_US101-5_1_T-1.xml")
    tree = etree.parse(path)
    wild = [
        each.get("id")
        for each in tree.xpath("//dynamicObstacle")
        if max(abs(float(a.text)) for a in each.xpath(".//acceleration/exact")) > 3
    ]
    assert len(wild) >= 18
    _, tables = read_all(path)
    assert not any("imu" in name or "acceleration" in name for name in tables)
