"""The mistakes of public code that scenarios.md part A lists: each has a test of ours that fails when we make it.

This file holds the list, so that none of those tests goes away unnoticed.
"""

import pytest

from longtail.settings import REPOSITORY

MISTAKES = {
    "a1_rows_of_all_files_but_the_first_are_lost": [
        ("tests/unit/ingest", "def test_the_files_of_a_split_recording_come_in_log_time_order"),
        ("tests/unit/ingest", "def test_a_file_that_arrives_later_is_added_and_its_drive_waits_for_silver_again"),
        ("dbt/tests", "bronze_rows_are_in_silver_or_set_aside"),
    ],
    "a2_frames_without_objects_never_end_a_scene_and_a_second_run_doubles_it": [
        ("dbt/models", "name: three_encounters_with_gaps_are_three_intervals"),
        ("tests/unit/dbt", "def test_a_second_run_without_changes_does_nothing_and_a_forced_one_changes_nothing"),
    ],
    "a3_the_second_page_of_an_answer_is_lost": [
        ("tests/unit/longtail", "def test_sql_prints_a_table_with_every_row"),
    ],
    "a4_lateral_speed_depends_on_the_heading_of_the_road": [
        ("tests/unit/silver", "def test_a_car_in_the_next_lane_of_a_bend_keeps_its_lateral_distance"),
    ],
    "a5_a_braking_lead_is_taken_for_an_accelerating_one": [
        ("dbt/models", "name: a_lead_that_brakes_is_not_taken_for_one_that_accelerates"),
        ("tests/oracles", "def test_it_takes_a_braking_lead_for_an_accelerating_one"),
        ("tests/unit/dbt", "def test_required_acceleration_has_both_forms"),
    ],
    "a6_closing_speed_lessens_the_required_acceleration": [
        ("dbt/models", "name: closing_in_on_a_braking_lead_takes_more_braking_and_not_less"),
    ],
    "a7_objects_and_ego_are_taken_at_different_times": [
        ("tests/unit/silver", "def test_nearest_is_the_nearer_of_both_directions_and_the_earlier_on_a_tie"),
        ("tests/unit/silver", "def test_offset_and_drift_up_to_200_ppm_come_back_within_3_ms"),
    ],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_the_field_has_its_test(mistake: str) -> None:
    for folder, name in MISTAKES[mistake]:
        files = [path for path in (REPOSITORY / folder).rglob("*") if path.suffix in (".py", ".yml", ".sql")]
        assert any(path.stem == name or name in path.read_text() for path in files), f"{folder}: {name}"
