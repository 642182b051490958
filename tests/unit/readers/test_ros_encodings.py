"""ROS 1, IDL and the other ways of CDR: what rosbags says about the same bytes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from spark_jobs.readers import cdr, ros1msg, ros2idl, ros2msg
from spark_jobs.readers.columns import Decoded, DecodeError, Text

SEPARATOR = "\n" + "=" * 80 + "\n"
ROS1 = SEPARATOR.join(
    [
        "# constants take no bytes\nuint8 A=1\nstring NAME=a # b\nHeader header\nbool flag\nfloat64 wide\n"
        "Leaf[] leaves\nstring label\nLeaf[2] pair\nfloat64[] numbers\nstring[] names\nduration took\nchar small\n"
        "Nothing[] none\nint64 last",
        "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id",
        "MSG: test_msgs/Leaf\nint16 d\nfloat64 e\nstring text",
        "MSG: test_msgs/Nothing\n# nothing",
    ]
)
IDL = "\n".join(
    [
        "=" * 80,
        "IDL: test_msgs/msg/Test",
        "module test_msgs { module msg { typedef double double__3[3];",
        "struct Test { boolean flag; double wide; sequence<test_msgs::msg::Leaf> leaves; string label; "
        "double__3 triple;",
        "sequence<double> numbers; int64 last; }; }; };",
        "=" * 80,
        "IDL: test_msgs/msg/Leaf",
        "module test_msgs { module msg { struct Leaf { int16 d; double e; string text; }; }; };",
    ]
)
WANTED = (
    *("header.seq", "header.stamp.sec", "header.stamp.nanosec", "header.frame_id", "flag", "wide", "label", "last"),
    *("leaves/d", "leaves/e", "leaves/text", "pair.1.text", "numbers/item", "names/item", "took.sec", "triple"),
)


def buffer(payloads: list[bytes]) -> tuple[Any, Any, Any]:
    """The payloads in one buffer at odd offsets, as in a chunk."""
    start = np.cumsum([1] + [len(payload) + 3 for payload in payloads])[:-1]
    data = b"\xaa" + b"".join(payload + b"\xbb\xbb\xbb" for payload in payloads)
    return np.frombuffer(data, np.uint8), start, np.array([len(payload) for payload in payloads], np.int64)


def column(decoded: Decoded, level: str, path: str) -> list[Any]:
    values = decoded.level(level).columns.get(path, np.empty(0))
    return values.to_text().to_pylist() if isinstance(values, Text) else np.asarray(values).tolist()


def leaves(store: Any, rng: np.random.Generator, count: int) -> list[Any]:
    kind = store.types["test_msgs/msg/Leaf"]
    return [kind(int(rng.integers(-9, 9)), float(rng.normal()), "é" * int(rng.integers(0, 4))) for _ in range(count)]


def ros1_messages(store: Any, count: int) -> Iterator[Any]:
    rng, types = np.random.default_rng(3), store.types
    for number in range(count):
        stamp = types["builtin_interfaces/msg/Time"](2_000_000_000, number)
        yield types["test_msgs/msg/Test"](
            header=types["std_msgs/msg/Header"](number, stamp, "f" * int(rng.integers(0, 5))),
            flag=bool(rng.integers(0, 2)),
            wide=float(rng.normal()),
            leaves=leaves(store, rng, int(rng.integers(0, 4))),
            label="l" * int(rng.integers(0, 9)),
            pair=leaves(store, rng, 2),
            numbers=rng.normal(size=int(rng.integers(0, 4))),
            names=["n" * int(size) for size in rng.integers(0, 5, int(rng.integers(0, 4)))],
            took=types["builtin_interfaces/msg/Duration"](-3, 5),
            small=number,
            none=[types["test_msgs/msg/Nothing"]()] * int(rng.integers(0, 3)),
            last=int(rng.integers(-(2**60), 2**60)),
        )


def test_ros1_messages_decode_as_rosbags_wrote_them() -> None:
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(ROS1, "test_msgs/msg/Test"))
    messages = list(ros1_messages(store, 40))
    payloads = [bytes(store.serialize_ros1(message, "test_msgs/msg/Test")) for message in messages]
    steps = cdr.program(ros1msg.parse("test_msgs/Test", ROS1), WANTED)
    decoded = cdr.decode(steps, *buffer(payloads), cdr.ROS1)
    assert len(decoded.failed) == 0
    for path in ("flag", "wide", "label", "last"):
        assert column(decoded, "", path) == [getattr(message, path) for message in messages]
    assert column(decoded, "", "header.stamp.sec") == [2_000_000_000] * 40
    assert column(decoded, "", "header.frame_id") == [message.header.frame_id for message in messages]
    assert column(decoded, "", "took.sec") == [-3] * 40
    assert column(decoded, "", "pair.1.text") == [message.pair[1].text for message in messages]
    for path in ("d", "e", "text"):
        assert column(decoded, "leaves", path) == [getattr(leaf, path) for each in messages for leaf in each.leaves]
    assert column(decoded, "numbers", "item") == [value for message in messages for value in message.numbers]
    assert column(decoded, "names", "item") == [name for message in messages for name in message.names]


def test_a_ros1_message_that_ends_early_fails_alone() -> None:
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(ROS1, "test_msgs/msg/Test"))
    payloads = [bytes(store.serialize_ros1(each, "test_msgs/msg/Test")) for each in ros1_messages(store, 9)]
    steps = cdr.program(ros1msg.parse("test_msgs/Test", ROS1), WANTED)
    for cut in range(0, len(payloads[4]), 5):
        damaged = [*payloads[:4], payloads[4][:cut], *payloads[5:]]
        assert cdr.decode(steps, *buffer(damaged), cdr.ROS1).failed.tolist() == [4]


@pytest.mark.parametrize("is_little_endian", [True, False])
def test_messages_with_an_idl_definition_decode_in_both_byte_orders(is_little_endian: bool) -> None:
    store = get_typestore(Stores.EMPTY)
    for part in IDL.split("=" * 80 + "\n")[1:]:
        store.register(get_types_from_idl(part.partition("\n")[2]))
    rng = np.random.default_rng(4)
    kind = store.types["test_msgs/msg/Test"]
    messages = []
    for number in range(40):
        lists = leaves(store, rng, number % 4), "l" * (number % 7), rng.normal(size=3), rng.normal(size=number % 3)
        messages.append(kind(number % 2 == 0, float(rng.normal()), *lists, -number))
    order = {"little_endian": is_little_endian}
    payloads = [bytes(store.serialize_cdr(message, "test_msgs/msg/Test", **order)) for message in messages]
    decoded = cdr.decode(cdr.program(ros2idl.parse("test_msgs/msg/Test", IDL), WANTED), *buffer(payloads))
    assert len(decoded.failed) == 0
    for path in ("flag", "wide", "label", "last"):
        assert column(decoded, "", path) == [getattr(message, path) for message in messages]
    assert column(decoded, "", "triple") == [message.triple.tolist() for message in messages]
    assert column(decoded, "numbers", "item") == [value for message in messages for value in message.numbers]
    for path in ("d", "e", "text"):
        assert column(decoded, "leaves", path) == [getattr(leaf, path) for each in messages for leaf in each.leaves]


def test_the_second_version_of_cdr_aligns_to_four_and_gives_sizes_of_lists() -> None:
    """By DDS-XTypes 1.3, 7.4.3: at most 4 bytes of alignment, a size before a list of structures, none for numbers."""
    text = "uint8 a\nfloat64 b\nLeaf[] many\nfloat64[] numbers\nLeaf[2] pair\nuint8 z" + SEPARATOR
    text += "MSG: test_msgs/Leaf\nuint8 c\nfloat64 d"
    f8 = lambda value: np.float64(value).tobytes()  # noqa: E731
    u4 = lambda value: np.uint32(value).tobytes()  # noqa: E731
    leaf = lambda c, d: bytes([c, 0, 0, 0]) + f8(d)  # noqa: E731
    payload = b"\x00\x07\x00\x00" + b"\x05\x00\x00\x00" + f8(1.5)
    payload += u4(4 + 24) + u4(2) + leaf(1, 2.5) + leaf(2, 3.5)
    payload += u4(1) + f8(4.5) + u4(24) + leaf(3, 5.5) + leaf(4, 6.5) + b"\x09"
    wanted = ("a", "b", "many/c", "many/d", "numbers/item", "pair.0.d", "pair.1.c", "z")
    decoded = cdr.decode(cdr.program(ros2msg.parse("test_msgs/msg/Test", text), wanted), *buffer([payload] * 3))
    assert len(decoded.failed) == 0
    found = {path: column(decoded, "", path)[1] for path in ("a", "b", "pair.0.d", "pair.1.c", "z")}
    assert found == {"a": 5, "b": 1.5, "pair.0.d": 5.5, "pair.1.c": 4, "z": 9}
    assert (column(decoded, "many", "d")[:2], column(decoded, "numbers", "item")) == ([2.5, 3.5], [4.5] * 3)


@pytest.mark.parametrize(
    "text",
    [
        "module a {",
        "module a { module msg { struct Other { double x; }; }; };",
        "module a { module msg { struct T { a::msg::T next; }; }; };",
        "module a { module msg { struct T { wstring x; }; }; };",
        "module a { module msg { struct T { double x[100000]; }; }; };",
        "(" * 50_000,
    ],
)
def test_an_idl_definition_that_cannot_be_used_is_a_bad_schema(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        ros2idl.parse("a/msg/T", text)
    assert caught.value.reason == "bad_schema"
