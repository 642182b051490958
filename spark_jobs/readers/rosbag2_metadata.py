"""metadata.yaml of a ROS 2 bag: which files belong to it and how many messages they hold together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml  # type: ignore[import-untyped]

from spark_jobs.readers.source import FilePlan, Problem, SourceFile, TopicCount

_MAX_BYTES = 4 << 20
_ROOT = "rosbag2_bagfile_information"


class MetadataError(ValueError):
    """The file is not the metadata of a bag."""


@dataclass(frozen=True)
class Metadata:
    """What the recorder says. `parts` are file names without folders; `part_counts` those it gives messages for."""

    parts: tuple[str, ...]
    num_messages: int
    topics: Mapping[str, TopicCount]
    part_counts: Mapping[str, int]


def load(path: Path) -> Metadata:
    """The metadata in `path`.

    Raises:
        MetadataError: too large, not YAML, or not what rosbag2 writes.
        OSError: it cannot be read.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise MetadataError(f"{path.name} is larger than {_MAX_BYTES} bytes")
    try:
        found = yaml.safe_load(path.read_bytes())[_ROOT]
        topics: dict[str, TopicCount] = {}
        for each in found.get("topics_with_message_count") or []:
            name, count = _text(each["topic_metadata"]["name"]), _count(each)
            topics[name] = TopicCount(count + (topics[name].num_messages if name in topics else 0))
        parts = tuple(PurePosixPath(_text(name)).name for name in found["relative_file_paths"])
        files = {PurePosixPath(_text(each["path"])).name: _count(each) for each in found.get("files") or []}
        return Metadata(parts, _count(found), topics, files)
    except (yaml.YAMLError, RecursionError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MetadataError(f"{path.name}: {type(error).__name__}: {error}"[:300]) from error


def _text(value: object) -> str:
    """A text as it is: the text of a list that names itself a thousandfold would not fit into memory."""
    if not isinstance(value, str):
        raise TypeError("a name is no text")
    return value


def _count(holder: Mapping[str, Any]) -> int:
    return int(holder["message_count"])


def beside(path: Path) -> Metadata | None:
    """The metadata of the bag that the file `path` is a part of; None: there is none that names it."""
    try:
        found = load(path.with_name("metadata.yaml"))
    except (OSError, MetadataError):
        return None  # the metadata file has a plan of its own, which says what is wrong with it
    return found if path.name in found.parts else None


def plan(source: SourceFile) -> FilePlan:
    """No tasks: the file has no messages. A part that is missing is a problem, whatever the other parts hold."""
    path = Path(source.path)
    try:
        found = load(path)
    except (OSError, MetadataError) as error:
        return FilePlan(source, [], problems=[Problem("bad_metadata", str(error), byte_offset=0)])
    missing = [part for part in found.parts if not path.with_name(part).exists()]
    lost = sum(found.part_counts.get(part, 0) for part in missing)
    detail = f"{path.name} names {', '.join(missing)[:300]}, not there; all parts hold {found.num_messages} message(s)"
    return FilePlan(source, [], problems=[Problem("missing_part", detail, num_messages=lost)] if missing else [])
