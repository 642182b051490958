"""ROS 2 message definitions in IDL, as embedded in a recording (encoding ros2idl), parsed by rosbags into types."""

import re

from rosbags.interfaces import Nodetype
from rosbags.interfaces.typing import FieldDesc, Typesdict
from rosbags.typesys import get_types_from_idl

from spark_jobs.readers.columns import DecodeError
from spark_jobs.readers.ros2msg import (
    BUILTIN,
    MAX_ARRAY_ITEMS,
    MAX_DEPTH,
    MAX_FIELDS,
    PADDING,
    PRIMITIVES,
    Array,
    Primitive,
    Sequence,
    String,
    Struct,
    Type,
    short_name,
)

_PART = re.compile(r"^=+\s*^IDL: *\S+\s*$", re.MULTILINE)
MAX_TEXT = 1 << 20


def parse(name: str, text: str) -> Struct:
    """The type of message `name`. `text` holds one or more IDL files, each under a line "IDL: pkg/msg/Type".

    Raises:
        DecodeError: not IDL as ROS 2 uses it, a type it names is missing, or one that is not supported (wstring).
    """
    if len(text) > MAX_TEXT:
        raise DecodeError(f"definition of {name}: {len(text)} characters", "bad_schema")
    types: Typesdict = {}
    for part in _PART.split(text):
        if part.strip():
            try:
                types.update(get_types_from_idl(part))
            except Exception as error:  # the parser raises whatever a broken text leads it into
                detail = f"definition of {name}: {type(error).__name__}: {error}"[:300]
                raise DecodeError(detail, "bad_schema") from error
    return _Parsing({short_name(key): fields for key, (_, fields) in types.items()}).struct(short_name(name), 0)


class _Parsing:
    """Types by short name, resolved against each other; all of them together have at most MAX_FIELDS fields."""

    def __init__(self, fields: dict[str, list[tuple[str, FieldDesc]]]) -> None:
        self.fields = fields
        self.num_fields = 0

    def struct(self, name: str, depth: int) -> Struct:
        """The type `name`, at `depth` of the message."""
        if depth > MAX_DEPTH:
            raise DecodeError(f"definition of {name} is nested deeper than {MAX_DEPTH}", "bad_schema")
        if name not in self.fields and name in BUILTIN:
            pairs = [line.split()[::-1] for line in BUILTIN[name].splitlines()]
            return Struct(name, tuple((field, _primitive(kind)) for field, kind in pairs))
        if name not in self.fields:
            raise DecodeError(f"type {name} is not defined in the recording", "bad_schema")
        self.num_fields += len(self.fields[name])
        if self.num_fields > MAX_FIELDS:
            raise DecodeError(f"definition of {name}: more than {MAX_FIELDS} fields", "bad_schema")
        found = tuple((field, self._item(kind, depth)) for field, kind in self.fields[name])
        return Struct(name, found or ((PADDING, Primitive("u1", 1)),))

    def _item(self, kind: FieldDesc, depth: int) -> Type:
        if kind[0] == Nodetype.NAME:
            return self.struct(short_name(kind[1]), depth + 1)
        if kind[0] == Nodetype.BASE:
            base, _ = kind[1]
            return String() if base == "string" else _primitive(base)
        inner, count = kind[1]
        item = self._item(inner, depth)
        if kind[0] == Nodetype.SEQUENCE:
            return Sequence(item)
        if count > MAX_ARRAY_ITEMS:
            raise DecodeError(f"an array of {count} items", "bad_schema")
        return Array(item, count)


def _primitive(name: str) -> Primitive:
    code = PRIMITIVES.get(name)
    if code is None:
        raise DecodeError(f"type {name} is not supported", "bad_schema")
    return Primitive(code, int(code[1:]))
