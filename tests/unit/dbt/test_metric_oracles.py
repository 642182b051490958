"""The numbers in the unit tests of the models are those of the published tables, and each has its test."""

import math

import pytest
import yaml

from longtail.settings import REPOSITORY

FOLDER = REPOSITORY / "dbt" / "models" / "intermediate"


def expected(model: str, test: str) -> list[dict]:
    """Rows that unit test `test` of `model` expects."""
    content = yaml.safe_load((FOLDER / f"{model}.yml").read_text())
    (found,) = [entry for entry in content["unit_tests"] if entry["name"] == test]
    return found["expect"]["rows"]


def test_the_cut_in_limits_are_the_tables_of_un_r157_and_eu_2022_1426() -> None:
    rows = expected(
        "int_regulatory_limits__computed",
        "r157_and_eu_1426_tables_of_the_ttc_below_which_a_cut_in_need_not_be_avoided",
    )
    assert [row["track_id"] for row in rows] == [f"{speed}_kph" for speed in (10, 20, 30, 40, 50, 60)]
    assert [round(row["r157_ttc_s"], 2) for row in rows] == [0.58, 0.81, 1.04, 1.28, 1.51, 1.74]
    assert [round(row["eu_1426_ttc_s"], 2) for row in rows] == [0.48, 0.71, 0.94, 1.18, 1.41, 1.64]
    assert [round(row["eu_1426_standing_ttc_s"], 2) for row in rows] == [0.74, 1.32, 1.90, 2.47, 3.05, 3.63]


def test_the_following_distance_is_the_table_of_un_r157() -> None:
    rows = expected("int_regulatory_limits__computed", "alks_table_of_following_distances")
    distance_m = {row["track_id"]: row["alks_distance_m"] for row in rows}
    # speed in km/h: time in s; the regulation prints speed x time, never less than 2 m
    table = {"7.2": 1.0, "10": 1.1, "20": 1.2, "30": 1.3, "40": 1.4, "50": 1.5, "60": 1.6}
    for speed, time_s in table.items():
        assert distance_m[f"{speed}_kph"] == pytest.approx(float(speed) / 3.6 * time_s), speed
    assert distance_m["0_kph"] == 2.0
    assert distance_m["61_kph"] is None


def test_required_acceleration_has_both_forms() -> None:
    (row,) = expected("int_objects__related", "a_braking_lead_needs_braking_even_without_closing_speed")
    assert row["required_acceleration_mps2"] == -5.0
    assert row["required_acceleration_stop_mps2"] == pytest.approx(-(25**2) / (2 * (25 + 25**2 / 10)))
    assert round(row["required_acceleration_stop_mps2"], 2) == -3.57


def test_ettc_of_a_braking_lead_is_the_time_of_the_motion_itself() -> None:
    (row,) = expected("int_conflict_metrics__computed", "a_lead_that_brakes_is_not_taken_for_one_that_accelerates")
    time_s = row["ettc_s"]
    assert 25 * time_s == pytest.approx(25 + 25 * time_s - 2.5 * time_s**2)
    assert time_s == pytest.approx(math.sqrt(10))
