"""The stories through silver: rows for a lake, of each story as it is or as it is told in another world."""

from spark_jobs.silver.drive import build_drive
from tests.unit.dbt import drives, more_stories, stories
from tests.unit.dbt.stories import User, World

STORIES: dict[str, dict[str, User]] = {
    "eventful": stories.story(is_eventful=True), "calm": stories.story(is_eventful=False),
    "beside": more_stories.beside(), "queue": more_stories.queue(),
    "leaving": more_stories.leaving(), "steep": more_stories.steep(),
}  # fmt: skip
AS_IT_IS = World()
_OURS = ("bronze.drives", "ops.ingest_ledger")


def drive(name: str, story: str = "", world: World = AS_IT_IS) -> list[drives.Rows]:
    """The drive `name` that tells `story`, or that of its name: silver, and what marts ask of bronze and ops."""
    silver = build_drive(stories.bronze(STORIES[story or name], name, world), (), ("p", name))
    known = drives.ego(name, drives.times_s(1), drives.times_s(1))
    # no silver.input_counts: there is no bronze here to compare them with
    tables = {table: rows.to_pylist() for table, rows in silver.items() if table != "silver.input_counts"}
    return [tables, {table: known[table] for table in _OURS}]
