"""ROS 1 bags: every message of real and written bags is in bronze as rosbags gives it, whatever the compression."""

import struct
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bag_checks import Message, check
from mcap_recordings import read_all, source
from real_data import real
from rosbags.highlevel import AnyReader
from rosbags.rosbag1 import Reader, Writer
from rosbags.typesys import Stores, get_typestore

from spark_jobs.readers import registry, rosbag1, rosbag1_chunks

KINDS = {"/imu/data": "/imu", "/husky_velocity_controller/odom": "/odometry", "/fix": "/fix", "/gps/imu": "/imu"}
STORE = get_typestore(Stores.ROS1_NOETIC)


def independent(path: Path) -> list[Message]:
    """Every message of the bag by rosbags; ROS 1 type names are put back into their ROS 1 form."""
    with AnyReader([path]) as reader:
        return [
            (made.topic, made.msgtype.replace("/msg/", "/"), time, bytes(data), reader.deserialize(data, made.msgtype))
            for made, time, data in reader.messages()
        ]


def write_bag(path: Path, compression: Writer.CompressionFormat | None = None, count: int = 400) -> Path:
    """A bag of three topics whose messages change in size, in chunks of a few kilobytes."""
    rng, types = np.random.default_rng(7), STORE.types
    writer = Writer(path)
    if compression:
        writer.set_compression(compression)
    writer.chunk_threshold = 6_000
    with writer:
        fixes = writer.add_connection("/fix", "sensor_msgs/msg/NavSatFix", typestore=STORE)
        words = writer.add_connection("/words", "std_msgs/msg/String", typestore=STORE)
        again = writer.add_connection("/words", "std_msgs/msg/String", typestore=STORE, callerid="/other")
        for tick in range(count):
            stamp = types["builtin_interfaces/msg/Time"](1_763_000_000 + tick, tick)
            header = types["std_msgs/msg/Header"](tick, stamp, "f" * int(rng.integers(0, 9)))
            status = types["sensor_msgs/msg/NavSatStatus"](tick % 3 - 1, 1)
            place = (48.0 + tick, 11.5, 500.0, np.zeros(9), 0)
            message = types["sensor_msgs/msg/NavSatFix"](header, status, *place)
            time = 1_763_000_000_000_000_000 + tick * 1_000_000
            writer.write(fixes, time, STORE.serialize_ros1(message, "sensor_msgs/msg/NavSatFix"))
            word = types["std_msgs/msg/String"]("w" * int(rng.integers(0, 60)))
            one = again if tick % 5 == 0 else words
            writer.write(one, time + 7, STORE.serialize_ros1(word, "std_msgs/msg/String"))
    return path


@pytest.mark.data
@pytest.mark.parametrize("name", ["robot_localization_test1", "novatel_ins2"])
def test_every_message_of_the_real_bags_is_as_rosbags_gives_it(name: str) -> None:
    (path,) = real(f"ros_bags/ros1/{name}.bag")
    messages = independent(path)
    plan, tables = read_all(path, {})
    num_typed = check(tables, messages, KINDS)
    assert {topic: count.num_messages for topic, count in (plan.recorder_topics or {}).items()} == Counter(
        topic for topic, *_ in messages
    )
    assert (plan.recorder_num_messages, plan.problems) == (len(messages), [])
    assert (len(messages), num_typed) == {"robot_localization_test1": (16_806, 16_806), "novatel_ins2": (1_538, 766)}[
        name
    ]
    stamps = [time for _, _, time, _, _ in messages]
    assert (plan.min_log_time_ns, plan.max_log_time_ns) == (min(stamps), max(stamps))


@pytest.mark.data
def test_the_payloads_of_the_real_bags_come_back_whole() -> None:
    for path in real("ros_bags/ros1/*.bag"):
        found = dict(rosbag1.payloads(source(path, {})))
        assert Counter(found.values()) == Counter(data for *_, data, _ in independent(path))
        some = np.array([0, 17, 900])
        assert dict(rosbag1.payloads(source(path, {}), some)) == {number: found[number] for number in some.tolist()}


@pytest.mark.parametrize("compression", [None, Writer.CompressionFormat.BZ2, Writer.CompressionFormat.LZ4])
def test_a_bag_of_any_compression_is_read_whole(compression: Writer.CompressionFormat | None, tmp_path: Path) -> None:
    path = write_bag(tmp_path / "drive.bag", compression)
    plan, tables = read_all(path, {})
    assert check(tables, independent(path), KINDS) == 400
    assert plan.recorder_num_messages == 800
    rows = tables["bronze.messages"].to_pylist()
    assert len({row["chunk_offset"] for row in rows}) > 5
    assert {row["publish_time_ns"] for row in rows} == {None}
    payloads = dict(rosbag1.payloads(source(path, {})))
    assert {row["record_index"]: row["crc32"] for row in rows} == {n: zlib.crc32(data) for n, data in payloads.items()}


