"""drive.json: what a drive says about itself. Everything is optional, unknown fields are kept, wrong ones are named."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class BadDeclaration(ValueError):  # noqa: N818 - reads as what it says
    """A drive.json that is not what docs/conventions.md describes; the message is one line."""


def _safe(name: str) -> str:
    if not SAFE_NAME.fullmatch(name):
        raise ValueError("only letters, digits, dot, dash and underscore, at most 128")
    return name


def _inside(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\0" in path or not path:
        raise ValueError("must stay inside the folder of the drive")
    return path


SafeName = Annotated[str, AfterValidator(_safe)]
InsidePath = Annotated[str, AfterValidator(_inside)]
Metres = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Vehicle(_Open):
    """The vehicle; the rear axle distances are measured from the ego origin and positive."""

    vehicle_id: str | None = None
    kind: Literal["car", "truck", "bus"] | None = None
    length_m: Metres | None = None
    width_m: Metres | None = None
    height_m: Metres | None = None
    wheelbase_m: Metres | None = None
    rear_axle_to_front_bumper_m: Metres | None = None
    rear_axle_to_rear_bumper_m: Metres | None = None


class TopicRule(_Open):
    """What a topic is. `fields` maps columns of the stream's bronze table to fields of a message type not known here,
    by dotted path: "pose.position.x", and "objects/pose.position.x" for the items of a list.
    """

    stream: str | None = None
    role: Literal["onboard", "reference"] | None = None
    side: str | None = None
    fields: Mapping[str, str] | None = None
    bus: int | None = Field(None, ge=0)
    is_received: bool | None = None
    velocity: Literal["over_ground"] | None = None
    host_vehicle_id: int | None = Field(None, ge=0)


class DeclaredFile(_Open):
    """A file that must be there. `messages` counts its records."""

    path: InsidePath
    bytes: int | None = Field(None, ge=0)
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")
    messages: int | None = Field(None, ge=0)


class DeclaredDbc(_Open):
    """A CAN database; `bus` None: for every bus."""

    path: InsidePath
    bus: int | None = Field(None, ge=0)


class Clock(_Open):
    """The epoch of log_time."""

    log_time: Literal["utc", "tai", "gps", "boot"] = "utc"


class Declaration(_Open):
    """A whole drive.json."""

    drive_id: SafeName | None = None
    project_id: SafeName | None = None
    site: str | None = None
    software_version: str | None = None
    started_at: datetime | None = None
    vehicle: Vehicle = Vehicle()
    files: tuple[DeclaredFile, ...] = ()
    topics: Mapping[str, TopicRule] = {}
    dbc: tuple[DeclaredDbc, ...] = ()
    clock: Clock = Clock()
    calibration: Mapping[str, Any] = {}

    def started_at_ns(self) -> int | None:
        """`started_at` in ns UTC; a time without a zone is taken as UTC. None: not declared."""
        if self.started_at is None:
            return None
        at = self.started_at if self.started_at.tzinfo else self.started_at.replace(tzinfo=UTC)
        since = at - datetime(1970, 1, 1, tzinfo=UTC)
        return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def parse_declaration(text: bytes) -> Declaration:
    """The declaration in `text`.

    Raises:
        BadDeclaration: not JSON, or a known field of a wrong type, an unsafe name, or a path that leaves the folder.
    """
    try:
        return Declaration.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadDeclaration(f"drive.json: {place}: {first['msg']}") from error
