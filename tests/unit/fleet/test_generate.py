"""Same seed, same bytes; one drive at a time; nothing half done; the truth stays apart."""

import hashlib
import json
import tracemalloc
from pathlib import Path

import pytest

from fleet import generate
from fleet.generate import generate_drive, generate_fleet


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_two_workers_write_the_bytes_of_one(fleet, tmp_path):
    generate_fleet(tmp_path / "landing", tmp_path / "truth", 4, 12.0, 11, workers=2)
    again = digests(tmp_path / "landing")
    assert any(name.endswith("vehicle.mf4") for name in again)
    assert again == digests(fleet.landing)
    assert digests(tmp_path / "truth") == digests(fleet.truth)


def test_a_drive_does_not_depend_on_how_many_there_are(fleet, tmp_path):
    generate_drive(tmp_path / "landing", tmp_path / "truth", 12.0, 11, "local", 3)
    drive_id = fleet.summary.drive_ids[3]
    assert digests(tmp_path / "landing" / "local" / drive_id) == digests(fleet.folder(3))


def test_another_seed_gives_another_drive(fleet, tmp_path):
    summary = generate_fleet(tmp_path / "landing", tmp_path / "truth", 1, 12.0, 12, workers=1)
    other = tmp_path / "landing" / "local" / summary.drive_ids[0] / "recording.mcap"
    assert other.read_bytes() != (fleet.folder(0) / "recording.mcap").read_bytes()


def test_drives_are_reported_in_order_and_written_again_to_the_same_bytes(fleet, tmp_path):
    told: list[str] = []
    for _ in range(2):
        summary = generate_fleet(tmp_path / "l", tmp_path / "t", 2, 6.0, 11, "acme", 1, told.append)
    assert told == list(summary.drive_ids) * 2
    assert sorted(p.name for p in (tmp_path / "l" / "acme").iterdir()) == sorted(summary.drive_ids)


def test_declared_hashes_sizes_and_vehicle_are_those_of_the_files(fleet):
    for index in range(4):
        folder = fleet.folder(index)
        declaration = json.loads((folder / "drive.json").read_text())
        assert declaration["drive_id"] == folder.name
        assert {f["path"] for f in declaration["files"]} == {p.name for p in folder.iterdir()} - {"drive.json"}
        for entry in declaration["files"]:
            raw = (folder / entry["path"]).read_bytes()
            assert entry["bytes"] == len(raw)
            assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
        assert declaration["vehicle"]["length_m"] == pytest.approx(
            declaration["vehicle"]["rear_axle_to_front_bumper_m"] + declaration["vehicle"]["rear_axle_to_rear_bumper_m"]
        )


def test_a_drive_that_fails_midway_leaves_nothing_to_ingest(tmp_path, monkeypatch):
    def fails(states, folder, project, rngs):
        (folder / "recording.mcap").write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(generate, "write_landing", fails)
    with pytest.raises(OSError, match="disk full"):
        generate_fleet(tmp_path / "landing", tmp_path / "truth", 1, 6.0, 1, workers=1)
    assert list((tmp_path / "landing" / "local").iterdir()) == []


def test_what_a_kill_leaves_behind_is_hidden(tmp_path, monkeypatch):
    seen: list[str] = []

    def looks(states, folder, project, rngs):
        seen.extend(p.name for p in folder.parent.iterdir())
        return 0

    monkeypatch.setattr(generate, "write_landing", looks)
    generate_fleet(tmp_path / "landing", tmp_path / "truth", 1, 6.0, 1, workers=1)
    assert len(seen) == 1
    assert seen[0].startswith(".")


def test_the_truth_must_not_lie_in_the_landing_zone(tmp_path):
    with pytest.raises(ValueError, match="must not lie inside"):
        generate_fleet(tmp_path, tmp_path / "truth", 1, 6.0, 1)


def test_no_truth_lies_in_the_landing_zone(fleet):
    names = {path.name for path in fleet.landing.rglob("*") if path.is_file()}
    assert names == {"drive.json", "recording.mcap", "reference.mcap", "vehicle.dbc", "vehicle.mf4"}
    truth = {path.name for path in fleet.truth.rglob("*") if path.is_file()}
    assert truth == {"events.parquet", "actors.parquet", "windows.parquet"}


def test_memory_does_not_grow_with_the_number_of_drives(tmp_path):
    def peak(drives: int) -> int:
        tracemalloc.start()
        generate_fleet(tmp_path / str(drives), tmp_path / f"t{drives}", drives, 6.0, 5, workers=1)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(1)  # imports and caches
    # holding drives would double the peak
    assert peak(4) < 1.4 * peak(2)


def test_only_scoring_knows_the_truth():
    root = Path(__file__).resolve().parents[3]
    allowed = {root / "training" / name for name in ("score_scenarios.py", "truth_table.py")}
    guilty = []
    for part in ("longtail", "spark_jobs", "dbt", "training", "dags", "sql"):
        for path in (root / part).rglob("*"):
            if path.suffix not in (".py", ".sql", ".yml") or path in allowed:
                continue
            text = path.read_text(encoding="utf-8")
            if any(word in text for word in ("fleet.truth", "fleet import truth", "events.parquet", "actors.parquet")):
                guilty.append(str(path.relative_to(root)))
    assert guilty == []
