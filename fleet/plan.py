"""The plan of a drive: which acts happen and when, at a rate per time, so that drives of any length are varied."""

import numpy as np

from fleet.acts import Act, OpeningAct, PairAct, PassAct
from fleet.cut_out_act import CutOutAct, EvadeAct
from fleet.ego_acts import EgoBrakeAct, EgoLaneChangeAct, LeadAct, MinimalRiskAct
from fleet.lead_acts import SwerveLeadAct, TailgateAct
from fleet.setting import MRM_AFTER_S, Setting
from fleet.walkers import PedestrianAct

Rng = np.random.Generator

# share of each kind of act in the ego's own lane
SHARES = {
    "highway": {
        "lead": 0.25, "cut_out": 0.24, "late_cut_out": 0.13, "tailgate": 0.08, "evade": 0.15, "swerving": 0.06,
        "ego_lane_change": 0.091,
    },
    "urban": {
        "lead": 0.21, "cut_out": 0.19, "late_cut_out": 0.10, "evade": 0.14, "swerving": 0.06, "blocked": 0.16,
        "ego_lane_change": 0.141,
    },
}  # fmt: skip
ROUND_S = {"highway": (10.0, 12.5), "urban": (12.0, 15.0)}
FORCED_SHARE = 0.16  # of the cut-ins in an eventful drive
AFTER_CUT_IN_S = 3.5  # who has cut in is the lead by then, and the next act may be about it
SIDE_EVERY_S = (9.0, 15.0)
WALKER_EVERY_S = (9.0, 15.0)
WALKERS = {"emerging": 0.42, "open": 0.22, "crosswalk": 0.22, "kerb": 0.141}


def make_plan(setting: Setting, rng: Rng) -> list[Act]:
    """Acts of a drive, in rounds: somebody cuts in or changes away, then something happens in the ego's own lane.

    One drive in seven is calm (nobody cuts in); more than half are eventful (the ego brakes hard).
    """
    is_calm = _spread(setting.index, 0) < 0.14
    has_brake = _spread(setting.index, 1) < 0.6
    lead_s = 14.0 if setting.road_kind == "highway" else 15.0
    latest_start = setting.seconds - 5.0
    acts: list[Act] = []
    t, number = float(rng.uniform(4.5, 8.0)), 0
    while t < latest_start:
        if is_calm or rng.random() < 0.05:
            acts.append(_other(t, lead_s, rng))
        else:
            acts.append(_cut_in(setting, t, lead_s, has_brake, rng))
        if t + AFTER_CUT_IN_S < latest_start:
            kind = _kind(SHARES[setting.road_kind], setting.index, number)
            acts.append(_own_lane(kind, setting, t + AFTER_CUT_IN_S, has_brake, rng))
        t, number = t + float(rng.uniform(*ROUND_S[setting.road_kind])), number + 1
    t = float(rng.uniform(3.0, 8.0))
    while t < latest_start:
        acts.append(_side_act(setting, t, lead_s, rng))
        t += float(rng.uniform(*SIDE_EVERY_S))
    if setting.road_kind == "urban":
        acts += _walkers(setting, has_brake, rng)
    if has_brake and latest_start > 4.0:
        for _ in range(max(1, round(setting.seconds / 150.0))):
            at = float(rng.uniform(3.0, latest_start))
            acts.append(EgoBrakeAct(at, float(rng.uniform(3.8, 7.0)), float(rng.uniform(0.8, 1.3))))
    if setting.assist.kind == "mrm":
        acts.append(MinimalRiskAct(setting.assist.request_s + MRM_AFTER_S, float(rng.uniform(1.6, 2.4))))
    return [*acts, OpeningAct()]  # last: it takes only what the acts of the first instant left free


def _spread(index: int, number: int) -> float:
    """A number in 0..1 that covers it evenly over drives and over what follows each other in one (the R2 sequence)."""
    return (0.5 + index * 0.7548776662466927 + number * 0.5698402909980532) % 1.0


def _kind(shares: dict[str, float], index: int, number: int) -> str:
    """A kind by its share, evenly spread: a small fleet has some of each."""
    return list(shares)[int(np.searchsorted(np.cumsum(list(shares.values())), _spread(index, number), side="right"))]


def _walkers(setting: Setting, has_brake: bool, rng: Rng) -> list[Act]:
    acts: list[Act] = []
    t = float(rng.uniform(0.5, 3.0))
    while t < setting.seconds - 11.0:
        margin = float(rng.uniform(0.9, 2.4) if has_brake else rng.uniform(2.0, 4.0))
        acts.append(
            PedestrianAct(t, _kind(WALKERS, setting.index, len(acts)), margin, is_from_left=bool(rng.random() < 0.3))
        )
        t += float(rng.uniform(*WALKER_EVERY_S))
    return acts


def _other(t: float, lead_s: float, rng: Rng) -> PairAct:
    return PairAct("change_away", t, lead_s, float(rng.uniform(8, 35)), float(rng.uniform(-1, 4)))


