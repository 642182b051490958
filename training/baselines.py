"""What a model must beat: never warning, and the rule every driver-assistance textbook starts with."""

from dataclasses import dataclass

import numpy as np

from training.calibration import Calibration, calibrate
from training.dataset import Floats, Samples

ALWAYS_NO = "baseline:always_no"
LANE_CROSSING = "baseline:time_to_lane_crossing"
RULE_S = 3.0
_NEVER_S = 10.0  # later than this, or not approaching at all, counts the same


@dataclass(frozen=True)
class Scores:
    """One predictor on n samples: probability 0..1 and the threshold from which it warns."""

    probability: Floats
    threshold: float
    model_version: str | None = None


def always_no(data: Samples) -> Scores:
    """Never warns. Its probability is the base rate of the train split, the best constant there is."""
    rate = float(data.is_positive[data.of("train")].mean())
    return Scores(np.full(len(data), rate), threshold=1.0)


def time_to_lane_crossing(data: Samples) -> Scores:
    """Warns when the neighbour's near side, at its present lateral speed, reaches the ego lane mark within 3 s.

    The shorter the time the higher the probability; the scale of that is calibrated on the train split, so that the
    rule is not beaten merely for having no probabilities of its own.
    """
    train = data.of("train")
    calibration = calibrate(_urgency(data)[train], data.is_positive[train])
    at_limit = Calibration(calibration.scale, calibration.shift).probabilities(np.array([_NEVER_S - RULE_S]))
    return Scores(calibration.probabilities(_urgency(data)), threshold=float(at_limit[0]))


def _urgency(data: Samples) -> Floats:
    """[n] _NEVER_S minus the time to lane crossing in s: 0 when it does not approach, _NEVER_S when it is there."""
    edge_m = np.maximum(data.features["lag0_edge_to_mark_m"], 0.0)
    approach_mps = data.features["lag0_approach_mps"]
    is_approaching = approach_mps > edge_m / _NEVER_S
    remaining_s = np.divide(edge_m, approach_mps, out=np.full(len(data), _NEVER_S), where=is_approaching)
    return np.asarray(_NEVER_S - remaining_s)
