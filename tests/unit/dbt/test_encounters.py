"""int_encounters__measured: PET, exposure and least values of ego-actor pairs whose motion is known in closed form."""

import numpy as np
import pytest

from tests.unit.dbt import drives
from tests.unit.dbt.crossings import CROSSINGS, OTHERS, true_pet_s
from tests.unit.dbt.metric_lake import rows


@pytest.fixture(scope="module")
def encounters() -> dict[str, list[dict]]:
    """Rows of int_encounters__measured by drive."""
    found: dict[str, list[dict]] = {name: [] for name in CROSSINGS | OTHERS}
    for row in rows("from intermediate.int_encounters__measured order by drive_id, t_start_ns"):
        found.setdefault(row["drive_id"], []).append(row)
    return found


@pytest.mark.parametrize("name", CROSSINGS)
def test_pet_is_that_of_brute_force_within_5_hundredths_of_a_second(encounters, name: str) -> None:
    ego, actor = CROSSINGS[name]
    expected = true_pet_s(ego, actor)
    assert expected is not None
    assert 0.1 < expected < 5, "the drive must be a close encounter, or it proves little"
    (row,) = encounters[name]
    assert row["is_crossing"]
    assert not row["is_overlapping"]
    assert row["pet_s"] == pytest.approx(expected, abs=0.05)
    assert row["is_ego_first"] == (name == "walker-second")
    assert row["t_second_entry_ns"] - row["t_first_exit_ns"] == pytest.approx(row["pet_s"] * 1e9, abs=300)
    assert row["is_from_left"] == (actor.d_m(np.array([0.0]))[0] > 0)


def test_a_walker_at_right_angles_has_the_pet_of_the_formula(encounters) -> None:
    (row,) = encounters["walker-first"]
    left_s = 0.473 + (4.0 + 1.225) / 1.4  # 0.3 m of body and 0.925 m of corridor
    came_s = (60.0 - 0.3 - 3.7) / 10
    assert row["pet_s"] == pytest.approx(came_s - left_s, abs=1e-3)
    assert row["encroachment_time_s"] == pytest.approx(2 * 1.225 / 1.4, abs=1e-3)
    assert row["crossing_angle_rad"] == pytest.approx(np.pi / 2, abs=1e-6)
    assert row["conflict_s_m"] == pytest.approx(60.0)


def test_who_is_met_in_the_path_has_no_pet_and_says_so(encounters) -> None:
    assert true_pet_s(*OTHERS["walker-hit"]) is None
    (row,) = encounters["walker-hit"]
    assert (row["is_crossing"], row["is_overlapping"], row["pet_s"], row["is_ego_first"]) == (True, True, None, None)


def test_who_turns_back_follows_or_changes_lane_does_not_cross(encounters) -> None:
    for name in ("walker-turns-back", "lead", "lead-that-changes-lane"):
        for row in encounters[name]:
            assert (row["is_crossing"], row["pet_s"]) == (False, None), name
        assert encounters[name], name
    assert encounters["oncoming-beside"] == []


def test_a_walker_whose_track_ends_in_the_path_has_no_exit_and_no_pet(encounters) -> None:
    (row,) = encounters["walker-lost-in-the-path"]
    assert (row["encroachment_time_s"], row["pet_s"]) == (None, None)
    assert row["is_ego_first"] is False


def test_exposure_to_a_short_time_to_collision_adds_up(encounters) -> None:
    (row,) = encounters["lead"]
    # 5 m/s closing from a gap of 70 - 2.25 - 3.7 m: TTC(t) = 12.81 - t, defined until the gap closes
    ttc = (70 - 2.25 - 3.7) / 5 - drives.times_s(20)
    ttc = ttc[ttc > 1e-9]
    assert row["min_ttc_s"] == pytest.approx(ttc.min(), abs=1e-6)
    assert row["tet_s"] == pytest.approx(0.1 * (ttc <= 1.5).sum())
    assert row["tit_s2"] == pytest.approx(0.1 * np.clip(1.5 - ttc, 0, None).sum(), abs=1e-6)
    assert row["max_drac_mps2"] == pytest.approx(25 / (2 * 5 * ttc.min()), rel=1e-6)
    assert row["min_thw_s"] == pytest.approx(0.0, abs=1e-6)


def test_a_child_of_cpnco_shows_0_72_s_before_it_is_in_the_path(encounters) -> None:
    # Euro NCAP: 5 km/h, behind cars parked 1 m beside the ego vehicle; it is in the path for 2 x (0.925 + 0.25) m
    (row,) = encounters["child-of-cpnco"]
    edge_m = 0.925 + 0.25
    entry_s = 4.0 - row["encroachment_time_s"] / 2  # it is in the middle of the path at 4 s
    shows_s = 4.0 - (edge_m + 1.0) / (5 / 3.6)
    assert entry_s - shows_s == pytest.approx(0.72, abs=1e-3)
