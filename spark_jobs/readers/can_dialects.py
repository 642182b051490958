"""The text formats of bus logs: their headers, which lines are records, and the time of a line in exact nanoseconds."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from spark_jobs.readers.can_times import S_NS, asc_date_ns, days_ns, decimal_ns, utc_ns

LOCAL = "the header gives a time without a zone; taken as UTC"


class Dialect(Protocol):
    """What one format of log says. `start_ns`: when its times begin, ns UTC, None when it does not say.

    `zone` is what must be said about the time zone, "" when nothing.
    """

    start_ns: int | None
    zone: str

    def takes_header(self, text: str) -> bool:
        """True when `text` is a line of the header; what it says is kept."""

    def check(self, text: str) -> None:
        """ValueError unless the header, or `text`, the first line behind it, is of this format."""

    def prologue(self) -> Sequence[str]:
        """The header that python-can is to see."""

    def reader(self, feed: Any) -> Any:
        """python-can's reader of `feed`."""

    def is_comment(self, text: str) -> bool:
        """True for a line that is no record."""

    def is_event(self, text: str) -> bool:
        """True for a record that python-can passed over and that is no frame; False for a frame it could not read."""

    def event_name(self, text: str) -> str:
        """What such a record is called."""

    def time_ns(self, text: str) -> int | None:
        """The time of a record. Called once per record in file order; None when it has none."""

    def adjust(self, frame: Any) -> None:
        """Make the channel of a frame 0-based."""


class Asc:
    """Vector ASC. Times count from the last trigger block, or with `timestamps relative` from the record before."""

    _EVENT = re.compile(r"\d+\.\d+\s+\S")
    _FRAME = re.compile(r"\d+\.\d+\s+(?:CANFD\s+\d+|\d+\s+\w+)\s+(?:Rx|Tx|TxRq)\b")
    _HEADER = re.compile(r"(date|base|(?:no\s+)?internal\s+events\s+logged|//|$)", re.IGNORECASE)
    _TRIGGER = re.compile(r"(begin|end)\s+triggerblock\b(.*)", re.IGNORECASE)
    zone = LOCAL

    def __init__(self) -> None:
        self.start_ns: int | None = None
        self._base, self._is_relative, self._last_ns, self._has_header = "hex", False, 0, False

    def takes_header(self, text: str) -> bool:
        found = self._HEADER.match(text)
        if found is None:
            return False
        words = text.lower().split()
        if found[1].lower() == "date":
            self.start_ns, self._has_header = asc_date_ns(text[4:]), True
        elif found[1].lower() == "base":
            self._base, self._has_header = ("dec" if "dec" in words[:2] else "hex"), True
            self._is_relative = "relative" in words
        return True

    def check(self, text: str) -> None:
        if not self._has_header and not self._EVENT.match(text) and not self._TRIGGER.match(text):
            raise ValueError(f"no header of an ASC log, but {text[:60]!r}")

    def prologue(self) -> Sequence[str]:
        return (f"base {self._base}  timestamps absolute", "no internal events logged")

    def reader(self, feed: Any) -> Any:
        from can.io.asc import ASCReader

        return ASCReader(feed, relative_timestamp=True)

    def is_comment(self, text: str) -> bool:
        if trigger := self._TRIGGER.match(text):
            if (began := asc_date_ns(trigger[2])) is not None:
                self.start_ns, self._last_ns = began, 0
            return True
        return text.endswith("Start of measurement") or self._HEADER.match(text) is not None

    def is_event(self, text: str) -> bool:
        return self._EVENT.match(text) is not None and self._FRAME.match(text) is None

    def event_name(self, text: str) -> str:
        return "asc_event"

    def time_ns(self, text: str) -> int | None:
        own = decimal_ns(text.split(None, 1)[0], S_NS)
        if own is None:
            return None
        if self._is_relative:
            own = self._last_ns = self._last_ns + own
        return own + (self.start_ns or 0)

    def adjust(self, frame: Any) -> None:
        """python-can counts from 0 already."""


