"""ROS 1 message definitions, as embedded in a recording (encoding ros1msg), parsed into types."""

from spark_jobs.readers import ros2msg
from spark_jobs.readers.ros2msg import Array, Sequence, Struct, Type


def parse(name: str, text: str) -> Struct:
    """The type of message `name`, whose definition with all it depends on is `text`.

    The language is the one of ROS 2 with two types more, time and duration, and a structure without fields takes no
    bytes.

    Raises:
        DecodeError: as ros2msg.parse.
    """
    found = _unpadded(ros2msg.parse(name, text))
    assert isinstance(found, Struct)  # noqa: S101 - a structure stays one
    return found


def _unpadded(item: Type) -> Type:
    """`item` without the byte that IDL puts into an empty structure."""
    if isinstance(item, Array):
        return Array(_unpadded(item.item), item.count)
    if isinstance(item, Sequence):
        return Sequence(_unpadded(item.item))
    if isinstance(item, Struct):
        fields = tuple((name, _unpadded(child)) for name, child in item.fields)
        return Struct(item.name, tuple(pair for pair in fields if pair[0] != ros2msg.PADDING))
    return item
