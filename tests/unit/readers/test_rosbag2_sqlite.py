"""ROS 2 bags in SQLite, split recordings and metadata.yaml: every message as SQLite and rosbags give it."""

import sqlite3
import zlib
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from bag_checks import Message, check
from mcap.reader import make_reader
from mcap_recordings import read_all, source
from real_data import real
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from spark_jobs.readers import registry, rosbag2_metadata, rosbag2_sqlite

KINDS = {"/imu": "/imu", "/pose": "/pose", "/fix": "/fix"}
STORE = get_typestore(Stores.ROS2_HUMBLE)
START_NS = 1_763_000_000_000_000_000


def independent(path: Path) -> list[Message]:
    """Every message by plain SQL, decoded by rosbags."""
    query = "select name, type, timestamp, data from messages join topics on topics.id = topic_id order by messages.id"
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        rows = connection.execute(query).fetchall()
    return [(topic, kind, time, data, STORE.deserialize_cdr(data, kind)) for topic, kind, time, data in rows]


def write_bag(folder: Path, count: int = 300) -> Path:
    """A bag whose definitions are in the bag, of messages that change in size."""
    types, rng = STORE.types, np.random.default_rng(5)
    with Writer(folder, version=9, storage_plugin=StoragePlugin.SQLITE3) as writer:
        fixes = writer.add_connection("/fix", "sensor_msgs/msg/NavSatFix", typestore=STORE)
        words = writer.add_connection("/words", "std_msgs/msg/String", typestore=STORE)
        for tick in range(count):
            stamp = types["builtin_interfaces/msg/Time"](1_763_000_000 + tick, tick)
            header = types["std_msgs/msg/Header"](stamp, "f" * int(rng.integers(0, 9)))
            status = types["sensor_msgs/msg/NavSatStatus"](tick % 3 - 1, 1)
            fix = types["sensor_msgs/msg/NavSatFix"](header, status, 48.0 + tick, 11.5, 500.0, np.zeros(9), 0)
            writer.write(fixes, START_NS + tick, STORE.serialize_cdr(fix, "sensor_msgs/msg/NavSatFix"))
            word = types["std_msgs/msg/String"]("w" * int(rng.integers(0, 60)))
            writer.write(words, START_NS + tick, STORE.serialize_cdr(word, "std_msgs/msg/String"))
    (path,) = folder.glob("*.db3")
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    tasks = rosbag2_sqlite.plan(source(path, {})).tasks
    found = [rows for task in tasks for name, rows in rosbag2_sqlite.read(task) if name == "bronze.messages"]
    return sorted((row for rows in found for row in rows.to_pylist()), key=lambda row: row["record_index"])


@pytest.mark.data
def test_every_message_of_the_real_sqlite_bag_is_as_sql_and_rosbags_give_it() -> None:
    (path,) = real("ros_bags/ros2_sqlite/*.db3")
    messages = independent(path)
    plan, tables = read_all(path, {})
    assert check(tables, messages, KINDS) == 3_130
    assert len(messages) == plan.recorder_num_messages == 4_695
    counted = {topic: count.num_messages for topic, count in (plan.recorder_topics or {}).items() if count.num_messages}
    assert counted == Counter(topic for topic, *_ in messages)
    assert list(dict(rosbag2_sqlite.payloads(source(path, {}))).values()) == [data for *_, data, _ in messages]


@pytest.mark.data
def test_the_five_parts_of_a_real_recording_hold_what_their_metadata_says() -> None:
    (path,) = real("ros_bags/ros2_mcap/metadata.yaml")
    said = rosbag2_metadata.load(path)
    assert (len(said.parts), said.num_messages) == (5, 6_074)
    counts: Counter[str] = Counter()
    for part in said.parts:
        plan, tables = read_all(path.with_name(part), {})
        rows = tables["bronze.messages"].to_pylist()
        with path.with_name(part).open("rb") as file:
            official = [
                (made.topic, message.log_time, zlib.crc32(message.data))
                for _, made, message in make_reader(file).iter_messages()
            ]
        assert Counter((row["topic"], row["log_time_ns"], row["crc32"]) for row in rows) == Counter(official)
        assert plan.recorder_num_messages == len(rows)
        counts.update(row["topic"] for row in rows)
    assert counts == {topic: count.num_messages for topic, count in said.topics.items()}
    assert registry.plan(source(path, {})).problems == []


