"""A safe reader of CommonRoad XML: expat, no document type, no entities, bounded depth and counts."""

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

MAX_DEPTH = 64
MAX_ELEMENTS = 20_000_000
MAX_TEXT = 4096  # one value; names and numbers are short


class BadXml(ValueError):  # noqa: N818 - reads as what it says
    """The file is no CommonRoad XML, or more than is read; the message is one line, `byte_offset` where it stopped."""

    def __init__(self, why: str, byte_offset: int = 0) -> None:
        super().__init__(why)
        self.byte_offset = byte_offset


@dataclass
class Element:
    """An element with what is under it; `offset` is the byte it starts at, `end` the byte after it."""

    name: str
    attributes: dict[str, str]
    offset: int
    end: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, name: str) -> list["Element"]:
        """The children called `name`."""
        return [child for child in self.children if child.name == name]

    def at(self, *names: str) -> "Element | None":
        """The first element along a path of names; None when there is none."""
        found: Element | None = self
        for name in names:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def number(self, *names: str) -> float | None:
        """The number at a path; None when there is no such element.

        Raises:
            ValueError: there is, but it holds no number.
        """
        found = self.at(*names)
        return None if found is None else float(found.text)


def root_attributes(path: str) -> dict[str, str]:
    """The attributes of the root, from the first 64 KiB of the file.

    Raises:
        BadXml: no XML, or its root is not commonRoad.
        OSError: the file cannot be opened.
    """
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    with Path(path).open("rb") as file:
        try:
            parser.Parse(file.read(65_536), False)
        except (expat.ExpatError, ValueError) as error:
            if not found:
                raise BadXml(str(error)) from error
    if not found or found[0][0] != "commonRoad":
        raise BadXml("the root element is not commonRoad")
    return found[0][1]


def parse(path: str) -> Element:
    """The whole tree of the file at `path`.

    Raises:
        BadXml: not well formed, a document type or an entity in it, too deep or too many elements.
        OSError: the file cannot be opened.
    """
    parser = _parser()
    stack = [Element("", {}, 0)]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > MAX_DEPTH or count > MAX_ELEMENTS:
            raise BadXml(f"more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements", parser.CurrentByteIndex)
        element = Element(name, attributes, parser.CurrentByteIndex)
        stack[-1].children.append(element)
        stack.append(element)

    def end(name: str) -> None:
        stack[-1].end = parser.CurrentByteIndex + len(f"</{name}>")
        stack.pop()

    def text(data: str) -> None:
        element = stack[-1]
        if len(element.text) + len(data) <= MAX_TEXT:
            element.text += data

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.buffer_text = True
    with Path(path).open("rb") as file:
        try:
            parser.ParseFile(file)
        except expat.ExpatError as error:
            raise BadXml(str(error), parser.CurrentByteIndex) from error
    return stack[0].children[0]


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise BadXml("it declares a document type or an entity, which a scenario has no use for")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser
