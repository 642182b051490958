"""Breaking a threshold or a sign changes what closed-form drives say: one a group here, all in make mutation."""

import csv
from collections.abc import Iterator

import pytest

from longtail.settings import REPOSITORY
from tests.mutation import library
from tests.mutation.compiled import Project
from tests.mutation.explained import SILENT, SILENT_LARGER, SILENT_SMALLER, UNREAD
from tests.mutation.flips import flips

EXPLAINED = UNREAD | SILENT | SILENT_SMALLER | SILENT_LARGER


def first_of_each_group() -> list[str]:
    """The first threshold of every scenario, and of whatever else has thresholds."""
    with (REPOSITORY / "dbt" / "seeds" / "scenario_thresholds.csv").open() as seed:
        rows = [(row["scenario_id"], f"{row['scenario_id']}_{row['name']}") for row in csv.DictReader(seed)]
    return list({group: name for group, name in reversed(rows) if name not in EXPLAINED}.values())


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    found = library.project()
    yield found
    found.close()


@pytest.mark.parametrize("threshold", first_of_each_group())
def test_a_broken_threshold_changes_what_marts_say(project: Project, threshold: str) -> None:
    for factor in (1.5, 1 / 1.5):
        assert project.scaled(threshold, factor, is_one_enough=True), factor


def test_what_is_explained_names_thresholds_of_the_seed(project: Project) -> None:
    assert set(project.unread()) == set(UNREAD)
    assert set(EXPLAINED) <= set(project.thresholds()) | set(UNREAD)


def test_what_is_not_broken_changes_nothing(project: Project) -> None:
    for threshold in ("cut_in_min_intrusion_m", "ego_width_m"):
        assert project.scaled(threshold, 1.0) == set()
    for model in ("int_objects__related", "int_crossings__timed"):
        assert project.rewritten(model, project.models[model].sql) == set()


def test_flipped_operators_of_the_crossing_times_are_noticed(project: Project) -> None:
    some = list(flips(project.models["int_crossings__timed"].sql))[::4]
    found = {what: project.rewritten("int_crossings__timed", sql, is_one_enough=True) for what, sql in some}
    assert len(found) > 10
    survivors = [what for what, changed in found.items() if changed == set()]
    assert len(survivors) <= 0.25 * len(found), survivors


def test_a_flip_turns_round_what_it_names_and_leaves_joins_alone() -> None:
    sql = "select a.*, min(x - 1) from a left join b on a.k = b.k where x <= 2 and not y"
    assert [what.split(" in ...")[0] for what, _ in flips(sql)] == [
        "line 1: min -> 'max'", "line 1: - -> '+'", "line 1: <= -> '>'", "line 1: and -> 'or'",
        "line 1: not -> ''",
    ]  # fmt: skip