def test_a_bag_with_its_own_definitions_is_read_whole(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag")
    plan, tables = read_all(path, {})
    assert check(tables, independent(path), KINDS) == 300
    assert (plan.recorder_num_messages, plan.problems) == (600, [])
    rows = tables["bronze.messages"].to_pylist()
    assert {(row["publish_time_ns"], row["chunk_offset"], row["payload_offset"]) for row in rows} == {
        (None, None, None)
    }


def test_messages_that_are_compressed_one_by_one_are_read_as_they_were_sent(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag")
    whole = rows_of(path)
    with closing(sqlite3.connect(path)) as connection:
        packed = [(zstandard.compress(data), key) for key, data in connection.execute("select id, data from messages")]
        packed[7] = (packed[7][0][:-3], packed[7][1])
        connection.executemany("update messages set data = ? where id = ?", packed)
        connection.commit()
    assert rows_of(path) == [row for row in whole if row["record_index"] != 7]


def test_tasks_of_id_ranges_give_the_same_rows_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_bag(tmp_path / "bag")
    with closing(sqlite3.connect(path)) as connection:  # ids with holes, as after messages were deleted
        connection.execute("update messages set id = id + 10000 where id % 3 = 0")
        connection.commit()
    whole = rows_of(path)
    monkeypatch.setattr(rosbag2_sqlite, "TASK_BYTES", 2_048)
    monkeypatch.setattr(rosbag2_sqlite, "BATCH_BYTES", 3_000)
    assert len(rosbag2_sqlite.plan(source(path, {})).tasks) > 3
    assert rows_of(path) == whole
    some = np.array([3, 599])
    assert [n for n, _ in rosbag2_sqlite.payloads(source(path, {}), some)] == some.tolist()


def test_reading_leaves_no_trace_beside_the_file(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag")
    path.parent.chmod(0o500)
    path.chmod(0o400)
    before = path.read_bytes()
    try:
        rows_of(path)
        assert sorted(each.name for each in path.parent.iterdir()) == sorted([path.name, "metadata.yaml"])
        assert path.read_bytes() == before
    finally:
        path.parent.chmod(0o700)


def test_a_record_of_wrong_types_is_set_aside_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update messages set data = 'text' where id = 5")
        connection.execute("update messages set timestamp = 'noon' where id = 7")
        connection.execute("update messages set topic_id = 99 where id = 9")
        connection.commit()
    plan, tables = read_all(path, {})
    problems = tables["bronze.quarantine"].to_pylist()
    assert sorted(problem["reason"] for problem in problems) == ["bad_record", "bad_record", "unknown_channel"]
    lost = sum(problem["num_messages"] for problem in problems)
    assert plan.recorder_num_messages == tables["bronze.messages"].num_rows + lost == 600


def test_a_damaged_database_is_told_and_what_is_before_the_damage_is_read(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag", 2_000)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    plan, tables = read_all(path, {})
    reasons = [problem.reason for problem in plan.problems]
    reasons += tables["bronze.quarantine"].column("reason").to_pylist() if tables else []
    assert set(reasons) == {"bad_sqlite"}


@pytest.mark.parametrize(
    "script",
    [
        "create table topics(id integer)",
        "create table topics(id, name, type, serialization_format); create view messages as "
        "with recursive n(i) as (select 1 union all select i + 1 from n) select i as id, 1 as topic_id, "
        "i as timestamp, zeroblob(1000000) as data from n",
    ],
)
def test_a_database_that_is_no_bag_is_a_problem(script: str, tmp_path: Path) -> None:
    path = tmp_path / "drive.db3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    plan = registry.plan(source(path, {}))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == (["bad_sqlite"], [])


def test_messages_that_the_recorder_left_in_its_journal_are_told(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag")
    path.with_name(path.name + "-wal").write_bytes(b"something")
    assert [problem.reason for problem in rosbag2_sqlite.plan(source(path, {})).problems] == ["unmerged_wal"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rosbag2_bagfile_information: [", "bad_metadata"),
        ("rosbag2_bagfile_information:\n  message_count: 3\n", "bad_metadata"),
        ("rosbag2_bagfile_information:\n  relative_file_paths: [[gone.db3]]\n  message_count: 3\n", "bad_metadata"),
        ("rosbag2_bagfile_information:\n  relative_file_paths: [gone.db3]\n  message_count: 3\n", "missing_part"),
        ("rosbag2_bagfile_information:\n  relative_file_paths: ['../../etc/x']\n  message_count: 3\n", "missing_part"),
    ],
)
def test_metadata_that_cannot_be_right_is_told(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "metadata.yaml"
    path.write_text(text)
    assert [problem.reason for problem in registry.plan(source(path, {})).problems] == [reason]
