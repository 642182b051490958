"""A definition keeps its meaning while it keeps its version: events of one version were all found the same way."""

from longtail.scenario_files import definitions


def test_no_threshold_and_no_sql_of_a_scenario_has_changed_without_a_new_version() -> None:
    changed = [each.scenario_id for each in definitions() if each.is_changed]
    commands = [f"longtail scenario version {name}" for name in changed]
    assert changed == [], (
        f"changed without a new version: run {' && '.join(commands)} (--same: it finds the same events)"
    )


def test_versions_count_from_1_and_those_of_projects_from_1000() -> None:
    assert all(1 <= each.definition_version < 1000 for each in definitions())
