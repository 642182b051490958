"""Our MCAP reader against the official one: the same messages, the same values, in every way a file may be written."""

import json
import os
import zlib
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from mcap.writer import CompressionType, IndexType
from mcap_recordings import DECLARATION, NO_SUMMARY, official, read_all, source, write_mcap
from official_rows import expected_rows

from longtail.settings import REPOSITORY
from spark_jobs.readers import mcap, registry

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
GENERATED = {
    "/localization/odometry": "/odometry",
    "/sensing/imu": "/imu",
    "/sensing/gnss/fix": "/fix",
    "/perception/objects": "/objects",
    "/perception/lanes": "/lanes",
    "/vehicle/can/0": "/can/0",
    "/sensing/camera/front/image/compressed": "/camera",
    "/reference/objects": "/reference",
}
VARIANTS: dict[str, dict[str, Any]] = {
    "zstd": {},
    "lz4": {"compression": CompressionType.LZ4},
    "none": {"compression": CompressionType.NONE},
    "not chunked": {"use_chunking": False},
    "not chunked, no summary": {"use_chunking": False, **NO_SUMMARY},
    "no summary": NO_SUMMARY,
    "no message index": {"index_types": IndexType.CHUNK},
    "channels only in chunks": {"repeat_channels": False, "repeat_schemas": False},
    "no CRC": {"enable_crcs": False},
    "one chunk": {"chunk_size": 64 << 20},
    "data CRC": {"use_chunking": False, "enable_data_crcs": True},
}


@pytest.fixture(params=VARIANTS, ids=str)
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_mcap(tmp_path / "recording.mcap", **VARIANTS[request.param])


def test_every_message_is_indexed_as_the_official_reader_sees_it(recording: Path) -> None:
    _, tables = read_all(recording)
    ours = tables["bronze.messages"].sort_by("record_index").to_pylist()
    theirs = official(recording)
    assert "bronze.quarantine" not in tables
    assert [row["record_index"] for row in ours] == list(range(len(theirs)))
    for row, (schema, channel, message, _) in zip(ours, theirs, strict=True):
        assert (row["topic"], row["schema_name"]) == (channel.topic, schema.name)
        assert (row["log_time_ns"], row["publish_time_ns"]) == (message.log_time, message.publish_time)
        assert row["sequence"] == message.sequence
        assert (row["num_payload_bytes"], row["crc32"]) == (len(message.data), zlib.crc32(message.data))
        assert row["stream"] is not None or row["topic"] == "/other"


def test_typed_rows_equal_the_official_decoders_value_by_value(recording: Path) -> None:
    _, tables = read_all(recording)
    assert_equal_to_official(recording, tables, {})


def assert_equal_to_official(path: Path, tables: dict[str, pa.Table], kinds: dict[str, str]) -> None:
    """Every typed row of `tables` against the official decoders; `kinds` gives the topic of this test's own recordings
    that a topic is like.
    """
    expected: dict[str, list[dict[str, Any]]] = {}
    for index, (_, channel, message, decoded) in enumerate(official(path)):
        for table, rows in expected_rows(kinds.get(channel.topic, channel.topic), decoded).items():
            shared = {"record_index": index, "topic": channel.topic}
            shared |= {} if table == "bronze.map_elements" else {"log_time_ns": message.log_time}
            expected.setdefault(table, []).extend({**shared, **row} for row in rows)
    assert {table for table, rows in expected.items() if rows} == set(tables) - {"bronze.messages"}
    positions = {
        "bronze.objects": ["object_index"],
        "bronze.lane_boundaries": ["boundary_index"],
        "bronze.map_elements": ["element_id", "vertex_index"],
    }
    for table in set(tables) - {"bronze.messages"}:
        order = ["record_index", *positions.get(table, ["log_time_ns"])]
        ours = tables[table].sort_by([(name, "ascending") for name in order]).to_pylist()
        if table == "bronze.map_elements":  # elements come in the order of the map, which is not that of their names
            expected[table].sort(key=lambda row: [row[name] for name in order])
        assert len(ours) == len(expected[table]), table
        for got, wanted in zip(ours, expected[table], strict=True):
            assert {name: got[name] for name in wanted} == wanted, table


def test_a_generated_drive_equals_the_official_decoders_value_by_value(tmp_path: Path) -> None:
    from fleet.generate import generate_fleet

    generate_fleet(tmp_path / "landing", tmp_path / "truth", drives=1, seconds=8, seed=5, workers=1)
    (declaration,) = tmp_path.glob("landing/*/*/drive.json")
    declared = json.loads(declaration.read_text())
    for path in declaration.parent.glob("*.mcap"):
        _, tables = read_all(path, declared)
        assert "bronze.quarantine" not in tables
        assert_equal_to_official(path, tables, GENERATED)


