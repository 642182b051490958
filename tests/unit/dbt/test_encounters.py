"""int_encounters__measured: PET, exposure and least values of ego-actor pairs whose motion is known in closed form."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from longtail.settings import settings
from tests.unit.dbt import drives
from tests.unit.dbt.crossings import Actor, Course, drive, true_pet_s


def steady(speed_mps: float, start_m: float = 0.0) -> Course:
    return lambda t: start_m + speed_mps * t


def braking(speed_mps: float, from_s: float, braking_mps2: float, to_mps: float) -> Course:
    lasts_s = (speed_mps - to_mps) / braking_mps2

    def place(t: np.ndarray) -> np.ndarray:
        u = np.clip(t - from_s, 0, lasts_s)
        return speed_mps * t - 0.5 * braking_mps2 * u**2 - (speed_mps - to_mps) * np.clip(t - from_s - lasts_s, 0, None)

    return place


def standing(at_m: float) -> Course:
    return lambda t: np.full(t.shape, at_m)


CROSSINGS: dict[str, tuple[Course, Actor]] = {
    # a pedestrian walks across at 60 m: gone 1.4 s before the ego comes, or stepping out 0.7 s after it passed
    "walker-first": (steady(10), Actor(standing(60.0), lambda t: 4.0 - 1.4 * (t - 0.473))),
    "walker-second": (steady(10), Actor(standing(60.0), lambda t: -4.0 + 1.4 * (t - 4.94))),
    "walker-first-ego-yields": (braking(12, 1, 3.0, 1.5), Actor(standing(45.0), lambda t: 6.0 - 1.0 * (t - 0.23))),
    # a car across at a right angle, and one at 60 degrees to the path, whose conflict moves with it
    "car-first": (steady(12), Actor(standing(80.0), lambda t: 40 - 11.0 * (t - 1.71), 0.9, 2.25, "car")),
    "car-oblique": (
        steady(9),
        Actor(lambda t: 70 + 4.0 * (t - 6.0), lambda t: -3.0 + 6.93 * (t - 5.0), 2.0, 2.4, "car"),
    ),
    "cyclist-against": (
        steady(7),
        Actor(lambda t: 70 - 3.0 * (t - 6.0), lambda t: 8.0 - 3.0 * (t - 4.2), 0.8, 0.8, "bicycle"),
    ),
}
OTHERS: dict[str, tuple[Course, Actor]] = {
    "child-of-cpnco": (steady(10), Actor(standing(90.0), lambda t: -5 / 3.6 * (t - 4.0), 0.25, 0.25)),
    "walker-hit": (steady(10), Actor(standing(60.0), lambda t: 4.0 - 1.4 * (t - 3.2))),
    "walker-turns-back": (steady(10), Actor(standing(60.0), lambda t: 0.8 + 0.7 * np.abs(t - 3.0))),
    "lead": (steady(20), Actor(lambda t: 70 + 15.0 * t, lambda t: 0.2 + 0 * t, 2.25, 0.9, "car")),
    "lead-that-changes-lane": (
        steady(20),
        Actor(lambda t: 40 + 20.0 * t, lambda t: drives.quintic(t, 4, 8, -3.5, 3.5), 2.25, 0.9, "car"),
    ),
    "oncoming-beside": (steady(20), Actor(lambda t: 300 - 15.0 * t, lambda t: 3.5 + 0 * t, 2.25, 0.9, "car")),
    "walker-lost-in-the-path": (steady(10), Actor(standing(60.0), lambda t: 4.0 - 1.4 * (t - 0.473))),
}


@pytest.fixture(scope="module")
def encounters(tmp_path_factory: pytest.TempPathFactory, dbt_cache: Path) -> dict[str, list[dict]]:
    """Rows of int_encounters__measured by drive."""
    from spark_jobs.curate import curate

    parts = [part for name, (ego, actor) in (CROSSINGS | OTHERS).items() for part in drive(name, ego, actor)]
    for part in parts:
        rows = part.get("silver.object_tracks", [])
        if rows and rows[0]["drive_id"] == "walker-lost-in-the-path":
            part["silver.object_tracks"] = [row for row in rows if row["d_m"] > -0.5]
    lake = drives.write_lake(tmp_path_factory.mktemp("encounters") / "lake", parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(lake))
        patch.setenv("LONGTAIL_CACHE", str(dbt_cache))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    with duckdb.connect(report.location, read_only=True) as connection:
        cursor = connection.execute("from intermediate.int_encounters__measured order by drive_id, t_start_ns")
        names = [column[0] for column in cursor.description]
        found: dict[str, list[dict]] = {name: [] for name in CROSSINGS | OTHERS}
        for row in cursor.fetchall():
            found[row[1]].append(dict(zip(names, row, strict=True)))
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
