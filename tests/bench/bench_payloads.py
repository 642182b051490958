"""Object lists to columns on one core: JSON beside DuckDB's from_json with a fixed structure, protobuf beside ptars.

Ours ends with checked levels and numpy or Arrow columns, texts included; the peers with one nested Arrow column. ptars
gives every field of the message, ours those that bronze.objects takes.
"""

from collections.abc import Callable

import duckdb
import numpy as np
import ptars
import pyarrow as pa
import pyarrow.compute as pc
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from mcap.reader import NonSeekingReader
from mcap_protobuf.schema import build_file_descriptor_set
from one_core import OneCore
from recordings import mixed_drive
from side_by_side import Goal, conclude, measure

from spark_jobs.readers import json_payload, protobuf_payload
from spark_jobs.readers.columns import Decoded, Text
from spark_jobs.readers.object_streams import SCENE_FIELDS
from spark_jobs.readers.vehicle_streams import LANE_FIELDS, LANE_STRUCTURE

SECONDS = 240
LANES, SCENES = "/perception/lanes", "/reference/objects"


def payloads() -> dict[str, list[bytes]]:
    """The payloads of both topics of the mixed drive."""
    found: dict[str, list[bytes]] = {LANES: [], SCENES: []}
    with mixed_drive(SECONDS).open("rb") as stream:
        for _, channel, message in NonSeekingReader(stream).iter_messages(topics=list(found), log_time_order=False):
            found[channel.topic].append(message.data)
    return found


def ours(decode: Callable[..., Decoded], messages: list[bytes], *expected: object) -> Callable[[], Decoded]:
    """A call that decodes `messages` out of one buffer and makes every text column."""
    length = np.array([len(message) for message in messages], np.int64)
    data, start = np.frombuffer(b"".join(messages), np.uint8), np.cumsum(length) - length

    def run() -> Decoded:
        decoded = decode(*expected, data, start, length)
        assert not len(decoded.failed)
        for level in decoded.levels.values():
            for column in level.columns.values():
                if isinstance(column, Text):
                    column.to_text()
        return decoded

    return run


def by_duckdb(messages: list[bytes]) -> Callable[[], pa.Array]:
    """A call that parses `messages` with DuckDB on one thread."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.register("payloads", pa.table({"payload": pa.array(messages, pa.binary()).cast(pa.string())}))
    query = "select from_json(payload, $structure) as message from payloads"

    def run() -> pa.Array:
        table = connection.sql(query, params={"structure": LANE_STRUCTURE}).to_arrow_table()
        return table.column("message").combine_chunks()

    return run


def main() -> None:
    found = payloads()
    described = protobuf_payload.parse(
        "foxglove.SceneUpdate", build_file_descriptor_set(SceneUpdate).SerializeToString()
    )
    lanes = ours(json_payload.decode, found[LANES], LANE_STRUCTURE, "boundaries", LANE_FIELDS)
    scenes = ours(lambda *where: protobuf_payload.decode(described, SCENE_FIELDS, *where), found[SCENES])
    duck = by_duckdb(found[LANES])
    handler = ptars.HandlerPool([SceneUpdate.DESCRIPTOR.file]).get_for_message(SceneUpdate.DESCRIPTOR)
    theirs = lambda: handler.list_to_record_batch(found[SCENES])  # noqa: E731

    flat = pc.list_flatten(pc.struct_field(duck(), "boundaries"))
    for name in LANE_FIELDS:
        assert np.array_equal(lanes().level("boundaries").numbers(name), np.asarray(pc.struct_field(flat, name)))
    cubes = pc.list_flatten(pc.struct_field(pc.list_flatten(theirs().column("entities")), "cubes"))
    x = pc.struct_field(cubes, ["pose", "position", "x"])
    assert np.array_equal(scenes().level("entities/cubes").numbers("pose.position.x"), np.asarray(x))

    sizes = {topic: sum(map(len, messages)) for topic, messages in found.items()}
    works: tuple[tuple[str, str, Callable[[], int]], ...] = (
        ("JSON", LANES, lambda: len(lanes().levels["boundaries"].parent)),
        ("DuckDB from_json", LANES, lambda: len(pc.list_flatten(pc.struct_field(duck(), "boundaries")))),
        ("protobuf", SCENES, lambda: len(scenes().levels["entities/cubes"].parent)),
        ("ptars", SCENES, lambda: len(pc.list_flatten(theirs().column("entities")))),
    )
    measured = measure([OneCore(name, work, sizes[topic]).contestant for name, topic, work in works], rounds=5)
    goals = [Goal("JSON", "DuckDB from_json", 0.8), Goal("protobuf", "ptars", 0.8)]
    conclude("Object lists, one core", measured, goals)


if __name__ == "__main__":
    main()