def test_tasks_of_chunk_ranges_give_the_same_rows_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_bag(tmp_path / "drive.bag")
    whole = _rows(path)
    monkeypatch.setattr(rosbag1, "TASK_BYTES", 20_000)
    monkeypatch.setattr(rosbag1, "BATCH_BYTES", 15_000)
    assert len(rosbag1.plan(source(path, {})).tasks) > 3
    assert _rows(path) == whole


def _rows(path: Path) -> list[dict[str, Any]]:
    found = [
        rows for task in rosbag1.plan(source(path, {})).tasks for name, rows in rosbag1.read(task) if "messag" in name
    ]
    return sorted((row for rows in found for row in rows.to_pylist()), key=lambda row: row["record_index"])


def test_the_slow_way_through_a_chunk_finds_what_its_index_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_bag(tmp_path / "drive.bag")
    fast = _rows(path)
    monkeypatch.setattr(rosbag1_chunks, "_gathered", lambda data, at: None)
    assert _rows(path) == fast


def test_a_bag_that_was_never_closed_is_read_up_to_its_end(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "drive.bag.active")
    whole = _rows(path)
    content = bytearray(path.read_bytes())
    at = content.index(b"index_pos=") + len(b"index_pos=")
    end = int.from_bytes(content[at : at + 8], "little")
    content[at : at + 8] = bytes(8)
    path.write_bytes(content[:end])
    plan, tables = read_all(path, {})
    assert [problem.reason for problem in plan.problems] == ["bad_summary"]
    assert tables["bronze.messages"].num_rows == len(whole) == 800


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.99])
def test_a_bag_that_is_cut_off_is_read_to_its_last_whole_chunk(share: float, tmp_path: Path) -> None:
    path = write_bag(tmp_path / "drive.bag")
    whole, content = _rows(path), path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    plan, tables = read_all(path, {})
    reasons = {problem.reason for problem in plan.problems}
    kept = tables["bronze.messages"].sort_by("record_index").to_pylist() if "bronze.messages" in tables else []
    assert reasons | {row["reason"] for row in tables["bronze.quarantine"].to_pylist()} >= {"bad_summary", "truncated"}
    assert kept == whole[: len(kept)]
    ends = {row["chunk_offset"] for row in whole if row["chunk_offset"] + 12_000 < len(content) * share}
    assert ends <= {row["chunk_offset"] for row in kept}


def test_a_damaged_chunk_costs_its_own_messages_only_and_they_are_counted(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "drive.bag", Writer.CompressionFormat.BZ2)
    with Reader(path) as reader:
        chunk = reader.chunk_infos[2]
        start, lost = reader.chunks[chunk.pos].datapos, sum(chunk.connection_counts.values())
    whole, content = _rows(path), bytearray(path.read_bytes())
    content[start + 100] ^= 0x10
    path.write_bytes(content)
    plan, tables = read_all(path, {})
    (problem,) = tables["bronze.quarantine"].to_pylist()
    assert (problem["reason"], problem["num_messages"], problem["byte_offset"]) == ("bad_chunk", lost, chunk.pos)
    kept = sorted(tables["bronze.messages"].to_pylist(), key=lambda row: row["record_index"])
    assert kept == [row for row in whole if row["chunk_offset"] != chunk.pos]
    assert plan.recorder_num_messages == len(kept) + lost


def test_a_chunk_that_is_no_chunk_any_more_is_missed_and_counted(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "drive.bag")
    with Reader(path) as reader:
        chunk = reader.chunk_infos[2]
    whole, content = _rows(path), bytearray(path.read_bytes())
    content[content.index(b"op=\x05", chunk.pos) + 3] = 9
    path.write_bytes(content)
    plan, tables = read_all(path, {})
    (problem,) = tables["bronze.quarantine"].to_pylist()
    assert (problem["reason"], problem["byte_offset"]) == ("missing_chunk", chunk.pos)
    kept = sorted(tables["bronze.messages"].to_pylist(), key=lambda row: row["record_index"])
    assert kept == [row for row in whole if row["chunk_offset"] != chunk.pos]
    assert plan.recorder_num_messages == len(kept) + problem["num_messages"]


def test_a_chunk_that_claims_too_much_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "drive.bag", Writer.CompressionFormat.BZ2)
    content = path.read_bytes()
    at = content.index(b"size=", content.index(b"compression=bz2") - 40) + 5
    path.write_bytes(content[:at] + struct.pack("<I", 2**32 - 1) + content[at + 4 :])
    _, tables = read_all(path, {})
    (problem,) = tables["bronze.quarantine"].to_pylist()
    assert problem["reason"] == "over_budget"


@pytest.mark.parametrize("content", [b"#ROSBAG V1.2\n", b"#ROSBAG V2.0\n", b"#ROSBAG V2.0\n" + b"\xff" * 40, b"no bag"])
def test_what_is_no_bag_is_a_problem(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "drive.bag"
    path.write_bytes(content)
    plan = registry.plan(source(path, {}))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == (["not_rosbag1"], [])
