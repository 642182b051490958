"""longtail export: the official reader finds in the exported file what it finds in the recording, byte for byte."""

from collections import defaultdict
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from mcap.reader import NonSeekingReader
from mcap.writer import CompressionType, Writer
from rosbags.rosbag1 import Reader as BagReader
from rosbags.rosbag1 import Writer as BagWriter
from rosbags.rosbag2 import StoragePlugin
from rosbags.rosbag2 import Writer as Bag2Writer
from rosbags.typesys import Stores, get_typestore

from longtail import lake
from spark_jobs.export import export_mcap
from spark_jobs.export_sources import ExportError
from tests.unit.ingest.conftest import Ingest
from tests.unit.readers.mcap_recordings import NO_SUMMARY, write_mcap

Content = dict[tuple[Any, ...], list[tuple[int, int, int, bytes]]]
START_NS = 1_763_000_000_000_000_000


def content(*paths: Path) -> Content:
    """(log time, publish time, sequence, payload) by channel and schema, in log time order, by the official reader."""
    found: Content = defaultdict(list)
    for path in paths:
        reader = NonSeekingReader(BytesIO(path.read_bytes()), validate_crcs=True)
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            kind = (schema.name, schema.encoding, schema.data) if schema else None
            key = (channel.topic, channel.message_encoding, tuple(sorted(channel.metadata.items())), kind)
            found[key].append((message.log_time, message.publish_time, message.sequence, message.data))
    return {key: sorted(rows) for key, rows in found.items()}


@pytest.mark.parametrize(
    "options",
    [
        {"compression": CompressionType.ZSTD},
        {"compression": CompressionType.LZ4},
        {"compression": CompressionType.NONE},
        {"use_chunking": False},
        {"compression": CompressionType.ZSTD, **NO_SUMMARY},
    ],
    ids=["zstd", "lz4", "uncompressed", "unchunked", "no-summary"],
)
def test_every_payload_comes_back(options: dict[str, Any], tmp_path: Path, ingest_here: Ingest) -> None:
    recording = write_mcap(_folder(tmp_path) / "recording.mcap", ticks=25, **options)
    ingest_here(recording.parent)
    done = export_mcap("d0", tmp_path / "out.mcap")
    assert content(done.path) == content(recording)
    assert done.num_messages == sum(map(len, content(recording).values()))
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_channels_of_one_topic_keep_their_metadata_and_their_schemas_apart(tmp_path: Path, ingest_here: Ingest) -> None:
    recording = _folder(tmp_path) / "recording.mcap"
    with recording.open("wb") as stream:
        writer = Writer(stream)
        writer.start(profile="ros2", library="test")
        for number in range(3):
            schema = writer.register_schema("Same", "jsonschema", b'{"version": %d}' % number)
            channel = writer.register_channel("/topic", "json", schema, {"publisher": str(number), "ü": ""})
            writer.add_message(channel, START_NS + number, b"{}", START_NS, number)
        bare = writer.register_channel("/raw", "", 0)
        writer.add_message(bare, START_NS + 9, b"", 0, 0)
        writer.finish()
    ingest_here(recording.parent)
    assert content(export_mcap("d0", tmp_path / "out.mcap").path) == content(recording)
    assert NonSeekingReader(BytesIO((tmp_path / "out.mcap").read_bytes())).get_header().profile == "ros2"


def test_the_files_of_a_split_recording_come_in_log_time_order(tmp_path: Path, ingest_here: Ingest) -> None:
    folder = _folder(tmp_path)
    parts = [write_mcap(folder / f"part{number}.mcap", seed=number, ticks=9) for number in (2, 1, 3)]
    ingest_here(folder)
    done = export_mcap("d0", tmp_path / "out.mcap")
    assert content(done.path) == content(*parts)
    reader = NonSeekingReader(BytesIO(done.path.read_bytes()))
    times = [message.log_time for _, _, message in reader.iter_messages(log_time_order=False)]
    step_back_ns = 3_000_000  # as far as these recordings themselves step back
    assert all(later >= earlier - step_back_ns for earlier, later in pairwise(times))


