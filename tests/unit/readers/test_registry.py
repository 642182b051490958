"""The registry: what a file is, and a clear reason for each one that is not read."""

from pathlib import Path

import pytest
from mcap_recordings import source, write_mcap

from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import Problem, quarantine_rows


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("drive.json", b"{}", "drive_json"),
        ("vehicle.dbc", b"", "dbc"),
        ("recording.mcap", b"text", "mcap"),
        ("without_suffix", b"\x89MCAP0\r\n", "mcap"),
        ("00000001-60B621D9.MF4", b"UnFinMF 4.11", "mf4"),
        ("annotations_with_ego.feather", b"ARROW1", "av2_annotations"),
        ("city_SE3_egovehicle.feather", b"ARROW1", "av2_poses"),
        ("log_map_archive_1____PIT_city_1.json", b"{}", "av2_map"),
        ("notes.txt", b"hello", "unknown"),
    ],
)
def test_a_file_is_known_by_its_first_bytes_or_its_name(name: str, content: bytes, form: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert formats.sniff(path) == form


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("notes.txt", b"hello", "unknown_format"),
        ("scenario_1.parquet", b"PAR1", "bad_av2"),
        ("robot.bag", b"#ROSBAG", "not_rosbag1"),
        ("robot.db3.zstd", b"\x28\xb5", "unsupported_format"),
        ("recording.mcap", b"hello", "not_mcap"),
        ("bus.mf4", b"hello", "not_mf4"),
        ("empty.mcap", b"", "empty_file"),
        ("drive.json", b"{", "bad_drive_json"),
        ("drive.json", b"[]", "bad_drive_json"),
        ("vehicle.dbc", b"BO_ nonsense", "bad_dbc"),
    ],
)
def test_what_cannot_be_read_has_a_reason_and_no_task(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    plan = registry.plan(source(path))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == ([reason], [])


def test_a_quarantine_id_depends_on_file_place_and_reason_only(tmp_path: Path) -> None:
    file = source(write_mcap(tmp_path / "recording.mcap", ticks=1))
    problems = [Problem("bad_crc", "said one way", byte_offset=8), Problem("bad_crc", "said another", byte_offset=8)]
    first, second = quarantine_rows(file, problems).to_pylist()
    assert first["quarantine_id"] == second["quarantine_id"]
    other = quarantine_rows(file, [Problem("bad_crc", "said one way", byte_offset=9)]).to_pylist()[0]
    assert other["quarantine_id"] != first["quarantine_id"]
    assert quarantine_rows(file, []).num_rows == 0
