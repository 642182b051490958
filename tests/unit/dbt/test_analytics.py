"""Bus events, evaluability, composition, coverage and key figures over drives that are known in closed form."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from longtail.settings import settings
from tests.unit.dbt import drives
from tests.unit.dbt.buses import automated_drive


def at(seconds: float) -> int:
    return drives.START_NS + round(seconds * 1e9)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, dbt_cache: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake of three drives, curated; gives a connection to its marts."""
    from spark_jobs.curate import curate

    root = tmp_path_factory.mktemp("analytics") / "lake"
    drives.write_lake(root, [*automated_drive(), *drives.cut_in(), *drives.emergency_stop()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        patch.setenv("LONGTAIL_CACHE", str(dbt_cache))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    with duckdb.connect(report.location, read_only=True) as connection:
        yield connection


def rows(lake: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return lake.execute(query).fetchall()


def test_bus_events_begin_and_end_with_their_signal(lake) -> None:
    found = rows(lake, "select scenario_id, t_start_ns, t_end_ns, severity from marts.fct_bus_events order by all")
    assert found == [
        ("aeb_activation", at(5.0), at(5.9), "emergency"),
        ("disengagement", at(14.0), at(14.0), "from_automated"),
        ("fcw", at(4.0), at(5.6), "urgent_warning"),
        ("fcw", at(10.7), at(11.6), "warning"),
        ("odd_exit", at(10.0), at(14.9), "outside_odd"),
        ("takeover", at(10.0), at(14.0), "transition_demand"),
    ]


def test_an_alert_to_takeover_lasts_as_long_as_the_demand(lake) -> None:
    assert rows(lake, "select active_s from marts.fct_bus_events where scenario_id = 'takeover'") == [(4.0,)]


def test_bus_events_are_scenario_events_with_the_place_of_the_ego(lake) -> None:
    found = rows(
        lake,
        "select count(distinct event_id), min(light), min(road_kind), min(actor_track_id) "
        "from marts.fct_scenario_events where drive_id = 'automated'",
    )
    assert found == [(6, "day", "highway", None)]


def test_a_scenario_is_evaluable_where_the_drive_has_what_it_needs_and_says_what_is_missing(lake) -> None:
    found = rows(
        lake,
        "select scenario_id, is_evaluable, missing from marts.fct_scenario_evaluability "
        "where drive_id = 'automated' and scenario_id in ('mrm', 'cut_in', 'hard_brake') order by 1",
    )
    assert found == [
        ("cut_in", False, "no objects"),
        ("hard_brake", True, None),
        ("mrm", True, None),
    ]
    without_bus = "select drive_id, missing from marts.fct_scenario_evaluability where not is_evaluable"
    assert rows(lake, without_bus + " and scenario_id = 'mrm' order by 1") == [
        ("cut-in", "no bus signal for it"),
        ("emergency-stop", "no bus signal for it"),
    ]


def test_a_rate_counts_only_what_was_driven_where_the_scenario_can_be_seen(lake) -> None:
    fleet = "from marts.fct_scenario_rates where scope = 'fleet' and scenario_id = "
    (mrm,) = rows(lake, f"select num_drives, num_drives_not_evaluable, distance_km, num_events {fleet} 'mrm'")
    assert mrm == (1, 2, pytest.approx(0.4), 0)
    (rate,) = rows(lake, f"select rate_per_1000_km, ci_low_per_1000_km, ci_high_per_1000_km {fleet} 'disengagement'")
    assert rate == (pytest.approx(2500), pytest.approx(0.0253178 * 2500, rel=1e-4), pytest.approx(5.571643 * 2500))
    (none,) = rows(lake, f"select rate_per_1000_km, ci_low_per_1000_km, ci_high_per_1000_km {fleet} 'mrm'")
    assert none == (0.0, 0.0, pytest.approx(3.0 * 2500))


def test_the_poisson_interval_of_a_cell_is_exact_and_an_undriven_cell_says_so(lake) -> None:
    cell = "from marts.fct_odd_coverage where scope = 'fleet' and odd_cell_id = "
    (driven,) = rows(lake, f"select distance_km, num_events, status {cell} 'highway|day|clear|20-37 m/s'")
    assert driven == (pytest.approx(0.755, abs=0.01), 10, "covered")
    (never,) = rows(
        lake, f"select distance_km, rate_per_1000_km, gap_share, status {cell} 'rural|night|clear|0-10 m/s'"
    )
    assert never == (0.0, None, 1.0, "never driven")


def test_what_is_known_of_the_domain_adds_up(lake) -> None:
    shares = dict(rows(lake, "select metric, value from marts.fct_coverage_metrics where scope = 'fleet'"))
    assert shares["time_in_declared_odd"] == shares["time_with_known_odd"] == 1.0
    assert shares["odd_cells_covered"] == pytest.approx(1 / 81)
    assert shares["cut_in_parameter_space"] == pytest.approx(1 / 25)
    (counts,) = rows(
        lake,
        "select count(*) filter (where n = 1), sum(n) from (select count(*) as n from intermediate.int_events__weighed "
        "where severity_weight > 0 group by scenario_id, odd_cell_id)",
    )
    assert shares["unseen_mass"] == pytest.approx(counts[0] / counts[1])


def test_edge_cases_are_ranked_without_ties_and_say_why(lake) -> None:
    cases = rows(lake, "select rank_index, score, reason, scenario_id from marts.fct_edge_cases order by rank_index")
    assert [case[0] for case in cases] == list(range(len(cases)))
    assert [case[1] for case in cases] == sorted((case[1] for case in cases), reverse=True)
    reasons = {case[3]: case[2] for case in cases}
    assert reasons["aeb_activation"] == "emergency aeb_activation"
    assert reasons["cut_in"] == "close cut_in"
    assert "night" not in reasons


def test_a_disengagement_counts_per_1000_km_where_the_bus_tells_the_mode(lake) -> None:
    (figure,) = rows(
        lake,
        "select value, numerator, denominator, num_samples from marts.fct_kpis "
        "where scope = 'fleet' and kpi = 'disengagements_per_1000_km'",
    )
    assert figure == (pytest.approx(2500), 1.0, pytest.approx(0.4), 1)


def test_every_severity_that_was_found_has_a_weight(lake) -> None:
    weighed = "select severity from intermediate.severity_weights"
    assert (
        rows(lake, f"select distinct severity from marts.fct_scenario_events where severity not in ({weighed})") == []
    )
