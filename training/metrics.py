"""Metrics of probabilities against outcomes, for weighted samples, so that a bootstrap over drives is only weights."""

import numpy as np
import numpy.typing as npt

from training.dataset import Floats

METRICS = ("average_precision", "roc_auc", "precision", "recall", "f1", "brier", "log_loss")
LOWER_IS_BETTER = frozenset({"brier", "log_loss"})


def metrics(
    probability: Floats, is_positive: npt.NDArray[np.bool_], weights: Floats, threshold: float
) -> dict[str, Floats]:
    """Each of METRICS as an array [b], one value per row of `weights` ([b, n], >= 0); NaN where undefined.

    `probability` and `is_positive` are [n]. Ties in probability count as one step, so the order of equal scores never
    matters. Average precision is the step-wise sum (no interpolation).
    """
    order = np.argsort(-probability, kind="stable")
    score, positive, weight = probability[order], is_positive[order], weights[:, order]
    steps = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    true_positives = np.cumsum(weight * positive, axis=1)[:, steps]
    false_positives = np.cumsum(weight * ~positive, axis=1)[:, steps]
    with np.errstate(divide="ignore", invalid="ignore"):
        result = _ranking(true_positives, false_positives)
        result |= _at_threshold(positive, weight, score >= threshold)
    clipped = np.clip(score, 1e-7, 1 - 1e-7)
    surprise = -np.where(positive, np.log(clipped), np.log1p(-clipped))
    total = weight.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        result["brier"] = (weight * (score - positive) ** 2).sum(axis=1) / total
        result["log_loss"] = (weight * surprise).sum(axis=1) / total
    return result


def _ranking(true_positives: Floats, false_positives: Floats) -> dict[str, Floats]:
    """Average precision and ROC AUC from cumulative weights [b, steps], best score first."""
    positives, negatives = true_positives[:, -1:], false_positives[:, -1:]
    gained = np.diff(true_positives, axis=1, prepend=0.0)
    seen = true_positives + false_positives
    precision = np.where(seen > 0, true_positives / seen, 0.0)
    average = (gained * precision).sum(axis=1) / positives[:, 0]
    passed = np.diff(false_positives, axis=1, prepend=0.0)
    below = true_positives - gained / 2  # a tie counts half
    area = (passed * below).sum(axis=1) / (positives * negatives)[:, 0]
    return {"average_precision": average, "roc_auc": area}


def _at_threshold(
    positive: npt.NDArray[np.bool_], weight: Floats, is_warned: npt.NDArray[np.bool_]
) -> dict[str, Floats]:
    """Precision (undefined where nothing is warned of), recall and F1 (undefined where nothing is positive)."""
    hits = (weight * (positive & is_warned)).sum(axis=1)
    warned = (weight * is_warned).sum(axis=1)
    positives = (weight * positive).sum(axis=1)
    f1 = np.where(positives > 0, 2 * hits / (warned + positives), np.nan)
    return {"precision": hits / warned, "recall": hits / positives, "f1": f1}


def best_threshold(probability: Floats, is_positive: npt.NDArray[np.bool_]) -> float:
    """The threshold with the highest F1 (the higher threshold when equal): half way to the next lower score.

    Raises:
        ValueError: there is no positive sample, so F1 is 0 everywhere.
    """
    if not is_positive.any():
        raise ValueError("no positive sample to choose a threshold on")
    order = np.argsort(-probability, kind="stable")
    score, positive = probability[order], is_positive[order]
    steps = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    f1 = 2 * np.cumsum(positive)[steps] / (steps + 1 + positive.sum())
    best = int(np.argmax(f1))
    lower = score[steps[best + 1]] if best + 1 < len(steps) else 0.0
    return float((score[steps[best]] + lower) / 2)
