"""What others' readers find in a generated drive."""

import itertools
import json
from collections import Counter
from io import BytesIO

import cantools
import numpy as np
import pytest
from asammdf import MDF
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoder
from mcap_ros2.decoder import DecoderFactory as Ros2Decoder
from PIL import Image

RATES_HZ = {
    "/localization/odometry": 50,
    "/sensing/imu": 100,
    "/sensing/gnss/fix": 10,
    "/perception/objects": 10,
    "/perception/lanes": 10,
    "/sensing/camera/front/image/compressed": 5,
}


def decoded(path, topic):
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[Ros2Decoder(), ProtobufDecoder()])
        return [(m.message, m.decoded_message) for m in reader.iter_decoded_messages(topics=[topic])]


def stamp_ns(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def test_the_official_reader_counts_what_is_declared_with_valid_crcs(fleet):
    for index in range(4):
        folder = fleet.folder(index)
        declared = {f["path"]: f.get("messages") for f in json.loads((folder / "drive.json").read_text())["files"]}
        for name in ("recording.mcap", "reference.mcap"):
            with (folder / name).open("rb") as file:
                reader = make_reader(file, validate_crcs=True)
                times = [message.log_time for _, _, message in reader.iter_messages(log_time_order=False)]
                statistics = reader.get_summary().statistics
            assert len(times) == declared[name] == statistics.message_count
            assert times == sorted(times)


def test_streams_come_at_their_rates(fleet):
    with (fleet.folder(0) / "recording.mcap").open("rb") as file:
        counts = Counter(channel.topic for _, channel, _ in make_reader(file).iter_messages())
    for topic, rate in RATES_HZ.items():
        assert 0.9 * 12 * rate <= counts[topic] <= 12 * rate
    assert counts["/vehicle/can/0"] > 0.9 * 12 * 166


def test_every_ros_type_decodes_to_plausible_values(fleet):
    path = fleet.folder(0) / "recording.mcap"
    _, odometry = decoded(path, "/localization/odometry")[0]
    assert (odometry.header.frame_id, odometry.child_frame_id) == ("map", "base_link")
    assert 5.0 < odometry.twist.twist.linear.x < 40.0
    q = odometry.pose.pose.orientation
    assert q.x**2 + q.y**2 + q.z**2 + q.w**2 == pytest.approx(1.0)
    accelerations = [m.linear_acceleration.z for _, m in decoded(path, "/sensing/imu")]
    assert np.mean(accelerations) == pytest.approx(9.81, abs=0.15)
    _, fix = decoded(path, "/sensing/gnss/fix")[0]
    assert fix.latitude == pytest.approx(48.1, abs=0.3)
    assert fix.longitude == pytest.approx(11.6, abs=0.3)
    assert (fix.status.status, fix.status.service) == (0, 9)
    assert (fix.position_covariance[0], fix.position_covariance_type) == (0.7, 2)
    _, image = decoded(path, "/sensing/camera/front/image/compressed")[0]
    assert image.format == "jpeg"
    assert Image.open(BytesIO(bytes(image.data))).size == (256, 144)


def test_detections_have_ids_classes_and_sizes_in_the_ego_frame(fleet):
    lists = [m for i in range(4) for _, m in decoded(fleet.folder(i) / "recording.mcap", "/perception/objects")]
    boxes = [d for m in lists for d in m.detections]
    assert len(boxes) > 100
    assert {m.header.frame_id for m in lists} == {"base_link"}
    for d in boxes:
        assert d.id.isdigit()
        assert d.results[0].hypothesis.class_id in {"car", "truck", "bus", "motorcycle", "pedestrian"}
        assert 0.0 < d.results[0].hypothesis.score <= 1.0
        assert 0.2 < d.bbox.size.x < 20.0
        assert abs(d.bbox.center.position.x) < 140.0


def test_the_reference_list_is_in_the_map_frame_with_classes_and_stable_ids(fleet):
    updates = [m for i in range(4) for _, m in decoded(fleet.folder(i) / "reference.mcap", "/reference/objects")]
    entities = [e for update in updates for e in update.entities]
    assert len(updates) == 4 * 120
    assert {e.frame_id for e in entities} == {"map"}
    assert all(e.metadata[0].key == "class" and e.id.startswith("ref-") for e in entities)
    per_id = Counter(e.id for e in entities)
    assert max(per_id.values()) > 20


def test_lane_boundaries_enclose_the_ego(fleet):
    with (fleet.folder(0) / "recording.mcap").open("rb") as file:
        messages = [json.loads(m.data) for _, _, m in make_reader(file).iter_messages(topics=["/perception/lanes"])]
    widths = []
    for message in messages:
        assert message["header"]["frame_id"] == "base_link"
        sides = {b["side"]: b for b in message["boundaries"]}
        if {"ego_left", "ego_right"} <= sides.keys():
            widths.append(sides["ego_left"]["c0_m"] - sides["ego_right"]["c0_m"])
    assert len(widths) > 0.8 * len(messages)
    assert np.median(widths) == pytest.approx(3.5, abs=0.3)


def test_bus_frames_agree_with_odometry_through_the_dbc(fleet):
    folder = fleet.folder(0)
    database = cantools.database.load_file(folder / "vehicle.dbc")
    speeds, enums = [], {}
    for _, frame in decoded(folder / "recording.mcap", "/vehicle/can/0"):
        values = database.decode_message(frame.id, bytes(frame.data))
        if "WHEEL_SPEED_RL" in values:
            speeds.append((values["WHEEL_SPEED_RL"] + values["WHEEL_SPEED_RR"]) / 2 / 3.6)
        enums.update({k: str(v) for k, v in values.items()})
    odometry = [m.twist.twist.linear.x for _, m in decoded(folder / "recording.mcap", "/localization/odometry")]
    assert np.mean(speeds) == pytest.approx(np.mean(odometry), abs=0.1)
    assert enums["ROAD_CLASS"] in {"Highway", "Urban"}
    assert enums["WIPER_STATE"] in {"Off", "Intermittent", "Slow", "Fast"}


def test_every_fourth_drive_has_its_bus_in_mdf4_instead(fleet):
    folder = fleet.folder(3)
    with (folder / "recording.mcap").open("rb") as file:
        topics = {channel.topic for channel in make_reader(file).get_summary().channels.values()}
    assert "/vehicle/can/0" not in topics
    declared = {f["path"]: f.get("messages") for f in json.loads((folder / "drive.json").read_text())["files"]}
    with MDF(folder / "vehicle.mf4") as log:
        assert log.groups[0].channel_group.cycles_nr == declared["vehicle.mf4"] == 12 * 166
        start_ns = int(log.start_time.timestamp() * 1e9)
        decoded_log = log.extract_bus_logging({"CAN": [(folder / "vehicle.dbc", 0)]})
        speed = decoded_log.get("WHEEL_SPEED_RL")
    odometry = decoded(folder / "recording.mcap", "/localization/odometry")
    assert abs(start_ns - odometry[0][0].log_time) < 10**8
    assert np.mean(speed.samples) / 3.6 == pytest.approx(
        np.mean([m.twist.twist.linear.x for _, m in odometry]), abs=0.15
    )


def test_lost_messages_show_as_gaps_in_the_sequence(fleet):
    gaps = 0
    for index in range(4):
        with (fleet.folder(index) / "recording.mcap").open("rb") as file:
            numbers = [m.sequence for _, _, m in make_reader(file).iter_messages(topics=["/sensing/imu"])]
        gaps += sum(b - a - 1 for a, b in itertools.pairwise(numbers))
        assert numbers == sorted(set(numbers))
    assert gaps > 0
