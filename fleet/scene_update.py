"""The reference list as foxglove.SceneUpdate protobuf messages, with the schema that makes the file self-describing."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from fleet.ros2 import Box

COLOURS = {
    "pedestrian": (0.9, 0.3, 0.2),
    "truck": (0.3, 0.4, 0.9),
    "bus": (0.3, 0.6, 0.9),
    "motorcycle": (0.8, 0.7, 0.2),
}


@cache
def scene_update_schema() -> bytes:
    """The file descriptor set of foxglove.SceneUpdate, dependencies first."""
    files: dict[str, FileDescriptor] = {}

    def visit(descriptor: FileDescriptor) -> None:
        for dependency in descriptor.dependencies:
            visit(dependency)
        files.setdefault(descriptor.name, descriptor)

    visit(SceneUpdate.DESCRIPTOR.file)
    descriptors = FileDescriptorSet()
    for descriptor in files.values():
        descriptor.CopyToProto(descriptors.file.add())
    return descriptors.SerializeToString(deterministic=True)


def scene_update(stamp_ns: int, boxes: Sequence[Box]) -> bytes:
    """One list; each entity is a cube in the map frame with its class in the metadata."""
    update = SceneUpdate()
    for box in boxes:
        entity = update.entities.add(frame_id="map", id=box.track_id)
        entity.timestamp.seconds, entity.timestamp.nanos = divmod(stamp_ns, 10**9)
        entity.lifetime.nanos = 150_000_000
        entity.metadata.add(key="class", value=box.object_class)
        cube = entity.cubes.add()
        x, y, z, yaw = box.pose
        position, q, size = cube.pose.position, cube.pose.orientation, cube.size
        position.x, position.y, position.z = x, y, z
        q.z, q.w = float(np.sin(yaw / 2)), float(np.cos(yaw / 2))
        size.x, size.y, size.z = box.size
        colour = COLOURS.get(box.object_class, (0.2, 0.7, 0.4))
        cube.color.r, cube.color.g, cube.color.b, cube.color.a = (*colour, 0.6)
    return update.SerializeToString(deterministic=True)
