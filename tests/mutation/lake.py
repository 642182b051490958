"""A lake whose drives go through the range of every threshold: those of the unit tests, and sweeps."""

from tests.mutation import (
    sweeps,
    sweeps_lanes,
    sweeps_leads,
    sweeps_maps,
    sweeps_perception,
    sweeps_records,
    sweeps_walkers,
)  # fmt: skip
from tests.unit.dbt import mapped, planted, told
from tests.unit.dbt.buses import automated_drive
from tests.unit.dbt.crossings import closed_form_drives
from tests.unit.dbt.drives import Rows

THEMES = (sweeps, sweeps_leads, sweeps_lanes, sweeps_walkers, sweeps_maps, sweeps_records, sweeps_perception)


def parts() -> list[Rows]:
    """Its rows. The stories come first: columns are those of the first row of a table, and theirs has all."""
    stories = [part for name in told.STORIES for part in told.drive(name)]
    on_maps = [part for name, what in planted.PLANTED.items() for part in mapped.drive(name, planted.T, *what)]
    swept = [part for theme in THEMES for part in theme.all_drives()]
    return [*stories, *closed_form_drives(), *automated_drive(), *on_maps, *swept]