def test_payload_bytes_are_where_the_index_says(recording: Path) -> None:
    """Every image can be fetched again from chunk_offset and payload_offset alone."""
    from mcap.records import Chunk
    from mcap.stream_reader import StreamReader, get_chunk_data_stream

    chunks = {}
    with recording.open("rb") as stream:
        reader = StreamReader(stream, emit_chunks=True)
        for record in reader.records:
            if isinstance(record, Chunk):
                data, _ = get_chunk_data_stream(record)
                chunks[len(chunks)] = data.read(record.uncompressed_size)
    _, tables = read_all(recording)
    frames = tables["bronze.camera_frames"].sort_by("record_index").to_pylist()
    offsets = sorted({row["chunk_offset"] for row in tables["bronze.messages"].to_pylist()} - {None})
    whole = recording.read_bytes()
    wanted = [message.data for _, channel, message, _ in official(recording) if channel.topic == "/camera"]
    assert len(frames) == len(wanted)
    for row, payload in zip(frames, wanted, strict=True):
        area = whole if row["chunk_offset"] is None else chunks[offsets.index(row["chunk_offset"])]
        assert area[row["payload_offset"] :][: row["num_payload_bytes"]] == payload


def test_tasks_of_chunk_ranges_give_the_rows_of_one_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = write_mcap(tmp_path / "recording.mcap")
    plan, whole = read_all(recording)
    monkeypatch.setattr(mcap, "TASK_BYTES", 30_000)
    many, parts = read_all(recording)
    assert len(plan.tasks) == 1
    assert len(many.tasks) > 3
    assert {name: table.num_rows for name, table in whole.items()} == {name: t.num_rows for name, t in parts.items()}
    order = [("record_index", "ascending")]
    assert whole["bronze.messages"].sort_by(order).equals(parts["bronze.messages"].sort_by(order))
    firsts = [task.first_record_index for task in many.tasks]
    assert firsts == sorted(set(firsts))


def test_the_plan_repeats_the_recorders_statistics_without_reading_a_payload(tmp_path: Path) -> None:
    recording = write_mcap(tmp_path / "recording.mcap")
    times = [message.log_time for _, _, message, _ in official(recording)]
    plan = registry.plan(source(recording))
    assert plan.recorder_num_messages == len(times)
    assert (plan.min_log_time_ns, plan.max_log_time_ns) == (min(times), max(times))
    assert plan.recorder_library is not None
    assert plan.problems == []


def test_an_empty_list_is_a_message_without_object_rows(tmp_path: Path) -> None:
    recording = write_mcap(tmp_path / "recording.mcap")
    _, tables = read_all(recording)
    messages = {row["record_index"] for row in tables["bronze.messages"].to_pylist() if row["topic"] == "/objects"}
    with_objects = {row["record_index"] for row in tables["bronze.objects"].to_pylist() if row["topic"] == "/objects"}
    assert with_objects < messages


def test_the_topic_map_decides_role_and_refuses_another_stream(tmp_path: Path) -> None:
    recording = write_mcap(tmp_path / "recording.mcap")
    topics = {**DECLARATION["topics"], "/objects": {"role": "reference"}, "/pose": {"stream": "objects"}}
    _, tables = read_all(recording, {"topics": topics})
    assert set(tables["bronze.objects"].column("role").to_pylist()) == {"reference"}
    assert "/pose" not in tables["bronze.ego_poses"].column("topic").to_pylist()
    assert "/pose" in tables["bronze.messages"].column("topic").to_pylist()
    assert [(row["topic"], row["reason"]) for row in tables["bronze.quarantine"].to_pylist()] == [
        ("/pose", "stream_mismatch")
    ]


@pytest.mark.data
@pytest.mark.parametrize("number", range(5))
def test_real_ros2_recordings_agree_with_the_official_reader(number: int) -> None:
    path = DATA / "ros_bags" / "ros2_mcap" / f"wbag_{number}.mcap"
    if not path.exists():
        pytest.skip(f"{path} is absent; set LONGTAIL_TEST_DATA")
    _, tables = read_all(path)
    theirs = [(message.log_time, zlib.crc32(message.data)) for _, _, message, _ in official(path)]
    ours = tables["bronze.messages"].sort_by("record_index")
    assert list(zip(ours.column("log_time_ns").to_pylist(), ours.column("crc32").to_pylist(), strict=True)) == theirs


def test_rows_come_in_file_order_within_a_topic(recording: Path) -> None:
    _, tables = read_all(recording)
    rows = sorted(tables["bronze.messages"].select(["topic", "record_index"]).to_pylist(), key=lambda row: row["topic"])
    for _, group in groupby(rows, key=lambda row: row["topic"]):
        indexes = [row["record_index"] for row in group]
        assert indexes == sorted(indexes)
