"""Longtail: the front door. `import longtail` gives the SDK; each name is loaded when it is first used.

import longtail
longtail.sql("select drive_id, count(*) from silver.ego_motion group by all", as_="polars")
longtail.events(scenario="cut_in", severity="critical")
longtail.slice("drive-0001", 10.0, 20.0, table="silver.object_tracks")
longtail.plot("3f2a...", "event.png")
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longtail.lake import open_table, tables
    from longtail.picture import plot
    from longtail.query import sql
    from longtail.slices import event, events
    from longtail.slices import slice_ as slice

__version__ = "0.1.0"

_WHERE = {
    "event": ("longtail.slices", "event"),
    "events": ("longtail.slices", "events"),
    "open_table": ("longtail.lake", "open_table"),
    "plot": ("longtail.picture", "plot"),
    "slice": ("longtail.slices", "slice_"),
    "sql": ("longtail.query", "sql"),
    "tables": ("longtail.lake", "tables"),
}
__all__ = ["__version__", "event", "events", "open_table", "plot", "slice", "sql", "tables"]


def __getattr__(name: str) -> object:
    """Load `name` on first use, so that `import longtail` stays instant."""
    if name not in _WHERE:
        raise AttributeError(f"module 'longtail' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """The SDK, for tab completion."""
    return sorted(__all__)
