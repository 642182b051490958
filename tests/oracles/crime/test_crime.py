"""Our metrics beside those of commonroad-crime 0.4.5 on the same scenarios, ours read through readers, silver and SQL.

recorded.json holds its values (`make crime` measures them again). Where it is wrong, the test says how and shows that
the motion itself, in closed form, agrees with us.
"""

import json
from pathlib import Path

import pytest

from tests.oracles.crime.commonroad_scenarios import NUM_STEPS, PAIRS, STEP_S
from tests.unit.dbt.metric_lake import rows

CRIME = json.loads(Path(__file__).with_name("recorded.json").read_text())
STEADY = [pair.name for pair in PAIRS if pair.ego_mps2 == pair.lead_mps2 == 0]
CLOSING = [pair.name for pair in PAIRS if pair.ego_mps > pair.lead_mps]


@pytest.fixture(scope="module")
def ours() -> dict[str, list[dict]]:
    """Per pair, the metrics of each instant in order of time."""
    found = rows(
        "select related.*, metrics.* exclude (project_id, drive_id, role, track_id, t_ns)"
        " from intermediate.int_objects__related as related"
        " left join intermediate.int_conflict_metrics__computed as metrics using (drive_id, track_id, t_ns)"
        " order by drive_id, t_ns"
    )
    return {pair.name: [row for row in found if row["drive_id"] == pair.name] for pair in PAIRS}


def beside(ours: dict[str, list[dict]], pairs: list[str], column: str, measure: str) -> list[tuple]:
    """(pair, step, our value, its value) wherever it measured."""
    return [
        (pair, step, ours[pair][int(step)][column], value)
        for pair in pairs
        for step, value in CRIME[pair][measure].items()
    ]


def test_every_step_of_the_file_is_an_instant_of_ours(ours) -> None:
    for pair in PAIRS:
        assert len(ours[pair.name]) == NUM_STEPS + 1, pair.name
        for step, row in enumerate(ours[pair.name]):
            t = step * STEP_S
            gap = pair.gap_m + (pair.lead_mps - pair.ego_mps) * t + 0.5 * (pair.lead_mps2 - pair.ego_mps2) * t * t
            if gap > 0:
                assert row["gap_m"] == pytest.approx(gap, abs=0.01), (pair.name, step)


def test_the_distance_is_the_same_everywhere(ours) -> None:
    for pair, step, mine, its in beside(ours, list(CRIME), "gap_m", "HW"):
        assert mine == pytest.approx(its, abs=0.01), (pair, step)


def test_its_ttc_is_our_ettc_unless_the_lead_brakes(ours) -> None:
    pairs = [name for name in CRIME if name != "lead-brakes"]
    for pair, step, mine, its in beside(ours, pairs, "ettc_s", "TTC"):
        if step != "0":  # our acceleration is causal: at the first instant it has no past
            assert mine == (None if its is None else pytest.approx(its, abs=0.1)), (pair, step)


def test_it_takes_a_braking_lead_for_an_accelerating_one(ours) -> None:
    assert set(CRIME["lead-brakes"]["TTC"].values()) == {None}
    assert set(CRIME["lead-brakes"]["ALongReq"].values()) == {0.0}
    row = ours["lead-brakes"][10]  # gap 35 m, closing with 4 m/s and 4 m/s²
    time_s = row["ettc_s"]
    assert 4 * time_s + 2 * time_s**2 == pytest.approx(35, rel=0.03)
    assert row["required_acceleration_mps2"] == pytest.approx(-4 - 16 / 70, abs=0.1)


def test_required_acceleration_is_the_same_for_a_lead_that_does_not_brake(ours) -> None:
    for pair, step, mine, its in beside(ours, CLOSING, "required_acceleration_mps2", "ALongReq"):
        if pair in STEADY or step != "0":
            assert mine == pytest.approx(its, abs=0.1), (pair, step)


def test_it_demands_braking_behind_a_lead_that_drives_away_and_we_do_not(ours) -> None:
    # the square of the closing speed loses its sign
    assert all(value < -0.3 for value in CRIME["opening"]["ALongReq"].values())
    assert all(row["required_acceleration_mps2"] == 0 for row in ours["opening"])


def test_brake_threat_number_is_the_same_over_the_same_braking(ours) -> None:
    for pair, step, mine, its in beside(ours, ["closing", "offset"], "btn", "BTN"):
        assert mine * 8.3356525 == pytest.approx(its * 11.5, abs=0.05), (pair, step)


def test_its_dst_is_three_times_the_deceleration_that_keeps_the_distance(ours) -> None:
    for pair, step, mine, its in beside(ours, ["closing", "offset"], "dst_mps2", "DST"):
        assert mine == pytest.approx(its / 3, abs=0.02), (pair, step)
    # closing with 10 m/s, 50.5 m away, one second behind 10 m/s: 40.5 m are there to lose 10 m/s
    assert ours["closing"][0]["dst_mps2"] == pytest.approx(10**2 / (2 * 40.5), abs=0.01)


def test_lateral_acceleration_and_headway_are_the_same_at_steady_speeds(ours) -> None:
    for pair, step, mine, its in beside(ours, ["closing"], "required_lateral_acceleration_mps2", "ALatReq"):
        assert mine == pytest.approx(its, abs=0.01), (pair, step)
    for pair, step, mine, its in beside(ours, STEADY, "thw_s", "THW"):
        if its is not None:  # it counts steps until the front is past the place, and none after the end of the file
            assert mine == pytest.approx(its, abs=STEP_S + 0.01), (pair, step)


def test_it_steers_past_a_lead_beside_the_middle_as_if_it_were_in_the_middle(ours) -> None:
    # the lateral distance it takes is that of the ego vehicle to itself; 0.6 m to the left leaves 1.2 m on the right
    row, ttc = ours["offset"][0], 50 / 8
    assert row["required_lateral_acceleration_mps2"] == pytest.approx(2 * (1.8 - 0.6) / ttc**2, abs=1e-3)
    assert CRIME["offset"]["ALatReq"]["0"] == pytest.approx(2 * 1.8 / ttc**2, abs=5e-3)


def test_exposure_is_the_same_but_for_the_last_step_that_it_leaves_out(ours) -> None:
    ttc = [row["ttc_s"] for row in ours["closing"]][:-1]
    assert STEP_S * sum(value <= 1.5 for value in ttc) == pytest.approx(CRIME["closing"]["TET"]["0"])
    assert STEP_S * sum(max(1.5 - value, 0) for value in ttc) == pytest.approx(CRIME["closing"]["TIT"]["0"], abs=1e-3)
