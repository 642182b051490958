"""`longtail export`: a recording again, from the index in bronze.messages and the payload bytes in the landed files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcap.writer import Writer

from longtail.query import sql
from longtail.scan import Bounds
from spark_jobs.export_merge import EVER, NEVER, Message, count, merged
from spark_jobs.export_sources import FORMATS, Definition, ExportError, check_unchanged, profile
from spark_jobs.readers.source import SourceFile

_FILES = """
    select file_id, project_id, drive_id, source_path, format, num_bytes
    from ops.ingest_ledger
    where drive_id = $drive and state in ('bronze', 'silver') and bronze_num_messages > 0
    order by min_log_time_ns, source_path
"""
_START = "select min(log_time_ns) as t from bronze.messages where drive_id = $drive"
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Exported:
    """What was written. `left_out`: files of the drive whose records are no payloads."""

    path: Path
    num_messages: int
    num_payload_bytes: int
    num_bytes: int
    left_out: tuple[str, ...]


def export_mcap(
    drive_id: str,
    out: Path,
    topics: Sequence[str] = (),
    start_s: float | None = None,
    end_s: float | None = None,
    on_message: Tell | None = None,
) -> Exported:
    """Write the messages of a drive to `out`, files merged by log time, each in the order it was recorded in.

    `topics` empty means all; `start_s` (included) and `end_s` (excluded) count from the first message of the drive.
    Memory: the chunk being read of each file that overlaps in time. `out` appears when it is whole.

    Raises:
        ExportError: no such drive, nothing to export, a raw file that is gone or changed, a payload that is not the
            one that was ingested.
    """
    sources, left_out = sources_of(drive_id)
    if not sources and not left_out:
        raise ExportError(f"the lake holds no messages of drive {drive_id}; `longtail status` shows what there is")
    if not sources:
        raise ExportError(f"drive {drive_id} has no payloads to export, only {', '.join(left_out)}; ask its tables")
    for number, source in enumerate(sources):
        if on_message:
            on_message(f"sha256 of {Path(source.path).name}", number, len(sources))
        check_unchanged(source)
    wanted = {"drive": drive_id, "topics": list(topics)} | _interval(drive_id, start_s, end_s)
    total = sum(count(source, wanted) for source in sources)
    if not total:
        raise ExportError("no message of the drive is in that time and on those topics")
    about = {"longtail": {"drive_id": drive_id, "sha256": " ".join(source.file_id for source in sources)}}
    counted = write_recording(out, shared_profile(sources), about, merged(sources, wanted), total, on_message)
    return Exported(out, *counted, out.stat().st_size, left_out)


def sources_of(drive_id: str) -> tuple[list[SourceFile], tuple[str, ...]]:
    """(the files of the drive whose records are payloads, the others as "name (format)"), oldest first."""
    files = [_source(row) for row in sql(_FILES, parameters={"drive": drive_id}).to_pylist()]
    left_out = tuple(f"{Path(each.path).name} ({each.format})" for each in files if each.format not in FORMATS)
    return [source for source in files if source.format in FORMATS], left_out


def shared_profile(sources: Sequence[SourceFile]) -> str:
    """The profile that all files have; empty when they differ."""
    profiles = {profile(source) for source in sources}
    return profiles.pop() if len(profiles) == 1 else ""


def _interval(drive_id: str, start_s: float | None, end_s: float | None) -> dict[str, int]:
    if start_s is None and end_s is None:
        return {"first": NEVER, "last": EVER}
    origin = sql(_START, parameters={"drive": drive_id}, bounds=Bounds(drive_id)).column("t")[0].as_py()
    last = EVER if end_s is None else origin + round(end_s * 1e9)
    return {"first": origin + round((start_s or 0.0) * 1e9), "last": last}


def write_recording(
    out: Path,
    profile_name: str,
    about: dict[str, dict[str, str]],
    messages: Iterable[Message],
    total: int,
    tell: Tell | None,
) -> tuple[int, int]:
    """(messages, payload bytes) written to `out`, which appears when it is whole. `about`: its metadata records.

    Raises:
        ExportError: there were not `total` messages.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        counted = _write(part, profile_name, about, messages, total, tell)
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return counted


def _write(
    path: Path,
    profile_name: str,
    about: dict[str, dict[str, str]],
    messages: Iterable[Message],
    total: int,
    tell: Tell | None,
) -> tuple[int, int]:
    channels: dict[Definition, int] = {}
    schemas: dict[tuple[str, str, bytes], int] = {}
    num_messages = num_bytes = 0
    with path.open("wb") as stream:
        writer = Writer(stream)
        writer.start(profile=profile_name, library="longtail")
        for name, values in about.items():
            writer.add_metadata(name, values)
        for log_time, publish_time, sequence, definition, payload in messages:
            if definition not in channels:
                channels[definition] = _register(writer, schemas, definition)
            writer.add_message(channels[definition], log_time, payload, publish_time, sequence)
            num_messages, num_bytes = num_messages + 1, num_bytes + len(payload)
            if tell and num_messages % 1000 == 0:
                tell(definition.topic, num_messages, total)
        writer.finish()
    if num_messages != total:
        raise ExportError(f"{total} messages are in the index, {num_messages} were found in the raw files")
    return num_messages, num_bytes


def _register(writer: Writer, schemas: dict[tuple[str, str, bytes], int], definition: Definition) -> int:
    """The channel of `definition`; equal schemas are written once, none where the source has none."""
    schema = definition.schema_name, definition.schema_encoding, definition.schema_data
    if schema not in schemas:
        schemas[schema] = writer.register_schema(*schema) if any(schema) else 0
    return int(
        writer.register_channel(
            definition.topic, definition.message_encoding, schemas[schema], dict(definition.metadata)
        )
    )


def _source(row: dict[str, Any]) -> SourceFile:
    names = ("file_id", "project_id", "drive_id", "format", "num_bytes")
    return SourceFile(path=row["source_path"], **{name: row[name] for name in names})
