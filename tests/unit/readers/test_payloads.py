"""JSON and protobuf payloads: a broken message fails alone, and unknown fields do no harm."""

import json
from typing import Any

import numpy as np
import pytest
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from mcap_protobuf.schema import build_file_descriptor_set
from mcap_recordings import scene

from spark_jobs.readers import json_payload, protobuf_payload
from spark_jobs.readers.columns import Decoded, DecodeError
from spark_jobs.readers.object_streams import SCENE_FIELDS
from spark_jobs.readers.vehicle_streams import LANE_FIELDS, LANE_STRUCTURE

BOUNDARY = {**dict.fromkeys(LANE_FIELDS, 1.5), "side": "ego_left"}
HEADER = {"stamp": {"sec": 5, "nanosec": 6}}


def buffer(payloads: list[bytes]) -> tuple[Any, Any, Any]:
    """The payloads back to back, as in a chunk."""
    length = np.array([len(payload) for payload in payloads], np.int64)
    return np.frombuffer(b"".join(payloads) or b"\x00", np.uint8), np.cumsum(length) - length, length


def lanes(payloads: list[bytes]) -> Decoded:
    return json_payload.decode(LANE_STRUCTURE, "boundaries", LANE_FIELDS, *buffer(payloads))


def scenes(payloads: list[bytes]) -> Decoded:
    described = build_file_descriptor_set(SceneUpdate).SerializeToString()
    return protobuf_payload.decode(
        protobuf_payload.parse("foxglove.SceneUpdate", described), SCENE_FIELDS, *buffer(payloads)
    )


def test_a_json_message_that_cannot_be_used_fails_alone() -> None:
    good = json.dumps({"header": HEADER, "boundaries": [BOUNDARY, BOUNDARY]}).encode()
    bad: list[bytes] = [
        b"",
        b"{",
        b"null",
        b"[1, 2]",
        b"\xff\xfe",
        b'{"header": {}}',
        b'{"boundaries": [null]}',
        b'{"boundaries": "none"}',
        json.dumps({"boundaries": [{**BOUNDARY, "c0_m": "far"}]}).encode(),
        json.dumps({"boundaries": [{"c0_m": 1.0}]}).encode(),
    ]
    decoded = lanes([good, *bad, good])
    assert decoded.failed.tolist() == list(range(1, len(bad) + 1))
    assert decoded.messages.parent.tolist() == [0, len(bad) + 1]
    items = decoded.level("boundaries")
    assert (items.parent.tolist(), items.position.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1])
    assert items.numbers("c0_m").tolist() == [1.5] * 4


def test_members_that_a_newer_version_adds_are_ignored_and_missing_optional_ones_are_null() -> None:
    newer = {"version": 9, "header": {**HEADER, "extra": []}, "boundaries": [{**BOUNDARY, "color": {"r": 1}}]}
    decoded = lanes([json.dumps(newer).encode(), b'{"boundaries": []}'])
    assert len(decoded.failed) == 0
    assert decoded.messages.integers("header.stamp.sec").tolist() == [5, 0]
    assert decoded.level("boundaries").text("type").to_pylist() == [None]


def test_protobuf_lists_equal_the_official_parser() -> None:
    rng = np.random.default_rng(11)
    updates = [scene(rng, tick) for tick in range(50)]
    decoded = scenes([update.SerializeToString() for update in updates])
    entities = [entity for update in updates for entity in update.entities]
    cubes = [cube for entity in entities for cube in entity.cubes]
    assert len(decoded.failed) == 0
    assert decoded.level("entities").text("id").to_pylist() == [entity.id for entity in entities]
    assert decoded.level("entities").integers("timestamp.nanos").tolist() == [e.timestamp.nanos for e in entities]
    assert decoded.level("entities/cubes").numbers("pose.position.x").tolist() == [c.pose.position.x for c in cubes]
    values = [pair.value for entity in entities for pair in entity.metadata]
    assert decoded.level("entities/metadata").text("value").to_pylist() == values


def test_any_cut_or_flip_of_a_protobuf_message_leaves_the_others_alone() -> None:
    rng = np.random.default_rng(12)
    payloads = [scene(rng, tick).SerializeToString() for tick in range(6)]
    victim = max(range(6), key=lambda index: len(payloads[index]))
    expected = scenes(payloads)
    others = expected.level("entities").parent != victim
    for at in range(0, len(payloads[victim]), 7):
        flipped = bytearray(payloads[victim])
        flipped[at] ^= 1 << int(rng.integers(0, 8))
        for damaged in (payloads[victim][:at], bytes(flipped)):
            decoded = scenes([*payloads[:victim], damaged, *payloads[victim + 1 :]])
            assert set(decoded.failed.tolist()) <= {victim}
            messages = decoded.messages.parent[decoded.level("entities").parent]
            ids = np.array(decoded.level("entities").text("id").to_pylist())[messages != victim]
            assert ids.tolist() == np.array(expected.level("entities").text("id").to_pylist())[others].tolist()


def test_a_descriptor_set_that_is_none_or_lacks_the_type_is_refused() -> None:
    for name, described in (("a.B", b"\xff\xff"), ("a.B", build_file_descriptor_set(SceneUpdate).SerializeToString())):
        with pytest.raises(DecodeError) as refusal:
            protobuf_payload.parse(name, described)
        assert refusal.value.reason == "bad_schema"
