"""Metrics against slow, obvious definitions; weights count as copies; intervals cover what they should."""

import numpy as np
import pytest

from training.bootstrap import Resamples, interval
from training.calibration import Calibration, calibrate
from training.metrics import METRICS, best_threshold, metrics

RANDOM = np.random.default_rng(3)


def invented(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    probability = np.round(RANDOM.random(n), 2)  # rounded: many ties
    return probability, RANDOM.random(n) < probability


def point(probability: np.ndarray, positive: np.ndarray, threshold: float = 0.5) -> dict[str, float]:
    values = metrics(probability, positive, np.ones((1, len(positive))), threshold)
    return {name: float(array[0]) for name, array in values.items()}


def test_roc_auc_is_the_share_of_pairs_in_the_right_order_and_ties_count_half() -> None:
    probability, positive = invented()
    difference = probability[positive][:, None] - probability[~positive][None, :]
    assert point(probability, positive)["roc_auc"] == pytest.approx(((difference > 0) + (difference == 0) / 2).mean())


def test_average_precision_is_the_step_sum_over_distinct_thresholds() -> None:
    probability, positive = invented()
    expected, last_recall = 0.0, 0.0
    for threshold in np.unique(probability)[::-1]:
        warned = probability >= threshold
        recall = positive[warned].sum() / positive.sum()
        expected += (recall - last_recall) * positive[warned].mean()
        last_recall = recall
    assert point(probability, positive)["average_precision"] == pytest.approx(expected)


def test_a_constant_score_has_the_base_rate_as_average_precision_and_half_as_auc() -> None:
    positive = np.array([True, False, False, True, False])
    values = point(np.full(5, 0.4), positive)
    assert values["average_precision"] == pytest.approx(0.4)
    assert values["roc_auc"] == pytest.approx(0.5)


def test_threshold_and_probability_metrics_are_as_defined() -> None:
    probability = np.array([0.9, 0.8, 0.3, 0.1])
    values = point(probability, np.array([True, False, True, False]), threshold=0.5)
    assert (values["precision"], values["recall"], values["f1"]) == (0.5, 0.5, 0.5)
    assert values["brier"] == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)
    assert values["log_loss"] == pytest.approx(-np.log([0.9, 0.2, 0.3, 0.9]).mean())


def test_a_weight_of_two_is_the_sample_twice_and_of_zero_is_not_there() -> None:
    probability, positive = invented(60)
    weights = RANDOM.integers(0, 4, 60)
    weighted = metrics(probability, positive, weights[None, :].astype(float), 0.5)
    copied = point(np.repeat(probability, weights), np.repeat(positive, weights))
    for name in METRICS:
        assert weighted[name][0] == pytest.approx(copied[name]), name


def test_what_is_undefined_is_nan_and_not_zero() -> None:
    none_positive = point(np.array([0.2, 0.7]), np.array([False, False]))
    assert all(np.isnan(none_positive[name]) for name in ("average_precision", "roc_auc", "recall", "f1"))
    assert np.isnan(point(np.array([0.2, 0.3]), np.array([False, True]))["precision"])


def test_the_best_threshold_has_the_best_f1_of_all() -> None:
    probability, positive = invented()
    chosen = point(probability, positive, best_threshold(probability, positive))["f1"]
    assert chosen == pytest.approx(max(point(probability, positive, t)["f1"] for t in np.unique(probability)))


def test_calibration_brings_skewed_scores_to_the_observed_rate_and_keeps_the_order() -> None:
    scores = RANDOM.normal(0, 2, 4000)
    positive = RANDOM.random(4000) < Calibration(0.6, -2.0).probabilities(scores)
    found = calibrate(scores, positive)
    assert (found.scale, found.shift) == (pytest.approx(0.6, abs=0.1), pytest.approx(-2.0, abs=0.2))
    assert (np.diff(found.probabilities(np.sort(scores))) >= 0).all()
    assert calibrate(scores, ~positive).scale > 0  # even when the scores point the wrong way


def clustered(num_drives: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(drive id, warned) where drives differ among themselves: the case in which samples are not independent."""
    drive = np.repeat([f"d{i}" for i in range(num_drives)], 30).astype(object)
    rate = np.repeat(random.beta(2, 2, num_drives), 30)
    return drive, random.random(len(drive)) < rate


def recall_interval(drive: np.ndarray, warned: np.ndarray, seed: int) -> tuple[float, float]:
    everyone = np.ones(len(drive), dtype=bool)
    resamples = Resamples.over_drives(drive, everyone, 300, seed)
    values = [metrics(warned * 1.0, everyone, w, 0.5)["recall"] for w in resamples.weights(everyone)]
    low, high = interval(np.concatenate(values)[1:])
    assert low is not None
    assert high is not None
    return low, high


def test_the_interval_over_drives_covers_the_truth_where_one_over_samples_would_not() -> None:
    random = np.random.default_rng(11)
    over_drives = over_samples = 0
    for trial in range(60):
        drive, warned = clustered(25, random)
        low, high = recall_interval(drive, warned, trial)
        over_drives += low <= 0.5 <= high
        low, high = recall_interval(np.array([str(i) for i in range(len(drive))], dtype=object), warned, trial)
        over_samples += low <= 0.5 <= high
    assert over_drives >= 52  # 95 % of 60 is 57
    assert over_samples <= 40


def test_the_same_seed_draws_the_same_drives_and_the_first_row_is_the_data_as_it_is() -> None:
    drive = np.repeat(["b", "a", "c"], 4).astype(object)
    members = drive != "c"
    first, again = (Resamples.over_drives(drive, members, 50, seed=4) for _ in range(2))
    assert np.array_equal(first.counts, again.counts)
    assert (first.counts[0] == 1).all()
    assert (first.counts.sum(axis=1) == 2).all()
    weights = next(iter(first.weights(members)))
    assert (weights[:, :4] == weights[:, :1]).all()  # a drive is drawn whole


def test_a_single_drive_gives_no_interval() -> None:
    drive = np.repeat(["only"], 40).astype(object)
    resamples = Resamples.over_drives(drive, drive == "only", 100)
    assert len(resamples.counts) == 1
    assert interval(np.array([])) == (None, None)
