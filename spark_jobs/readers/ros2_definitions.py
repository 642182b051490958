"""Definitions of the common ROS 2 types, for bags that were recorded before bags carried their own (until Humble)."""

from functools import cache
from typing import Any


@cache
def definition(type_name: str) -> str:
    """The definition of `type_name` ("sensor_msgs/msg/Imu") with all it depends on, as of Humble; "" when unknown."""
    store = _store()
    if type_name not in store.types:
        return ""
    text, _ = store.generate_msgdef(type_name, ros_version=2)
    return str(text)


@cache
def _store() -> Any:
    from rosbags.typesys import Stores, get_typestore  # takes a moment: only where a bag needs it

    return get_typestore(Stores.ROS2_HUMBLE)
