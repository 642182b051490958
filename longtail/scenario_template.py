"""`longtail scenario new`: a scenario that works as it stands, to be edited: model, properties, seed rows."""

import re
from pathlib import Path

from longtail.scenario_files import (
    PROJECT,
    DefinitionError,
    append,
    definitions_seed,
    line_of,
    renew,
    rows,
    thresholds_seed,
)

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_THRESHOLDS = (("max_ttc_s", "4.0"), ("critical_ttc_s", "2.0"), ("min_duration_s", "0.3"))
_SOURCE = "proposal; put the citation here"
_PREDICATE = (
    "The time to collision to the nearest object in the ego lane is below max_ttc_s for at least min_duration_s."
)
_BANDS = "critical: TTC < critical_ttc_s at some instant; close: the rest."
_COLUMNS = (
    "scenario_id definition_version:bigint project_id drive_id actor_track_id t_start_ns:bigint t_peak_ns:bigint "
    "t_end_ns:bigint severity min_ttc_s:double min_thw_s:double max_drac_mps2:double gap_at_start_m:double "
    "closing_speed_at_start_mps:double peak_deceleration_mps2:double light weather road_kind lane_source "
    "confidence:double role object_class ego_speed_at_start_mps:double"
)
_SQL = """\
with related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as pairs
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- EDIT: the instants at which it holds, one row per drive, actor and instant.
holding as (
  select
    related.*,
    thresholds.events_merge_gap_s as merge_gap_s
  from related
  inner join thresholds on related.project_id = thresholds.project_id
  where
    related.is_event_role
    and related.is_lead
    and related.ttc_s < thresholds.NAME_max_ttc_s
),

numbered as (
  {{ islands('holding', 'drive_id, track_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(ttc_s) as least_ttc_s
  from numbered
  group by project_id, drive_id, track_id, island_index
),

-- EDIT: one row per event, with its severity.
found as (
  select
    intervals.project_id,
    intervals.drive_id,
    intervals.track_id,
    intervals.t_start_ns,
    intervals.t_end_ns,
    case
      when intervals.least_ttc_s < thresholds.NAME_critical_ttc_s then 'critical'
      else 'close'
    end as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where {{ lasts('intervals', 'thresholds.NAME_min_duration_s') }}
)

{{ scenario_events('NAME') }}
"""


def create(name: str, owner: str = "longtail", project: Path = PROJECT) -> list[Path]:
    """Write a new scenario called `name` and return the files that were made or edited.

    Raises:
        DefinitionError: the name is none, or is taken.
    """
    model = project / "models" / "marts" / "scenarios" / f"fct_{plural(name)}.sql"
    taken = {row["scenario_id"] for seed in (thresholds_seed, definitions_seed) for row in rows(seed(project))}
    if not _NAME.fullmatch(name):
        raise DefinitionError(f"{name!r} is no scenario name; expected words in lower case, for example close_follow")
    if name in taken or model.exists():
        raise DefinitionError(f"{name} is taken; `longtail scenario show {name}` says what it is")
    model.write_text(_SQL.replace("NAME", name))
    model.with_suffix(".yml").write_text(_properties(name, model.stem))
    thresholds = [line_of([name, label, value, "s", _SOURCE, "P"]) for label, value in _THRESHOLDS]
    append(thresholds_seed(project), thresholds)
    words = [name, "1", _PREDICATE, _BANDS, "objects", _SOURCE, "P", owner, ""]
    append(definitions_seed(project), [line_of(words)])
    listed = project / "macros" / "scenario_models.sql"
    listed.write_text(_with_entry(listed.read_text(), model.stem))
    renew(name, project=project)
    return [model, model.with_suffix(".yml"), thresholds_seed(project), definitions_seed(project), listed]


def plural(name: str) -> str:
    """For the table: cut_in is in cut_ins, near_miss in near_misses."""
    return name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def _with_entry(text: str, model: str) -> str:
    """The macro scenario_models with one more name at the end of its list: branches that each add one merge."""
    head, end, tail = text.partition("\n  ]) }}")
    return f"{head}\n    '{model}',{end}{tail}"


def _properties(name: str, model: str) -> str:
    words = name.replace("_", " ")
    lines = [
        "models:",
        f"  - name: {model}",
        f'    description: "EDIT: what {words} is. Grain: one row per event. Thresholds: seed, group {name}."',
        "    data_tests:",
        "      - columns_not_null: {arguments: {columns: [event_id]}}",
        "    columns:",
        "      - name: event_id",
        "        data_type: string",
        "        description: \"{{ doc('event_id') }}\"",
        "        data_tests:",
        "          - unique",
    ]
    for column in _COLUMNS.split():
        label, _, kind = column.partition(":")
        told = f"description: \"{{{{ doc('{label}') }}}}\""
        lines.append(f"      - {{name: {label}, data_type: {kind or 'string'}, {told}}}")
    return "\n".join(lines) + "\n"
