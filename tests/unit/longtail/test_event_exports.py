"""longtail export of an event: OpenLABEL and OpenSCENARIO that the standards' own schemas and checkers accept."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree
from openlabel_checker.core import check_text
from small_lake import CUT_IN, HARD_BRAKE, write
from small_lake import drive as small_drive
from small_lake import ego_motion as small_ego

import longtail
from longtail.event_files import openlabel, openscenario
from longtail.event_files.window import window
from longtail.statement import QueryError
from spark_jobs.readers import registry
from spark_jobs.readers.source import SourceFile

BOX = ("x_m", "y_m", "length_m", "width_m", "height_m")


def label(event_id: str, folder: Path) -> dict[str, Any]:
    """The document of an event, through its file."""
    return dict(json.loads(openlabel.write(event_id, folder / "event.json").read_text())["openlabel"])


@pytest.mark.parametrize("event_id", [CUT_IN, HARD_BRAKE])
def test_openlabel_is_valid_by_the_schema_and_consistent(event_id: str, lake: Path, tmp_path: Path) -> None:
    text = openlabel.write(event_id, tmp_path / "event.json").read_text()
    report = check_text(text, "event.json")
    problems = [issue for outcome in report.outcomes for issue in outcome.issues]
    assert problems == []
    assert len(report.outcomes) >= 7
    broken = text.replace('"schema_version": "1.0.0"', '"schema_version": "0.9"')
    assert [issue for outcome in check_text(broken, "x").outcomes for issue in outcome.issues] != []


def test_our_own_reader_finds_the_boxes_of_silver_in_openlabel(lake: Path, tmp_path: Path) -> None:
    path = openlabel.write(CUT_IN, tmp_path / "event.json")
    uids = openlabel.uids_of(window(CUT_IN))
    source = SourceFile(str(path), "ab" * 32, "local", "back", "openlabel", path.stat().st_size, {})
    tables = {name: rows for task in registry.plan(source).tasks for name, rows in registry.read(task)}
    assert "bronze.quarantine" not in tables
    found = sorted(tables["bronze.objects"].to_pylist(), key=lambda row: (row["log_time_ns"], row["track_id"]))
    query = """
        select t_ns, track_id, object_class, x_ego_m as x_m, y_ego_m as y_m, length_m, width_m, height_m, yaw_ego_rad
        from silver.object_tracks where drive_id = 'd-one' and t_ns between $start_ns and $end_ns
    """
    shown = window(CUT_IN)
    expected = longtail.sql(query, parameters={"start_ns": shown.start_ns, "end_ns": shown.end_ns}).to_pylist()
    expected.sort(key=lambda row: (row["t_ns"], uids[row["track_id"]]))
    assert [(row["track_id"], row["object_class"]) for row in found] == [
        (uids[row["track_id"]], row["object_class"]) for row in expected
    ]
    for name in BOX:
        np.testing.assert_array_equal([row[name] for row in found], [row[name] for row in expected])
    yaw = [2 * np.arctan2(row["q_z"], row["q_w"]) for row in found]
    np.testing.assert_allclose(yaw, [row["yaw_ego_rad"] for row in expected], atol=1e-12)
    late = [abs(row["log_time_ns"] - want["t_ns"]) for row, want in zip(found, expected, strict=True)]
    assert max(late) < 1_000  # a time stamp in s is a double
    poses = tables["bronze.ego_poses"]
    np.testing.assert_array_equal(poses["x_map_m"].to_numpy(), [row["x_map_m"] for row in shown.ego])


def test_openlabel_says_what_happened_when_and_who_did_it(lake: Path, tmp_path: Path) -> None:
    document = label(CUT_IN, tmp_path)
    (action,) = document["actions"].values()
    assert (action["type"], action["frame_intervals"]) == ("cut_in", [{"frame_start": 20, "frame_end": 42}])
    assert [event["frame_intervals"][0]["frame_start"] for event in document["events"].values()] == [20, 32, 42]
    (relation,) = document["relations"].values()
    assert document["objects"][relation["rdf_subjects"][0]["uid"]]["name"] == "car-1"
    tags = {tag["type"]: tag for tag in document["tags"].values()}
    assert {"cut_in", "MotionCutIn", "scenarioUniqueReference"} <= set(tags)
    numbers = {each["name"]: each["val"] for each in tags["cut_in"]["tag_data"]["num"]}
    assert (numbers["min_ttc_s"], numbers["definition_version"]) == (1.9, 1)
    assert document["objects"]["0"]["type"] == "ego_vehicle"
    assert {stream["type"] for stream in document["streams"].values()} <= {"camera", "lidar", "gps_imu", "other"}


def scenario(event_id: str, folder: Path) -> Any:
    """The OpenSCENARIO element of an event, through its file."""
    return etree.parse(str(openscenario.write(event_id, folder / "event.xosc"))).getroot()


@pytest.mark.parametrize("version", ["1.1.1", "1.2.0", "1.3.0"])
@pytest.mark.parametrize("event_id", [CUT_IN, HARD_BRAKE])
def test_openscenario_is_valid_by_the_schema_of_asam(event_id: str, version: str, lake: Path, tmp_path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(files("qc_openscenario") / f"schema/{version}/OpenSCENARIO.xsd")))
    tree = etree.parse(str(openscenario.write(event_id, tmp_path / "event.xosc")))
    assert schema.validate(tree), schema.error_log
    tree.getroot().remove(tree.find("Storyboard"))
    assert not schema.validate(tree)


def test_the_quality_checker_of_asam_finds_no_issue_in_openscenario(lake: Path, tmp_path: Path) -> None:
    from qc_baselib import Configuration, Result
    from qc_openscenario import constants
    from qc_openscenario.main import run_checks

    config = Configuration()
    config.set_config_param(name="InputFile", value=str(openscenario.write(CUT_IN, tmp_path / "event.xosc")))
    config.register_checker_bundle(checker_bundle_name=constants.BUNDLE_NAME)
    result = Result()
    result.register_checker_bundle(name=constants.BUNDLE_NAME, description="", version="1", summary="")
    run_checks(config, result)
    checkers = result.get_checker_bundle_result(constants.BUNDLE_NAME).checkers
    assert [issue for each in checkers for issue in each.issues] == []
    assert len([each for each in checkers if each.status == "completed"]) >= 12


def test_openscenario_replays_ego_and_actor_where_silver_has_them(lake: Path, tmp_path: Path) -> None:
    root, shown = scenario(CUT_IN, tmp_path), window(CUT_IN)
    paths = {
        group.find("Actors/EntityRef").get("entityRef"): [
            (float(vertex.get("time")), *(float(vertex.find("Position/WorldPosition").get(name)) for name in "xyh"))
            for vertex in group.iter("Vertex")
        ]
        for group in root.iter("ManeuverGroup")
    }
    origin = shown.ego[0]["t_ns"]
    ego = [((row["t_ns"] - origin) / 1e9, row["x_map_m"], row["y_map_m"], row["yaw_map_rad"]) for row in shown.ego]
    np.testing.assert_allclose(paths["Ego"], ego, atol=1e-4)
    entities = {each.get("name"): each for each in root.iter("ScenarioObject")}
    ahead = float(entities["Actor"].find("Vehicle/BoundingBox/Center").get("x"))
    car = [row for row in shown.objects if row["track_id"] == "car-1"]
    centre = [(t_s, x + ahead * np.cos(h), y + ahead * np.sin(h)) for t_s, x, y, h in paths["Actor"]]
    expected = [((row["t_ns"] - origin) / 1e9, row["x_map_m"], row["y_map_m"]) for row in car]
    np.testing.assert_allclose(centre, expected, atol=2e-4)
    assert entities["Actor"].find("Vehicle").get("name") == "car-1"
    assert root.find("Storyboard/StopTrigger//SimulationTimeCondition").get("value") == "6.200"


def test_the_speed_of_the_ego_is_a_parameter_of_openscenario(lake: Path, tmp_path: Path) -> None:
    root = scenario(CUT_IN, tmp_path)
    (declared,) = root.iter("ParameterDeclaration")
    assert (declared.get("name"), declared.get("value")) == ("EgoSpeedFactor", "1.0")
    first = root.find("Storyboard/Init/Actions/Private[@entityRef='Ego']//AbsoluteTargetSpeed")
    assert first.get("value") == "${25.000 * $EgoSpeedFactor}"
    assert [timing.get("scale") for timing in root.iter("Timing")] == ["${1.0 / $EgoSpeedFactor}", "1.0", "1.0"]


def test_an_object_that_comes_later_is_hidden_until_then(copied_lake: Path, tmp_path: Path) -> None:
    import pyarrow.compute as pc
    from deltalake import DeltaTable, write_deltalake

    folder = str(copied_lake / "silver" / "object_tracks")
    rows = DeltaTable(folder).to_pyarrow_table()
    late = pc.or_(pc.not_equal(rows["track_id"], "car-1"), pc.greater(rows["t_ns"], window(CUT_IN).event["t_start_ns"]))
    write_deltalake(folder, rows.filter(late), mode="overwrite")
    root = scenario(CUT_IN, tmp_path)
    seen = root.find("Storyboard/Init/Actions/Private[@entityRef='Actor']//VisibilityAction")
    assert set(seen.attrib.values()) == {"false"}
    appears = root.find(".//Event[@name='Actor appears']")
    assert appears.find("StartTrigger//SimulationTimeCondition").get("value") == "2.100"
    assert set(appears.find(".//VisibilityAction").attrib.values()) == {"true"}


def test_a_drive_without_poses_says_so(copied_lake: Path, tmp_path: Path) -> None:
    import pyarrow as pa

    rows = small_ego("d-three", True).drop_columns(["x_map_m", "y_map_m", "yaw_map_rad"])
    write(copied_lake, "silver.ego_motion", rows)
    write(copied_lake, "bronze.drives", pa.Table.from_pylist([small_drive("d-three")]))
    events = longtail.sql("select * from marts.fct_scenario_events where drive_id = 'd-two'")
    moved = events.set_column(events.schema.get_field_index("drive_id"), "drive_id", pa.array(["d-three"]))
    moved = moved.set_column(moved.schema.get_field_index("event_id"), "event_id", pa.array(["e3" * 16]))
    write(copied_lake, "marts.fct_scenario_events", moved)
    with pytest.raises(QueryError, match="no poses"):
        openscenario.write("e3", tmp_path / "event.xosc")
    assert sorted(tmp_path.glob("*xosc*")) == []
    assert "transforms" not in json.dumps(label("e3", tmp_path))
