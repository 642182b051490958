"""Closed-form drives beside those of a small fleet: what its roads and its traffic do not have happens in these."""

from pathlib import Path

from tests.unit.dbt import buses, drives, mapped, planted, told

STORIES = ("eventful", "queue")
PLANTED = (
    "walker-on-the-zebra",
    "much-too-fast",
    "left-after-oncoming",
    "ramp-behind-another",
    "back",
)


def append_to(root: Path) -> None:
    """Add them to the silver tables of the lake at `root`."""
    parts = [part for name in STORIES for part in told.drive(name)]
    parts += [part for name in PLANTED for part in mapped.drive(name, planted.T, *planted.PLANTED[name])]
    drives.write_lake(root, [*parts, *buses.automated_drive()], mode="append")
