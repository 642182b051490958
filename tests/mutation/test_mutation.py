"""Breaking a threshold or a sign changes what closed-form drives say: a handful here, all of them in make mutation."""

from collections.abc import Iterator

import pytest

from tests.mutation.compiled import Project
from tests.mutation.flips import flips
from tests.mutation.library import few_drives

EVENTS = {"fct_scenario_events", "int_encounters__measured"}
THRESHOLDS = (
    "cut_in_min_intrusion_m", "hard_brake_trigger_acceleration_mps2", "near_miss_max_ttc_s", "near_miss_min_drac_mps2",
    "events_merge_gap_s", "encounter_exposure_ttc_s", "ego_width_m", "ego_rear_axle_to_rear_bumper_m",
)  # fmt: skip


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    found = few_drives()
    yield found
    found.close()


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_broken_threshold_changes_events(project: Project, threshold: str) -> None:
    assert EVENTS & (project.scaled(threshold, 1.5) | project.scaled(threshold, 1 / 1.5))


def test_what_is_not_broken_changes_nothing(project: Project) -> None:
    for threshold in THRESHOLDS:
        assert project.scaled(threshold, 1.0) == set()
    for model in ("int_objects__related", "int_crossings__timed"):
        assert project.rewritten(model, project.models[model].sql) == set()


def test_every_flipped_operator_of_the_crossing_times_is_noticed(project: Project) -> None:
    found = {what: project.rewritten("int_crossings__timed", sql) for what, sql in flips(_body(project))}
    assert len(found) > 20
    survivors = [what for what, changed in found.items() if changed == set()]
    assert len(survivors) <= 0.25 * len(found), survivors


def test_a_flip_turns_round_what_it_names_and_leaves_joins_alone() -> None:
    sql = "select a.*, min(x - 1) from a left join b on a.k = b.k where x <= 2 and not y"
    assert [what.split(" in ...")[0] for what, _ in flips(sql)] == [
        "line 1: min -> 'max'", "line 1: - -> '+'", "line 1: <= -> '>'", "line 1: and -> 'or'",
        "line 1: not -> ''",
    ]  # fmt: skip


def _body(project: Project) -> str:
    return project.models["int_crossings__timed"].sql
