"""Which folders are drives, what they are called, and which DBC serves them."""

import os
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY
from spark_jobs.discover import discover
from tests.unit.ingest.recordings import declare, write_mcap


@pytest.fixture
def root(tmp_path: Path, empty_lake: Path) -> Path:
    return tmp_path / "in"


def ids(*paths: Path) -> list[str]:
    return [drive.drive_id for drive in discover([str(path) for path in paths])]


def test_landing_zone_project_and_drive_folder_all_find_the_same_drive(root: Path) -> None:
    folder = write_mcap(root / "acme" / "d1" / "recording.mcap").parent
    for path in (root, root / "acme", folder, folder / "recording.mcap"):
        declare(folder)
        assert [(drive.project_id, drive.drive_id) for drive in discover([str(path)])] == [("acme", "d1")]


def test_the_landing_zone_names_the_project_of_a_drive_without_drive_json(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from longtail.settings import settings

    write_mcap(root / "acme" / "d1" / "recording.mcap")
    monkeypatch.setenv("LONGTAIL_LANDING", str(root))
    settings.cache_clear()
    assert [drive.project_id for drive in discover([str(root)])] == ["acme"]
    assert [drive.project_id for drive in discover([str(root)], project="other")] == ["other"]


def test_a_can_logger_folder_is_named_by_device_and_session(root: Path) -> None:
    session = root / "LOG" / "94C49784" / "00000005"
    write_mcap(session / "00000001.mcap")
    assert ids(root) == ["94C49784-00000005"]


def test_an_argoverse_log_owns_its_map_folder(root: Path) -> None:
    log = root / "7fab2350"
    (log / "map").mkdir(parents=True)
    (log / "annotations.feather").write_bytes(b"ARROW1")
    (log / "map" / "log_map_archive_7fab2350.json").write_text("{}")
    (drive,) = discover([str(root)])
    assert (drive.drive_id, [file.source.format for file in drive.files]) == (
        "7fab2350",
        ["av2_annotations", "av2_map"],
    )


def test_a_split_bag_is_one_drive_with_its_files(root: Path) -> None:
    for number in range(3):
        write_mcap(root / "bag" / f"bag_{number}.mcap", seed=number)
    (root / "bag" / "metadata.yaml").write_text("rosbag2_bagfile_information: {}")
    (drive,) = discover([str(root)])
    names = [Path(file.source.path).name for file in drive.files]
    assert names == ["bag_0.mcap", "bag_1.mcap", "bag_2.mcap", "metadata.yaml"]


def test_hidden_folders_are_left_alone(root: Path) -> None:
    write_mcap(root / ".staging" / "d1" / "recording.mcap")
    write_mcap(root / "d2" / "recording.mcap")
    assert ids(root) == ["d2"]


def test_a_folder_given_twice_is_one_drive(root: Path) -> None:
    write_mcap(root / "d1" / "recording.mcap")
    assert ids(root, root / "d1", root / "d1" / ".." / "d1", root / "d1" / "recording.mcap") == ["d1"]


@pytest.mark.parametrize("name", ["a b'; drop table x", "..weird", "straße", "x" * 300])
def test_a_drive_id_is_always_a_safe_name(root: Path, name: str) -> None:
    from spark_jobs.declaration import SAFE_NAME

    folder = root / name[:200]
    write_mcap(folder / "recording.mcap")
    (found,) = discover([str(folder)])
    assert SAFE_NAME.fullmatch(found.drive_id)


def test_a_dbc_from_the_command_line_serves_only_drives_that_bring_none(root: Path, tmp_path: Path) -> None:
    write_mcap(root / "bare" / "recording.mcap")
    own = write_mcap(root / "own" / "recording.mcap", seed=1).parent
    (own / "vehicle.dbc").write_text("own")
    (tmp_path / "fleet.dbc").write_text("fleet")
    declared = write_mcap(root / "declared" / "recording.mcap", seed=2).parent
    (declared / "bus1.dbc").write_text("declared")
    declare(declared, dbc=[{"bus": 1, "path": "bus1.dbc"}])
    drives = discover([str(root)], dbc=[str(tmp_path / "fleet.dbc")])
    served = {drive.drive_id: drive.files[0].source.dbc_paths for drive in drives}
    assert served == {
        "bare": ((None, str(tmp_path / "fleet.dbc")),),
        "own": ((None, str(own / "vehicle.dbc")),),
        "declared": ((1, str(declared / "bus1.dbc")),),
    }


def test_a_recording_that_no_reader_takes_is_found_and_not_passed_over(root: Path) -> None:
    (root / "old").mkdir(parents=True)
    (root / "old" / "drive.bag").write_bytes(b"#ROSBAG V2.0\n")
    assert ids(root) == ["drive.bag"]


def test_two_recordings_named_one_by_one_are_two_drives(root: Path) -> None:
    for name in ("morning", "evening"):
        write_mcap(root / f"{name}.mcap", seed=len(name))
    assert ids(root / "morning.mcap", root / "evening.mcap") == ["evening", "morning"]


def drives_of(root: Path, *names: str) -> dict[str, list[str]]:
    """Drive ids and their files below `root`, for files of these names with no sensible content."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT.get(path.suffix, b"x"))
    return {
        drive.drive_id: [Path(file.source.path).relative_to(root).as_posix() for file in drive.files]
        for drive in discover([str(root)])
    }


CONTENT = {
    ".feather": b"ARROW1",
    ".json": b'{"openlabel": {}}',
    ".xml": b'<?xml version="1.0"?><commonRoad>',
    ".parquet": b"PAR1",
    ".bag": b"#ROSBAG V2.0",
}


def test_recordings_of_one_file_each_lie_side_by_side_as_drives(root: Path) -> None:
    names = ("a.record.00000", "b.record.00000")
    assert drives_of(root, *names) == {name: [name] for name in names}


def test_the_files_of_one_kitti_sequence_are_one_drive_and_a_calibration_alone_is_none(root: Path) -> None:
    names = ("label_02/0001.txt", "oxts/0001.txt", "calib/0001.txt", "calib/0009.txt", "label_02/0002.txt")
    more = ("openlabel/openlabel100_kitti_tracking_0002.json",)
    assert drives_of(root, *(f"kitti/{name}" for name in (*names, *more))) == {
        "kitti-0001": ["kitti/calib/0001.txt", "kitti/label_02/0001.txt", "kitti/oxts/0001.txt"],
        "kitti-0002": ["kitti/label_02/0002.txt", f"kitti/{more[0]}"],
    }


def test_the_devices_of_one_gps_trip_are_one_drive(root: Path) -> None:
    names = ("gps/01 GPS S9.csv", "gps/01 GPS GoPro downsampled (last).csv", "gps/02 GPS S9.csv", "roads/route 1.csv")
    assert drives_of(root, *names) == {"gps-01": [names[1], names[0]], "gps-02": [names[2]]}


def test_a_boreas_sequence_is_its_folder_with_poses_and_labels(root: Path) -> None:
    names = (
        "seq/applanix/lidar_poses.csv",
        "seq/labels_detection/1598986292845157.txt",
        "other/applanix/radar_poses.csv",
    )
    assert drives_of(root, *names) == {"seq": list(names[:2]), "other": [names[2]]}


def test_an_av2_scenario_owns_the_map_beside_it(root: Path) -> None:
    names = ("x/log_map_archive_x.json", "x/scenario_x.parquet")
    assert drives_of(root, *names) == {"x": list(names)}


def test_comma_arrays_in_nested_folders_are_one_drive_with_its_dbc_folder(root: Path) -> None:
    arrays = ("processed_log/CAN/raw_can/data", "processed_log/CAN/raw_can/t", "global_pose/frame_positions")
    names = sorted(f"seg/{name}" for name in (*arrays, "dbc/toyota.dbc"))
    assert drives_of(root, *names) == {"seg": names}


@pytest.mark.parametrize("name", ["a.asc", "a.trc", "a.blf", "a.osi", "a.bag", "a.xml"])
def test_logs_and_scenarios_side_by_side_are_a_drive_each_even_with_the_same_stem(root: Path, name: str) -> None:
    other = "a.osi" if name != "a.osi" else "a.asc"
    assert drives_of(root, name, other, "b/c.mcap") == {name: [name], other: [other], "b": ["b/c.mcap"]}


def test_one_file_of_a_data_set_given_by_its_path_has_the_id_of_its_drive(root: Path) -> None:
    drives_of(root, "kitti/label_02/0001.txt", "kitti/oxts/0001.txt", "logs/a.asc")
    assert ids(root / "kitti" / "oxts" / "0001.txt") == ["kitti-0001"]
    assert ids(root / "logs" / "a.asc", root / "kitti") == ["a.asc", "kitti-0001"]


@pytest.mark.data
def test_all_shared_recordings_at_once_fall_into_drives_of_unique_ids_without_conflict(empty_lake: Path) -> None:
    folder = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "MANIFEST.tsv").is_file():
        pytest.skip(f"no recordings in {folder}; set LONGTAIL_TEST_DATA")
    drives = {drive.drive_id: drive for drive in discover([str(folder)])}
    problems = [file.problem for drive in drives.values() for file in (*drive.files, *drive.troubles) if file.problem]
    assert problems == []
    sizes = {name: len(drive.files) for name, drive in drives.items()}
    expected = {"kitti_tracking-0001": 3, "gps-01": 3, "gps-02": 2, "boreas-objects-v1": 101, "ros2_mcap": 6}
    expected |= {"94C49784-00000005": 2, "0a1e6f0a-1817-4a98-b02e-db8c9327d151": 2, "C-DEU_MONAMerge-2_1_T-79.xml": 1}
    assert {name: sizes.get(name) for name in expected} == expected
    paths = [file.source.path for drive in drives.values() for file in drive.files]
    assert len(paths) == len(set(paths))


def test_a_zarr_store_is_one_recording_that_no_reader_takes(root: Path) -> None:
    found = drives_of(root, "scene.zarr/.zgroup", "scene.zarr/agents/.zarray", "scene.zarr/agents/0")
    assert found == {"scene.zarr": ["scene.zarr/.zgroup"]}


def test_two_data_sets_in_one_folder_are_two_drives(root: Path) -> None:
    found = drives_of(root, "log/recording.mcap", "log/annotations.feather", "log/map/log_map_archive_1.json")
    assert found == {
        "log": ["log/recording.mcap"],
        "log-av2": ["log/annotations.feather", "log/map/log_map_archive_1.json"],
    }


def test_two_folders_of_one_name_are_two_drives_with_longer_ids(root: Path) -> None:
    assert drives_of(root, "mon/drive/a.mcap", "tue/drive/a.mcap") == {
        "mon-drive": ["mon/drive/a.mcap"],
        "tue-drive": ["tue/drive/a.mcap"],
    }


def test_names_that_are_alike_once_made_safe_are_still_two_drives(root: Path) -> None:
    assert sorted(drives_of(root, "a b/r.mcap", "a;b/r.mcap").values()) == [["a b/r.mcap"], ["a;b/r.mcap"]]


def test_a_folder_that_links_to_itself_is_walked_once(root: Path) -> None:
    (root / "d1").mkdir(parents=True)
    (root / "d1" / "again").symlink_to(root, target_is_directory=True)
    assert drives_of(root, "d1/a.mcap") == {"d1": ["d1/a.mcap"]}


def test_a_drive_json_that_cannot_be_read_hides_no_recording_below_it(root: Path) -> None:
    found = drives_of(root, "fleet/drive.json", "fleet/a.mcap", "fleet/d2/b.mcap")
    assert found == {"fleet": ["fleet/a.mcap", "fleet/d2/b.mcap", "fleet/drive.json"]}
    (root / "fleet" / "drive.json").write_text("{ no json")
    found = drives_of(root)
    assert found == {"fleet": ["fleet/a.mcap", "fleet/drive.json"], "d2": ["fleet/d2/b.mcap"]}


def test_dbc_files_beside_a_recording_or_in_a_dbc_folder_are_its_own(root: Path) -> None:
    found = drives_of(root, "d1/a.mcap", "d1/dbc/v.dbc", "d2/b.mcap", "d2/v.dbc", "d3/annotations.feather", "d3/v.dbc")
    assert found == {
        "d1": ["d1/a.mcap", "d1/dbc/v.dbc"],
        "d2": ["d2/b.mcap", "d2/v.dbc"],
        "d3": ["d3/annotations.feather"],
    }
