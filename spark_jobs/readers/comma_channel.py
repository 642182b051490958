"""The channels of comma2k19: which array carries the records, and which arrays beside it belong to them."""

from pathlib import Path

from spark_jobs.readers.numpy_arrays import ArrayFile, BadArray, opened
from spark_jobs.readers.source import SourceFile

_POSE = {"t": "frame_times", "q": "frame_orientations", "v": "frame_velocities", "gps": "frame_gps_times"}
_CAN = {"t": "t", "address": "address", "src": "src"}
_OPTIONAL = ("gps",)


def arrays_of(source: SourceFile) -> tuple[ArrayFile, dict[str, ArrayFile]]:
    """The array with the records and its neighbours by the name of their part.

    Raises:
        BadArray: one is missing, is no array or has not the expected form.
    """
    path = Path(source.path)
    names = _POSE if path.name == "frame_positions" else _CAN if path.parent.name.lower() == "raw_can" else {"t": "t"}
    beside = {}
    for part, name in names.items():
        if path.with_name(name).is_file():
            beside[part] = opened(path.with_name(name))
        elif part not in _OPTIONAL:
            raise BadArray(f"{name} is missing beside {path.name}")
    main = opened(path)
    widths = {"main": {"frame_positions": 3, "data": 1}.get(path.name), "t": 1, "address": 1, "src": 1,
              "q": 4, "v": 3, "gps": 2}  # fmt: skip
    for part, array in {"main": main, **beside}.items():
        wanted = widths[part]
        if (wanted is not None and array.num_columns != wanted) or (array.dtype.kind == "S") != (
            array.path.name == "data"
        ):
            raise BadArray(f"{array.path.name} has {array.num_columns} columns of {array.dtype}")
    if main.num_columns == 0:
        raise BadArray(f"{path.name} has no columns")
    return main, beside


def topic_of(source: SourceFile) -> str:
    """The name of the channel; raw CAN is told apart by bus later."""
    path = Path(source.path)
    if path.name == "frame_positions":
        return "global_pose"
    return "can" if path.parent.name.lower() == "raw_can" else f"{path.parent.parent.name}/{path.parent.name}"