def test_topics_and_a_time_range_are_cut_out(tmp_path: Path, ingest_here: Ingest) -> None:
    recording = write_mcap(_folder(tmp_path) / "recording.mcap", ticks=30)
    ingest_here(recording.parent)
    whole = content(recording)
    first = min(row[0] for rows in whole.values() for row in rows)
    done = export_mcap("d0", tmp_path / "out.mcap", ["/imu", "/lanes"], 0.1, 0.2)
    expected = {
        key: [row for row in rows if first + 100_000_000 <= row[0] < first + 200_000_000]
        for key, rows in whole.items()
        if key[0] in ("/imu", "/lanes")
    }
    assert content(done.path) == expected
    assert done.num_messages == sum(map(len, expected.values())) > 0


def test_a_ros_1_bag_becomes_an_mcap_of_the_same_payloads(tmp_path: Path, ingest_here: Ingest) -> None:
    store, path = get_typestore(Stores.ROS1_NOETIC), _folder(tmp_path) / "drive.bag"
    text = store.types["std_msgs/msg/String"]
    with BagWriter(path) as bag:
        said = bag.add_connection("/said", "std_msgs/msg/String", typestore=store)
        for number in range(40):
            payload = bytes(store.serialize_ros1(text(data=f"word {number}"), "std_msgs/msg/String"))
            bag.write(said, START_NS + number, payload)
    report = ingest_here(path.parent)
    assert report.is_clean, report.problems
    (drive_id,) = lake.read("bronze.drives").column("drive_id").to_pylist()
    (key, rows), *others = content(export_mcap(drive_id, tmp_path / "out.mcap").path).items()
    with BagReader(path) as bag:
        assert [(row[0], row[3]) for row in rows] == [(t, bytes(raw)) for _, t, raw in bag.messages()]
    assert not others
    assert (key[0], key[1], key[3][:2]) == ("/said", "ros1", ("std_msgs/String", "ros1msg"))


def test_a_ros_2_sqlite_bag_becomes_an_mcap_of_the_same_payloads(tmp_path: Path, ingest_here: Ingest) -> None:
    store, path = get_typestore(Stores.ROS2_HUMBLE), tmp_path / "landing" / "d0"
    path.parent.mkdir()
    text = store.types["std_msgs/msg/String"]
    wanted = [bytes(store.serialize_cdr(text(data=f"word {number}"), "std_msgs/msg/String")) for number in range(40)]
    with Bag2Writer(path, version=9, storage_plugin=StoragePlugin.SQLITE3) as bag:
        said = bag.add_connection("/said", "std_msgs/msg/String", typestore=store)
        for number, payload in enumerate(wanted):
            bag.write(said, START_NS + number, payload)
    report = ingest_here(path)
    (rows,) = content(export_mcap("d0", tmp_path / "out.mcap").path).values()
    assert [row[3] for row in rows] == wanted
    assert report.num_messages_landed == len(wanted)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "is not the file that was ingested"),
    ],
    ids=["gone", "changed"],
)
def test_a_raw_file_that_is_not_there_as_it_was_is_a_clear_error(
    harm: Any, says: str, tmp_path: Path, ingest_here: Ingest
) -> None:
    recording = write_mcap(_folder(tmp_path) / "recording.mcap", ticks=3)
    ingest_here(recording.parent)
    harm(recording)
    with pytest.raises(ExportError, match=says):
        export_mcap("d0", tmp_path / "out.mcap")
    assert not (tmp_path / "out.mcap").exists()


def test_an_unknown_drive_and_an_empty_choice_say_so(tmp_path: Path, ingest_here: Ingest) -> None:
    recording = write_mcap(_folder(tmp_path) / "recording.mcap", ticks=3)
    ingest_here(recording.parent)
    with pytest.raises(ExportError, match="no messages of drive nobody"):
        export_mcap("nobody", tmp_path / "out.mcap")
    with pytest.raises(ExportError, match="no message of the drive"):
        export_mcap("d0", tmp_path / "out.mcap", ["/nothing"])


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "landing" / "d0"
    folder.mkdir(parents=True)
    return folder
