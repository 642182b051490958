"""From scores to probabilities that mean what they say, and the threshold from which a sample counts as a warning."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.dataset import Floats
from training.metrics import best_threshold


@dataclass(frozen=True)
class Calibration:
    """probability = sigmoid(scale * score + shift); the identity and 0.5 where there was nothing to choose them on."""

    scale: float = 1.0
    shift: float = 0.0
    threshold: float = 0.5

    def probabilities(self, scores: Floats) -> Floats:
        """[n] probability 0..1 of scores (any real number)."""
        return 1.0 / (1.0 + np.exp(-np.clip(self.scale * scores + self.shift, -60.0, 60.0)))


def calibrate(scores: Floats, is_positive: npt.NDArray[np.bool_]) -> Calibration:
    """Platt scaling by Newton's method, held near the identity so that few samples cannot turn it over.

    `scores` and `is_positive` are [n] and hold both outcomes. The scale stays above 0, so no ranking is reversed.
    """
    scale, shift = 1.0, 0.0
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    for _ in range(50):
        probability = Calibration(scale, shift).probabilities(scores)
        gradient = design.T @ (probability - is_positive) + np.array([scale - 1.0, shift])
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        scale, shift = max(scale - float(step[0]), 0.05), shift - float(step[1])
    probability = Calibration(scale, shift).probabilities(scores)
    return Calibration(scale, shift, best_threshold(probability, is_positive))
