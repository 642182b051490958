"""CDR and message definitions: any definition decodes as the official decoder says, and a broken one is refused."""

from typing import Any

import numpy as np
import pytest
from mcap_ros2._dynamic import generate_dynamic, serialize_dynamic

from spark_jobs.readers import cdr, ros2msg
from spark_jobs.readers.columns import Decoded, DecodeError, Text

SEPARATOR = "\n" + "=" * 80 + "\n"
DEFINITION = SEPARATOR.join(
    [
        """
# a comment, then constants, which take no bytes
uint8 KIND_A=1
string NAME="with # inside"
bool flag
test_msgs/Inner one
float32[3] triple
Inner[] many
string<=12 label
int8 small
uint16[<=4] shorts
float64 wide 1.5
string[] names
Inner[2] pair
int64 last
""",
        "MSG: test_msgs/Inner\nuint8 a\nstring text\nfloat64 b\nLeaf[] leaves\nuint32 c",
        "MSG: test_msgs/Leaf\nint16 d\nfloat64 e",
    ]
)
WANTED = (
    *("flag", "one.a", "one.text", "one.b", "one.c", "triple", "label", "small", "wide", "last"),
    *("many/a", "many/text", "many/b", "many/c", "many/leaves/d", "many/leaves/e", "one.leaves/d", "pair.1.c"),
)


def inner(rng: np.random.Generator) -> dict[str, Any]:
    leaves = [{"d": int(rng.integers(-9, 9)), "e": float(rng.normal())} for _ in range(int(rng.integers(0, 4)))]
    text = "é" * int(rng.integers(0, 9))
    return {"a": int(rng.integers(0, 255)), "text": text, "b": float(rng.normal()), "leaves": leaves, "c": 7}


def message(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "flag": bool(rng.integers(0, 2)),
        "one": inner(rng),
        "triple": [float(np.float32(value)) for value in rng.normal(size=3)],
        "many": [inner(rng) for _ in range(int(rng.integers(0, 5)))],
        "label": "l" * int(rng.integers(0, 12)),
        "small": int(rng.integers(-128, 127)),
        "shorts": [int(value) for value in rng.integers(0, 9, int(rng.integers(0, 5)))],
        "wide": float(rng.normal()),
        "names": ["n" * int(size) for size in rng.integers(0, 5, int(rng.integers(0, 4)))],
        "pair": [inner(rng), inner(rng)],
        "last": int(rng.integers(-(2**60), 2**60)),
    }


def decode(payloads: list[bytes], definition: str = DEFINITION, wanted: tuple[str, ...] = WANTED) -> Decoded:
    """The payloads lie in one buffer at odd offsets, as in a chunk."""
    blob, start = b"\xaa", []
    for payload in payloads:
        start.append(len(blob))
        blob += payload + b"\xbb\xbb\xbb"
    data = np.frombuffer(blob, np.uint8)
    steps = cdr.program(ros2msg.parse("test_msgs/msg/Test", definition), wanted)
    return cdr.decode(steps, data, np.array(start, np.int64), np.array([len(p) for p in payloads], np.int64))


def column(decoded: Decoded, level: str, path: str) -> list[Any]:
    values = decoded.level(level).columns.get(path, np.empty(0))
    return values.to_text().to_pylist() if isinstance(values, Text) else values.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_strings_lists_and_arrays_of_changing_length_decode_as_the_official_decoder_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    encode = serialize_dynamic("test_msgs/msg/Test", DEFINITION)["test_msgs/msg/Test"]
    payloads = [encode(message(rng)) for _ in range(40)]
    official = [generate_dynamic("test_msgs/msg/Test", DEFINITION)["test_msgs/msg/Test"](p) for p in payloads]
    decoded = decode(payloads)
    assert len(decoded.failed) == 0
    for path in ("flag", "small", "wide", "last", "label"):
        assert column(decoded, "", path) == [getattr(each, path) for each in official]
    assert column(decoded, "", "triple") == [list(each.triple) for each in official]
    for path in ("a", "text", "b", "c"):
        assert column(decoded, "", f"one.{path}") == [getattr(each.one, path) for each in official]
        assert column(decoded, "many", path) == [getattr(item, path) for each in official for item in each.many]
    many, leaves = decoded.level("many"), decoded.level("many/leaves")
    assert many.parent.tolist() == [row for row, each in enumerate(official) for _ in each.many]
    order = np.lexsort((leaves.position, leaves.parent))
    expected = [leaf.e for each in official for item in each.many for leaf in item.leaves]
    assert np.asarray(leaves.columns["e"])[order].tolist() == expected


def test_a_message_that_ends_early_fails_alone() -> None:
    rng = np.random.default_rng(1)
    encode = serialize_dynamic("test_msgs/msg/Test", DEFINITION)["test_msgs/msg/Test"]
    payloads = [encode(message(rng)) for _ in range(30)]
    whole = decode(payloads)
    for cut in range(0, len(payloads[7]), 3):
        damaged = [*payloads[:7], payloads[7][:cut], *payloads[8:]]
        decoded = decode(damaged)
        assert decoded.failed.tolist() == [7]
        kept = np.delete(np.arange(30), 7)
        assert decoded.messages.parent.tolist() == kept.tolist()
        assert column(decoded, "", "last") == np.asarray(whole.messages.columns["last"])[kept].tolist()
        parents = decoded.messages.parent[decoded.level("many").parent]
        assert 7 not in parents


def test_a_list_that_claims_more_than_its_message_holds_fails() -> None:
    payload = b"\x00\x01\x00\x00" + b"\xff\xff\xff\x7f" + bytes(40)
    decoded = decode([payload], "Leaf[] items" + SEPARATOR + "MSG: test_msgs/Leaf\nint16 d", ("items/d",))
    assert decoded.failed.tolist() == [0]


def test_big_endian_payloads_decode() -> None:
    payload = b"\x00\x00\x00\x00" + (5).to_bytes(4, "big") + np.array([1.5], ">f8").tobytes().rjust(12, b"\x00")
    decoded = decode([payload], "uint32 a\nfloat64 b", ("a", "b"))
    assert (column(decoded, "", "a"), column(decoded, "", "b")) == ([5], [1.5])


def test_a_field_that_a_newer_version_adds_does_no_harm() -> None:
    """The definition in the recording decides, so that a field in the middle moves the rest."""
    new = "uint32 a\nstring added\nfloat64 b"
    payload = serialize_dynamic("test_msgs/msg/Test", new)["test_msgs/msg/Test"]({"a": 1, "added": "xyz", "b": 2.5})
    decoded = decode([payload], new, ("a", "b", "gone"))
    assert (column(decoded, "", "a"), column(decoded, "", "b")) == ([1], [2.5])
    assert not decoded.messages.has("gone")


@pytest.mark.parametrize(
    "definition",
    [
        "wstring text",
        "other_msgs/Missing field",
        "uint8[99999999] huge",
        "float64",
        "Self again" + SEPARATOR + "MSG: test_msgs/Self\nSelf again",
        "uint8 a" + SEPARATOR + "no title\nuint8 b",
    ],
)
def test_a_definition_that_cannot_be_used_is_refused(definition: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        ros2msg.parse("test_msgs/msg/Test", definition)
    assert refusal.value.reason == "bad_schema"