def _own_lane(name: str, setting: Setting, t: float, has_brake: bool, rng: Rng) -> Act:
    if name == "lead":
        return _lead(t, has_brake, rng)
    if name in ("cut_out", "late_cut_out"):
        return _cut_out(setting, t, has_brake, name == "late_cut_out" and has_brake, rng)
    if name == "tailgate":
        # two regimes: clearly too near, or clearly not
        headway = rng.uniform(0.55, 0.85) if rng.random() < 0.7 else rng.uniform(1.2, 1.5)
        return TailgateAct(t, float(headway), float(rng.uniform(4.5, 7.0)))
    if name == "evade" and has_brake:
        return EvadeAct(t, float(rng.uniform(0.4, 0.6)), float(rng.uniform(1.7, 2.2)))
    if name == "blocked":
        return EvadeAct(t, 0.0, float(rng.uniform(3.2, 4.5)))
    if name in ("evade", "swerving"):
        return SwerveLeadAct(t, float(rng.choice([-1.0, 1.0]) * rng.uniform(0.6, 0.75)), float(rng.uniform(1.3, 1.9)))
    return EgoLaneChangeAct(t, float(rng.uniform(3.6, 5.5)))


def _lead(t: float, has_brake: bool, rng: Rng) -> LeadAct:
    """A lead that brakes hard, in drives without hard brakes of the ego only a little or not at all."""
    delay = float(rng.choice([0.3, 0.6, 1.0, 1.3]))
    headway = float(rng.uniform(0.8, 1.6))
    if rng.random() < (0.85 if has_brake else 0.35):
        return LeadAct("brake", t, float(rng.uniform(5.9, 7.6)), delay, headway)
    outcome = str(rng.choice(np.array(["brake", "follow"])))
    return LeadAct(outcome, t, float(rng.uniform(1.5, 2.2)), 0.2, headway)


def _cut_out(setting: Setting, t: float, has_brake: bool, is_late: bool, rng: Rng) -> CutOutAct:
    """A lead that leaves: calmly, or (is_late) in the last moment before it would hit what it reveals."""
    headway = float(rng.uniform(1.3, 2.4))
    if is_late:
        slower = float(rng.uniform(0.3, 0.42)) * setting.cruise_mps
        return CutOutAct(t, slower, headway, late_ttc_s=float(rng.uniform(1.7, 2.2)))
    if has_brake and rng.random() < 0.5:
        return CutOutAct(t, float(rng.uniform(0.3, 0.45)) * setting.cruise_mps, headway, is_swerve=True)
    slower = float(rng.uniform(4.0, 9.0) if setting.road_kind == "highway" else rng.uniform(2.5, 5.0))
    return CutOutAct(t, slower, headway)


def _cut_in(setting: Setting, t: float, lead_s: float, has_brake: bool, rng: Rng) -> PairAct:
    """A cut-in from harmless to barely avoidable; in drives without hard brakes only the harmless kinds."""
    v = setting.cruise_mps
    weights = [0.26, 0.16, 0.34, 0.24] if has_brake else [0.58, 0.42, 0.0, 0.0]
    if has_brake and rng.random() < FORCED_SHARE:
        return PairAct(
            "cut_in", t, lead_s, v * float(rng.uniform(0.8, 1.3)), float(rng.uniform(-1.0, 2.0)),
            change_s=float(rng.uniform(1.8, 2.2)), forced_ttc_s=float(rng.uniform(1.6, 2.1)),
        )  # fmt: skip
    severity = str(rng.choice(np.array(["benign", "close", "critical", "late"]), p=weights))
    notices, late = float(rng.uniform(-0.3, 0.1)), -9.0
    if severity == "benign":
        closing = float(rng.uniform(-2.5, 2.5))
        gap = v * float(rng.uniform(1.05, 1.7))
    elif severity == "close":
        closing = float(rng.uniform(-2.0, 2.0))
        gap = max(v * float(rng.uniform(0.35, 0.9)), 2.6 * max(closing, 0.0), 6.0)
    elif severity == "critical":
        closing = float(rng.uniform(4.0, 8.5) if setting.road_kind == "highway" else rng.uniform(3.0, 5.5))
        gap = max(closing * float(rng.uniform(1.25, 1.95)), 5.5)
        late = float(rng.uniform(-0.5, 0.4))
    else:
        closing = float(rng.uniform(4.5, 7.5) if setting.road_kind == "highway" else rng.uniform(4.0, 5.5))
        gap = max(closing * (closing / 12.0 + 0.35) * float(rng.uniform(0.95, 1.25)), 4.6)
        late = float(rng.uniform(-0.6, 0.05))
    return PairAct(
        "cut_in", t, lead_s, gap, closing,
        change_s=float(rng.uniform(3.2, 5.4)), notices_m=notices, late_s=late,
        drift_m=float(rng.uniform(0.12, 0.35)) if rng.random() < 0.6 else 0.0,
    )  # fmt: skip


def _side_act(setting: Setting, t: float, lead_s: float, rng: Rng) -> Act:
    pick = float(rng.random())
    if pick < 0.6:
        return PairAct(
            "stay", t, lead_s, float(rng.uniform(5.0, 45.0)), float(rng.uniform(-2.0, 6.0)),
            drift_m=float(rng.uniform(0.12, 0.35)) if rng.random() < 0.25 else 0.0,
        )  # fmt: skip
    if pick < 0.7:
        return PairAct("change_away", t, lead_s, float(rng.uniform(5.0, 40.0)), float(rng.uniform(-1.0, 4.0)))
    faster = float(rng.uniform(3.0, 8.0)) * (1.0 if rng.random() < 0.6 else -1.0)
    return PassAct(max(t - 10.0, 0.0), faster if setting.road_kind == "highway" else 0.5 * faster)