class Trc:
    """PEAK TRC, versions 1.0 to 2.1. Times are milliseconds since the start in the header."""

    _EVENT = re.compile(r"\d+\)?\s+\d+(?:\.\d+)?\s+\S")
    _FRAME_TYPES: ClassVar = {"Rx", "Tx", "DT", "FD", "FB", "FE", "BI", "RR"}
    _BUS_INFO = re.compile(r"\d+\)?\s+\d+(?:\.\d+)?\s+FFFFFFFF\b")
    _STARTED = re.compile(r";\s+Start time:\s+(\d+)\.(\d+)\.(\d+) (\d+):(\d+):(\d+)\.(\d{3})(?:\.(\d{1,3}))?")
    zone = LOCAL

    def __init__(self) -> None:
        self.start_ns: int | None = None
        self._facts: dict[str, str] = {}

    def takes_header(self, text: str) -> bool:
        if text.startswith(";$"):
            name, _, value = text[2:].partition("=")
            self._facts[name] = value
        elif (found := self._STARTED.match(text)) and self.start_ns is None:
            day, month, year, hour, minute, second, milli = map(int, found.groups()[:7])
            self.start_ns = utc_ns(year, month, day, hour, minute, second, milli * 1_000_000)
        if text.startswith(";$STARTTIME"):
            self.start_ns = days_ns(self._facts["STARTTIME"])
        return text.startswith(";") or not text

    def check(self, text: str) -> None:
        if self._version not in ("1.0", "1.1", "1.3", "2.0", "2.1"):
            raise ValueError(f"TRC version {self._version[:20]}")
        if self._version >= "2" and not {"O", "T", "I", "d", "D"} <= set(self._columns):
            raise ValueError("a TRC log of version 2 without its columns")
        if not self._facts and self.start_ns is None and text and not self._EVENT.match(text):
            raise ValueError(f"no header of a TRC log, but {text[:60]!r}")

    @property
    def _version(self) -> str:
        return self._facts.get("FILEVERSION", "1.0")

    @property
    def _columns(self) -> list[str]:
        return self._facts.get("COLUMNS", "N,O").split(",")

    def prologue(self) -> Sequence[str]:
        return [f";${name}={self._facts[name]}" for name in ("FILEVERSION", "COLUMNS") if name in self._facts]

    def reader(self, feed: Any) -> Any:
        from can.io.trc import TRCReader

        return TRCReader(feed)

    def is_comment(self, text: str) -> bool:
        return not text or text.startswith(";")

    def is_event(self, text: str) -> bool:
        if self._version == "1.0":
            return self._BUS_INFO.match(text) is not None
        return self._EVENT.match(text) is not None and self._type_of(text) not in (None, *self._FRAME_TYPES)

    def event_name(self, text: str) -> str:
        return "CAN_ErrorFrame" if self._type_of(text) in ("Error", "ER") else "trc_event"

    def _type_of(self, text: str) -> str | None:
        fields = text.split()
        at = {"1.0": None, "1.1": 2, "1.3": 3}.get(
            self._version, self._columns.index("T") if "T" in self._columns else None
        )
        return fields[at] if at is not None and at < len(fields) else None

    def time_ns(self, text: str) -> int | None:
        fields, at = text.split(), self._columns.index("O")
        own = decimal_ns(fields[at], 1_000_000) if at < len(fields) else None
        return None if own is None else own + (self.start_ns or 0)

    def adjust(self, frame: Any) -> None:
        frame.channel -= 1


class Candump:
    """`candump -l` of can-utils: (seconds since 1970) interface id#data."""

    start_ns: int | None = 0
    zone = ""

    def takes_header(self, text: str) -> bool:
        return not text

    def check(self, text: str) -> None:
        if not text.startswith("("):
            raise ValueError(f"no line of candump: {text[:60]!r}")

    def prologue(self) -> Sequence[str]:
        return ()

    def reader(self, feed: Any) -> Any:
        from can.io.canutils import CanutilsLogReader

        return CanutilsLogReader(feed)

    def is_comment(self, text: str) -> bool:
        return not text

    def is_event(self, text: str) -> bool:
        return False

    def event_name(self, text: str) -> str:
        return ""

    def time_ns(self, text: str) -> int | None:
        return decimal_ns(text[1 : text.find(")")], S_NS)

    def adjust(self, frame: Any) -> None:
        """Interfaces keep their names."""


def dialect_of(name: str) -> Dialect:
    """A fresh dialect for the format `name`: asc, trc or candump."""
    dialects: dict[str, type[Dialect]] = {"asc": Asc, "trc": Trc, "candump": Candump}
    return dialects[name]()
