"""What the marts say about drives whose events are known in closed form."""

import numpy as np
import pytest

from tests.unit.dbt import drives


def rows(marts, query: str) -> list[dict]:
    cursor = marts.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_the_planted_cut_in_is_found_when_the_near_side_is_30_cm_over_the_mark(marts) -> None:
    (event,) = rows(marts, "select * from marts.fct_cut_ins")
    t = drives.times_s(14)
    intrusion = drives.LANE_M / 2 - (drives.quintic(t, 6, 10, drives.LANE_M, 0.0) - drives.HALF_WIDTH_M)
    crossed_s = t[np.argmax(intrusion > 0.30)]
    assert event["t_start_ns"] == drives.START_NS + round(crossed_s * 10) * 100_000_000
    assert (event["drive_id"], event["actor_track_id"], event["role"]) == ("cut-in", "r7", "reference")
    assert event["gap_at_start_m"] == pytest.approx(12.0 - 4.0 * (crossed_s - 8.0))
    assert event["closing_speed_at_start_mps"] == pytest.approx(4.0)
    assert event["is_left"]
    assert event["severity"] == "close"
    assert drives.START_NS + 6_000_000_000 < event["t_perceived_ns"] < event["t_start_ns"]


def test_an_ego_lane_change_is_not_a_cut_in(marts) -> None:
    assert rows(marts, "select * from marts.fct_cut_ins where drive_id = 'ego-lane-change'") == []
    led = "select count(*) as n from intermediate.int_objects__related where drive_id = 'ego-lane-change' and is_lead"
    assert rows(marts, led)[0]["n"] > 0, "the drive must put the car into the ego lane, or it proves nothing"


def test_an_emergency_stop_is_a_hard_brake_and_a_near_crash(marts) -> None:
    found = rows(
        marts,
        "select * from marts.fct_scenario_events where drive_id = 'emergency-stop' "
        "and scenario_id in ('hard_brake', 'near_miss', 'cut_in') order by scenario_id",
    )
    assert [(event["scenario_id"], event["severity"]) for event in found] == [
        ("hard_brake", "severe"),
        ("near_miss", "near_crash"),
    ]
    assert found[0]["peak_deceleration_mps2"] == pytest.approx(6.5)
    assert found[1]["max_drac_mps2"] > 3.4


def test_undefined_is_null_and_never_infinite(marts) -> None:
    columns = rows(
        marts,
        "select table_schema || '.' || table_name as name, column_name from information_schema.columns "
        "where data_type = 'DOUBLE' and table_schema in ('marts', 'intermediate')",
    )
    assert len(columns) > 100
    for column in columns:
        odd = f"select count(*) as n from {column['name']} where not isfinite({column['column_name']})"
        assert rows(marts, odd)[0]["n"] == 0, column


def test_samples_carry_the_future_of_the_reference_track_and_the_past_of_the_onboard_one(marts) -> None:
    samples = rows(marts, "select * from marts.fct_training_samples where drive_id = 'cut-in' order by t_ns")
    (event,) = rows(marts, "select * from marts.fct_cut_ins")
    assert samples
    for sample in samples:
        ahead_s = (event["t_start_ns"] - sample["t_ns"]) * 1e-9
        assert sample["is_cut_in_within_3s"] == (0 < ahead_s <= 3.0)
        assert (sample["track_id"], sample["reference_track_id"]) == ("o3", "r7")
        assert (sample["t_ns"] - drives.START_NS) % 500_000_000 == 0
        assert sample["t_ns"] - drives.START_NS >= 2_000_000_000
    positives = [sample for sample in samples if sample["is_cut_in_within_3s"]]
    assert len(positives) == 6
    assert {sample["event_id"] for sample in positives} == {event["event_id"]}
    last = positives[-1]
    assert last["lag0_approach_mps"] > 0
    assert last["lag20_edge_to_mark_m"] > last["lag0_edge_to_mark_m"]


def test_every_onboard_object_matches_its_reference(marts) -> None:
    counts = rows(marts, "select outcome, count(*) as n from marts.fct_detection_matches group by all")
    assert counts == [{"outcome": "tp", "n": 141}]


def test_rates_are_events_over_what_was_driven_where_they_can_be_seen(marts) -> None:
    (rate,) = rows(marts, "select * from marts.fct_scenario_rates where scope = 'fleet' and scenario_id = 'cut_in'")
    (total,) = rows(marts, "select sum(distance_m) as m, sum(duration_s) as s from marts.dim_drives")
    assert rate["num_events"] == 1
    assert rate["rate_per_1000_km"] == pytest.approx(1e6 / total["m"])
    assert rate["rate_per_h"] == pytest.approx(3600 / total["s"])
    assert rate["ci_low_per_1000_km"] < rate["rate_per_1000_km"] < rate["ci_high_per_1000_km"]


def test_latency_adds_up_from_reception_to_marts(marts) -> None:
    latency = rows(marts, "select * from marts.fct_pipeline_latency where drive_id = 'cut-in'")[0]
    assert latency["received_to_bronze_s"] == pytest.approx(2.0)
    assert latency["bronze_to_silver_s"] == pytest.approx(3.0)
    parts = latency["received_to_bronze_s"] + latency["bronze_to_silver_s"] + latency["silver_to_curated_s"]
    assert latency["received_to_curated_s"] == pytest.approx(parts)
