"""`make scores`: other people's labels become truths as they meant them, and the page says what was measured."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from infra.scores import av2, kitti, occlusion, page
from infra.scores.page import Section
from longtail.settings import settings
from tests.unit.readers.real_data import ROOT, real
from training import definition_scores
from training.score_parameters import ParameterError
from training.score_scenarios import ScenarioScore
from training.shares import f1_of, share
from training.truth_table import Truth, read_truth

T0 = 1_795_000_000_000_000_000


@pytest.mark.data
def test_stopped_car_refers_to_97_tracks_and_says_nothing_about_what_is_no_car(tmp_path: Path) -> None:
    drive = real(f"{av2.FOLDER}/*/ground_truth.csv")[0].parent.name
    truth = read_truth(av2.stopped_cars(ROOT, tmp_path, {drive: T0}))
    judged = [event for event in truth.events if not event["is_ignored"]]
    assert len(judged) == len({event["actor_track_id"] for event in judged}) == 97
    assert all(T0 <= event["t_start_ns"] <= event["t_end_ns"] <= T0 + 16 * 10**9 for event in truth.events)
    assert truth.covers(drive, "stationary", T0)
    assert not truth.covers(drive, "cut_in", T0)
    assert read_truth(av2.stopped_cars(ROOT, tmp_path, {"another": T0})).events == []


@pytest.mark.data
def test_of_the_97_cars_69_stand_and_those_that_never_do_are_negatives(tmp_path: Path) -> None:
    drive = real(f"{av2.FOLDER}/*/ground_truth.csv")[0].parent.name
    truth = read_truth(av2.stopped_cars(ROOT, tmp_path, {drive: T0}, must_stand=True))
    judged = {event["actor_track_id"] for event in truth.events if not event["is_ignored"]}
    open_tracks = {event["actor_track_id"] for event in truth.events}
    moving = "23f72b4f-0098-495f-ad55-20b3d2c6a66f"  # 71 m in 15.5 s, never below 2.5 m/s
    assert len(judged) == 69
    assert moving not in open_tracks


@pytest.mark.data
def test_kitti_actions_are_eleven_parked_cars_a_turn_and_a_cyclist_that_is_followed(tmp_path: Path) -> None:
    assert real(kitti.FILE)
    truth = read_truth(kitti.actions(ROOT, tmp_path, kitti.DRIVE, T0))
    judged = [event for event in truth.events if not event["is_ignored"]]
    assert [e["scenario_id"] for e in judged].count("stationary") == 11
    [turn] = [e for e in judged if e["scenario_id"] == "turning"]
    assert (turn["actor_track_id"], turn["t_start_ns"] - T0, turn["t_end_ns"] - T0) == (None, 76 * 10**8, 84 * 10**8)
    [follow] = [e for e in judged if e["scenario_id"] == "following"]
    assert follow["actor_track_id"] == "1"


def score_of(tp: int, fp: int, fn: int) -> ScenarioScore:
    ttc = ParameterError("min_ttc_s", "s", 0.1, share(9, 10), 0.02, 0.09)
    return ScenarioScore(
        "cut_in", 2, True, tp + fn, tp + fp, 0, tp, fp, fn, share(tp, tp + fn), share(tp, tp + fp), f1_of(tp, fp, fn),
        0.9, 0.1, 0.3, [ttc], [], [],
    )  # fmt: skip


def test_the_page_shows_the_scores_of_the_definitions_as_they_are_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    settings.cache_clear()
    monkeypatch.setattr(page, "PAGE", tmp_path / "scores.md")
    truth = Truth("made", [], [], "digest")
    monkeypatch.setattr(definition_scores, "definitions_digest", lambda: "yesterday")
    definition_scores.store(truth, [score_of(1, 9, 0)], 1.0, 0.5)
    monkeypatch.undo()
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    monkeypatch.setattr(page, "PAGE", tmp_path / "scores.md")
    definition_scores.store(truth, [score_of(19, 1, 0)], 1.0, 0.5)
    sections = [
        Section("made", "Made", "By hand.", "make it"),
        Section("absent", "Absent", "Elsewhere.", "make it", "Not run: nothing there."),
    ]
    page.write(sections, None)
    text = (tmp_path / "scores.md").read_text()
    assert "| `cut_in` v2 | 19 | 20 | 1.000 (0.83 to 1.00) | 0.950 (0.76 to 0.99) |" in text
    assert "| `cut_in` | `min_ttc_s` | 10 | 0.900 (0.60 to 0.98) below 0.1 s | 0.020 | 0.090 |" in text
    assert "0.100" not in text  # the precision of yesterday's definitions
    assert "Not run: nothing there." in text
    settings.cache_clear()


def test_a_box_behind_another_counts_as_hidden_and_unknown_labels_are_not_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    settings.cache_clear()
    names = ["front", "behind", "aside", "beyond"]
    columns = {
        "drive_id": ["d"] * 4,
        "topic": ["label_02"] * 4,
        "log_time_ns": [0] * 4,
        "track_id": names,
        "object_class": ["truck", "car", "car", "car"],
        "x_m": [10.0, 20.0, 10.0, 40.0],
        "y_m": [0.0, 0.0, 8.0, 0.0],
        "q_w": [1.0] * 4,
        "q_z": [0.0] * 4,
        "length_m": [8.0, 4.0, 4.0, 4.0],
        "width_m": [2.5, 1.8, 1.8, 1.8],
        "visibility_pct": pa.array([100.0, 25.0, 75.0, None]),
    }
    write_deltalake(tmp_path / "lake" / "bronze" / "objects", pa.table(columns))
    result = occlusion.score()
    assert (result.num_boxes, result.num_largely, result.auc) == (4, 1, 1.0)
    assert (result.found.value, result.clear.value) == (1.0, 1.0)
    assert np.isclose(result.median_share["1"], 1.0)
    settings.cache_clear()
