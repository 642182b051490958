"""ROS 2 message definitions, as embedded in a recording (encoding ros2msg), parsed into types."""

import re
from dataclasses import dataclass

from spark_jobs.readers.columns import DecodeError

MAX_DEPTH = 16
MAX_ARRAY_ITEMS = 4_096


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

_PRIMITIVES = {
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
_BUILTIN = {
    "builtin_interfaces/Time": "int32 sec\nuint32 nanosec",
    "builtin_interfaces/Duration": "int32 sec\nuint32 nanosec",
}
_FIELD = re.compile(
    r"(?P<type>[A-Za-z][\w/]*)(?:<=\d+)?(?P<array>\[(?:(?P<count>\d+)|<=\d+)?\])?\s+(?P<name>[A-Za-z]\w*)(?P<rest>.*)"
)
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
    definitions = dict(_BUILTIN)
    for part in parts:
        title, _, body = part.strip().partition("\n")
        if not title.startswith("MSG:"):
            raise DecodeError(f"definition of {name}: {title[:60]!r} does not name a message", "bad_schema")
        definitions[short_name(title[4:])] = body
    return _struct(short_name(name), root, definitions, 0)


def _struct(name: str, text: str, definitions: dict[str, str], depth: int) -> Struct:
    """The type `name` with the definition `text`."""
    if depth > MAX_DEPTH:
        raise DecodeError(f"definition of {name} is nested deeper than {MAX_DEPTH}", "bad_schema")
    fields: list[tuple[str, Type]] = []
    for line in text.splitlines():
        line = line.partition("#")[0].strip() if '"' not in line and "'" not in line else line.strip()
        match = _FIELD.fullmatch(line)
        if not line or line.startswith("#"):
            continue
        if match is None:
            raise DecodeError(f"definition of {name}: cannot read {line[:80]!r}", "bad_schema")
        if match["rest"].lstrip().startswith("=") and not match["array"]:
            continue  # a constant takes no bytes
        item = _item(name, match["type"], definitions, depth)
        if match["count"]:
            item = Array(item, int(match["count"]))
            if item.count > MAX_ARRAY_ITEMS:
                raise DecodeError(f"definition of {name}: an array of {item.count} items", "bad_schema")
        elif match["array"]:
            item = Sequence(item)
        fields.append((match["name"], item))
    # IDL knows no empty structure: the generators add one byte.
    return Struct(name, tuple(fields) or (("structure_needs_at_least_one_member", Primitive("u1", 1)),))


def _item(owner: str, type_name: str, definitions: dict[str, str], depth: int) -> Type:
    """The type that `type_name` means inside the definition of `owner`."""
    if type_name in _PRIMITIVES:
        code = _PRIMITIVES[type_name]
        return Primitive(code, int(code[1:]))
    if type_name == "string":
        return String()
    package = owner.partition("/")[0]
    name = short_name(type_name)
    candidates = [name] if "/" in name else [f"{package}/{name}", "std_msgs/Header" if name == "Header" else name]
    for candidate in candidates:
        if candidate in definitions:
            return _struct(candidate, definitions[candidate], definitions, depth + 1)
    raise DecodeError(f"definition of {owner}: type {type_name} is not defined in the recording", "bad_schema")
