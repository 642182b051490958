"""`longtail clip`: an event as an MCAP recording: its raw messages, and boxes, metrics and marks from the lake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any

from longtail.event_files import metrics_message, scene_messages
from longtail.event_files.window import Window, window
from longtail.query import sql
from longtail.scan import Bounds
from spark_jobs.export import Tell, shared_profile, sources_of, write_recording
from spark_jobs.export_merge import Message, count, merged
from spark_jobs.export_sources import Definition, ExportError
from spark_jobs.readers.source import SourceFile

BOXES, METRICS, MARKS = "/longtail/objects", "/longtail/metrics", "/longtail/marks"
EVENT, TRANSFORM = "/longtail/event", "/tf_longtail"
_TRANSFORMS = ("tf2_msgs/msg/TFMessage", "tf2_msgs/TFMessage", "foxglove.FrameTransform", "foxglove.FrameTransforms")
_HAS_TRANSFORMS = (
    "select count(*) as n from bronze.messages where drive_id = $drive and list_contains($types, schema_name)"
)
_OFFSETS = """
    select distinct messages.file_id, models.log_offset_ns
    from (select distinct drive_id, file_id, topic from bronze.messages where drive_id = $drive) as messages
    inner join silver.clock_models as models using (drive_id, topic)
    where models.t_start_ns <= $end_ns and models.t_end_ns >= $start_ns and models.log_offset_ns <> 0
"""


@dataclass(frozen=True)
class Clip:
    """What was written. `left_out`: files of the drive whose records are no payloads; their rows are in the lake."""

    event_id: str
    path: Path
    start_ns: int
    end_ns: int
    num_raw_messages: int
    num_messages: int
    num_bytes: int
    left_out: tuple[str, ...]


def clip(
    event_id: str,
    out: Path,
    margin_s: float = 2.0,
    topics: Sequence[str] = (),
    has_raw: bool = True,
    on_message: Tell | None = None,
) -> Clip:
    """Write an event with `margin_s` before and after to `out`, everything on the reference clock of the drive (UTC).

    Raw messages: payload, publish time and sequence as recorded, of `topics` or all; log time too, unless the
    recorder's clock was no UTC: then the offset that silver found is added (metadata record longtail.clock). Payloads
    are compared with their CRCs in the index.

    Raises:
        QueryError: no such event.
        ExportError: a raw file that is gone or changed.
    """
    shown = window(event_id, margin_s)
    own = derived(shown)
    found, left_out = sources_of(shown.event["drive_id"]) if has_raw else ([], ())
    offsets = log_offsets(shown) if found else {}
    parts = [(source, _wanted(shown, topics, offsets.get(source.file_id, 0))) for source in found]
    counts = [count(source, wanted) for source, wanted in parts]
    parts = [part for part, number in zip(parts, counts, strict=True) if number]
    for source, _ in parts:
        _check_there(source)
    streams = [_shifted(merged([source], wanted), offsets.get(source.file_id, 0)) for source, wanted in parts]
    total = sum(counts) + len(own)
    profile = shared_profile([source for source, _ in parts])
    messages = merge(*streams, own, key=lambda message: message[0])
    write_recording(out, profile, _about(shown, offsets), messages, total, on_message)
    size = out.stat().st_size
    return Clip(shown.event["event_id"], out, shown.start_ns, shown.end_ns, sum(counts), total, size, left_out)


def derived(shown: Window) -> list[Message]:
    """Boxes, transforms, metrics, the event and its marks, in log time order; log time is when it was true."""
    schemas = scene_messages.schemas()

    def channel(topic: str, name: str, schema: bytes | None = None) -> Definition:
        return Definition(topic, "protobuf", name, "protobuf", schema or schemas[name])

    objects, transforms = channel(BOXES, "foxglove.SceneUpdate"), channel(TRANSFORM, "foxglove.FrameTransform")
    signals = channel(METRICS, metrics_message.NAME, metrics_message.schema())
    logs, event = channel(MARKS, "foxglove.Log"), channel(EVENT, "foxglove.Event")
    found = [(t_ns, objects, scene_messages.boxes(shown, t_ns, rows)) for t_ns, rows in shown.by_instant().items()]
    found += [(row["t_ns"], signals, metrics_message.encoded(row)) for row in metrics_message.metrics(shown)]
    if not _has_transforms(shown):
        poses = ((row["t_ns"], transforms, scene_messages.transform(row)) for row in shown.ego)
        found += [(t_ns, definition, payload) for t_ns, definition, payload in poses if payload is not None]
    found += [(t_ns, logs, scene_messages.mark(shown, name, t_ns)) for name, t_ns in shown.moments().items()]
    found.append((shown.event["t_start_ns"], event, scene_messages.interval(shown)))
    found.sort(key=lambda each: each[0])
    sequence: dict[str, int] = {}
    messages = []
    for t_ns, definition, payload in found:
        sequence[definition.topic] = sequence.get(definition.topic, 0) + 1
        messages.append((t_ns, t_ns, sequence[definition.topic], definition, payload))
    return messages


def log_offsets(shown: Window) -> dict[str, int]:
    """{file_id: reference time minus log time as recorded, ns} of files whose log time is no UTC."""
    values = {"drive": shown.event["drive_id"], "start_ns": shown.start_ns, "end_ns": shown.end_ns}
    rows = sql(_OFFSETS, parameters=values, bounds=Bounds(shown.event["drive_id"])).to_pylist()
    return {row["file_id"]: row["log_offset_ns"] for row in rows}


def _has_transforms(shown: Window) -> bool:
    """True when the recording has a tree of its own, of which base_link is a part: it may have one parent only."""
    values = {"drive": shown.event["drive_id"], "types": list(_TRANSFORMS)}
    return bool(sql(_HAS_TRANSFORMS, parameters=values, bounds=Bounds(shown.event["drive_id"])).column("n")[0].as_py())


def _wanted(shown: Window, topics: Sequence[str], offset_ns: int) -> dict[str, Any]:
    first, last = shown.start_ns - offset_ns, shown.end_ns - offset_ns + 1
    return {"drive": shown.event["drive_id"], "topics": list(topics), "first": first, "last": last}


def _shifted(messages: Iterator[Message], offset_ns: int) -> Iterator[Message]:
    for log_time, publish_time, sequence, definition, payload in messages:
        yield log_time + offset_ns, publish_time, sequence, definition, payload


def _check_there(source: SourceFile) -> None:
    """The size is compared; a hash of the whole file would cost more than the clip, and payloads have CRCs."""
    path, way_out = Path(source.path), "restore the file, or --no-raw for boxes and metrics alone"
    if not path.is_file():
        raise ExportError(f"{path} is gone: the lake holds where its payloads are, not the bytes; {way_out}")
    if path.stat().st_size != source.num_bytes:
        raise ExportError(f"{path} is not the file that was ingested, its size is another; {way_out}")


def _about(shown: Window, offsets: dict[str, int]) -> dict[str, dict[str, str]]:
    about = {"longtail.event": scene_messages.texts(shown.event)}
    if offsets:
        about["longtail.clock"] = {f"log_offset_ns {file_id}": str(value) for file_id, value in offsets.items()}
    return about
