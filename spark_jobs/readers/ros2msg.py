"""ROS 2 message definitions, as embedded in a recording (encoding ros2msg), parsed into types."""

import re
from dataclasses import dataclass

from spark_jobs.readers.columns import DecodeError

MAX_DEPTH = 16
MAX_ARRAY_ITEMS = 4_096
MAX_FIELDS = 20_000
"""Fields of a message with all types that it holds: definitions that multiply on each level stop here."""


@dataclass(frozen=True)
class Primitive:
    """A number of `size` bytes, aligned to its size; `code` is its numpy code without byte order ("f8")."""

    code: str
    size: int


@dataclass(frozen=True)
class String:
    """Length, bytes and a closing zero."""


@dataclass(frozen=True)
class Struct:
    """Fields in the order they are written."""

    name: str
    fields: "tuple[tuple[str, Type], ...]"


@dataclass(frozen=True)
class Array:
    """A fixed number of items, without a count."""

    item: "Type"
    count: int


@dataclass(frozen=True)
class Sequence:
    """A count and that many items."""

    item: "Type"


Type = Primitive | String | Struct | Array | Sequence

PRIMITIVES = {
    "bool": "u1",
    "byte": "u1",
    "char": "u1",
    "int8": "i1",
    "uint8": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "int64": "i8",
    "uint64": "u8",
    "float32": "f4",
    "float64": "f8",
}
BUILTIN = {
    "builtin_interfaces/Time": "int32 sec\nuint32 nanosec",
    "builtin_interfaces/Duration": "int32 sec\nuint32 nanosec",
    "time": "uint32 sec\nuint32 nanosec",  # both of ROS 1, under the names that ROS 2 gives their parts
    "duration": "int32 sec\nint32 nanosec",
}
_FIELD = re.compile(
    r"(?P<type>[A-Za-z][\w/]*)(?:<=\d+)?(?P<array>\[(?:(?P<count>\d+)|<=\d+)?\])?\s+(?P<name>[A-Za-z]\w*)(?P<rest>.*)"
)
PADDING = "structure_needs_at_least_one_member"
_SEPARATOR = re.compile(r"^=+\s*$", re.MULTILINE)


def short_name(name: str) -> str:
    """The type name without the interface kind: both pkg/msg/Type and pkg/Type give pkg/Type."""
    return re.sub(r"/(msg|srv|action)/", "/", name.strip())


def parse(name: str, text: str) -> Struct:
    """The type of message `name`, whose definition with all it depends on is `text`.

    Raises:
        DecodeError: not a definition, a type it names is missing, or one that is not supported (wstring).
    """
    root, *parts = _SEPARATOR.split(text)
    definitions = dict(BUILTIN)
    for part in parts:
        title, _, body = part.strip().partition("\n")
        if not title.startswith("MSG:"):
            raise DecodeError(f"definition of {name}: {title[:60]!r} does not name a message", "bad_schema")
        definitions[short_name(title[4:])] = body
    return _struct(short_name(name), root, definitions, 0, {})


def _struct(
    name: str, text: str, definitions: dict[str, str], depth: int, known: dict[str, tuple[Struct, int]]
) -> Struct:
    """The type `name` with the definition `text`; `known` holds types that were read before, and their fields."""
    if depth > MAX_DEPTH:
        raise DecodeError(f"definition of {name} is nested deeper than {MAX_DEPTH}", "bad_schema")
    fields: list[tuple[str, Type]] = []
    num_fields = 0
    for line in text.splitlines():
        line = line.partition("#")[0].strip() if '"' not in line and "'" not in line else line.strip()
        match = _FIELD.fullmatch(line)
        if not line or line.startswith("#"):
            continue
        if match is None:
            raise DecodeError(f"definition of {name}: cannot read {line[:80]!r}", "bad_schema")
        if match["rest"].lstrip().startswith("=") and not match["array"]:
            continue  # a constant takes no bytes
        item = _item(name, match["type"], definitions, depth, known)
        num_fields += known[item.name][1] * int(match["count"] or 1) if isinstance(item, Struct) else 1
        if num_fields > MAX_FIELDS:
            raise DecodeError(f"definition of {name}: more than {MAX_FIELDS} fields", "bad_schema")
        if match["count"]:
            item = Array(item, int(match["count"]))
            if item.count > MAX_ARRAY_ITEMS:
                raise DecodeError(f"definition of {name}: an array of {item.count} items", "bad_schema")
        elif match["array"]:
            item = Sequence(item)
        fields.append((match["name"], item))
    # IDL knows no empty structure: the generators add a field of one byte.
    struct = Struct(name, tuple(fields) or ((PADDING, Primitive("u1", 1)),))
    known[name] = struct, max(num_fields, 1)
    return struct


def _item(
    owner: str, type_name: str, definitions: dict[str, str], depth: int, known: dict[str, tuple[Struct, int]]
) -> Type:
    """The type that `type_name` means inside the definition of `owner`."""
    if type_name in PRIMITIVES:
        code = PRIMITIVES[type_name]
        return Primitive(code, int(code[1:]))
    if type_name == "string":
        return String()
    package = owner.partition("/")[0]
    name = short_name(type_name)
    candidates = [name] if "/" in name else [f"{package}/{name}", "std_msgs/Header" if name == "Header" else name]
    for candidate in candidates:
        if candidate in known:
            return known[candidate][0]
        if candidate in definitions:
            return _struct(candidate, definitions[candidate], definitions, depth + 1, known)
    raise DecodeError(f"definition of {owner}: type {type_name} is not defined in the recording", "bad_schema")
