"""`longtail clip`: an event as a recording to watch."""

from pathlib import Path
from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json


def clip(
    event_id: Annotated[str, typer.Argument(help="Event id, or its first characters.", autocompletion=complete.events)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default: <event>.mcap or .rrd, here.")] = None,
    margin: Annotated[float, typer.Option("--margin", min=0.0, help="Seconds before and after the event.")] = 2.0,
    rrd: Annotated[bool, typer.Option("--rrd", help="A Rerun recording of boxes and metrics instead.")] = False,
    topics: Annotated[
        list[str] | None, typer.Option("--topics", "-t", help="Raw topics, comma-separated; default: all.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw/--no-raw", help="With the recorded messages.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Cut an event out of its drive: the raw messages around it, boxes of all objects, gap, TTC and speeds as signals.

    The MCAP file opens in Foxglove, Lichtblick and Rerun: boxes on /longtail/objects in the frame base_link (the actor
    coloured), /longtail/metrics to plot, start, peak and end on /longtail/marks.

    [dim]
    longtail clip 3f2a91c0d4 -o clip.mcap --margin 5

    longtail clip 3f2a91c0d4 --topics /sensing/camera/front/image/compressed

    longtail clip 3f2a91c0d4 --rrd
    [/dim]
    """
    from longtail import console
    from longtail.options import writable
    from longtail.progress import one_stage

    target = writable(out or Path(f"{event_id}.{'rrd' if rrd else 'mcap'}"), force)
    if rrd:
        from longtail.event_files.rerun_recording import write

        written = write(event_id, target, margin)
        if as_json:
            console.print_json(vars(written))
        else:
            console.out().print(f"{written.num_instants} instants, {written.num_tracks} objects in {written.path}")
            console.note(f"open it: rerun {written.path.name}")
        return
    from longtail.event_files.clip import clip as cut

    names = [name.strip() for part in topics or () for name in part.split(",") if name.strip()]
    with one_stage("clip") as on_message:
        done = cut(event_id, target, margin, names, raw, on_message)
    if as_json:
        console.print_json(vars(done))
        return
    console.out().print(
        f"{done.num_raw_messages} raw messages and {done.num_messages - done.num_raw_messages} of boxes and metrics, "
        f"{(done.end_ns - done.start_ns) / 1e9:.1f} s, in {done.path} ({done.num_bytes / 1e6:.1f} MB)"
    )
    for name in done.left_out:
        console.warn(f"{name} has no message payloads and is not part of it")
    console.note("open it in Foxglove or Lichtblick, or: rerun " + done.path.name)
