"""The plan of a drive: which acts happen and when, at a rate per time, so that drives of any length are varied."""

import numpy as np

from fleet.acts import Act, OpeningAct, PairAct, PassAct
from fleet.ego_acts import CutOutAct, EgoBrakeAct, EgoLaneChangeAct, LeadAct, PedestrianAct
from fleet.setting import Setting

Rng = np.random.Generator


def make_plan(setting: Setting, rng: Rng) -> list[Act]:
    """Acts of a drive. One drive in seven is calm (nobody cuts in); half hold a hard brake of the ego."""
    is_calm = rng.random() < 0.15
    has_brake = rng.random() < 0.5
    lead_s = 14.0 if setting.road_kind == "highway" else 15.0
    acts: list[Act] = []
    t = float(rng.uniform(4.5, 8.0))
    latest_start = setting.seconds - 5.0
    while t < latest_start:
        acts.append(_main_act(setting, t, lead_s, is_calm, has_brake, rng))
        t += float(rng.uniform(10.0, 13.0))
    t = float(rng.uniform(3.0, 8.0))
    while t < latest_start:
        acts.append(_side_act(setting, t, lead_s, rng))
        t += float(rng.uniform(5.0, 10.0))
    if has_brake and latest_start > 4.0:
        for _ in range(max(1, round(setting.seconds / 100.0))):
            at = float(rng.uniform(3.0, latest_start))
            acts.append(EgoBrakeAct(at, float(rng.uniform(3.8, 7.0)), float(rng.uniform(0.9, 1.8))))
    return [*acts, OpeningAct()]  # last: it takes only what the acts of the first instant left free


# share of each kind of main act; the rest are changes of the ego lane
SHARES = {
    "highway": {"cut_in": 0.62, "lead": 0.11, "cut_out": 0.17},
    "urban": {"cut_in": 0.55, "lead": 0.09, "cut_out": 0.09, "pedestrian": 0.18},
}


def _main_act(setting: Setting, t: float, lead_s: float, is_calm: bool, has_brake: bool, rng: Rng) -> Act:
    shares = SHARES[setting.road_kind]
    names = [*shares, "ego_lane_change"]
    name = str(rng.choice(np.array(names), p=[*shares.values(), 1.0 - sum(shares.values())]))
    if name == "cut_in" and not is_calm:
        return _cut_in(setting, t, lead_s, has_brake, rng)
    if name == "lead":
        outcome = "brake" if has_brake else "follow"
        return LeadAct(outcome, t, lead_s, float(rng.uniform(3.5, 6.5)), float(rng.choice([0.3, 0.5, 0.9, 1.2])))
    if name == "cut_out":
        is_swerve = bool(has_brake and rng.random() < 0.75)
        slower = float(rng.uniform(4.0, 9.0) if setting.road_kind == "highway" else rng.uniform(2.5, 5.0))
        if is_swerve:
            slower = float(rng.uniform(0.3, 0.45)) * setting.cruise_mps
        return CutOutAct(t, lead_s, slower, float(rng.uniform(1.3, 2.4)), is_swerve)
    if name == "pedestrian":
        return PedestrianAct(max(t - 8.0, 0.5), float(rng.uniform(1.4, 2.8)))
    if name == "ego_lane_change":
        return EgoLaneChangeAct(t, float(rng.uniform(3.6, 5.5)))
    return PairAct("change_away", t, lead_s, float(rng.uniform(8, 35)), float(rng.uniform(-1, 4)))


def _cut_in(setting: Setting, t: float, lead_s: float, has_brake: bool, rng: Rng) -> PairAct:
    """A cut-in from harmless to barely avoidable; in drives without hard brakes only the harmless kinds."""
    v = setting.cruise_mps
    weights = [0.26, 0.16, 0.34, 0.24] if has_brake else [0.58, 0.42, 0.0, 0.0]
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
        change_s=float(rng.uniform(2.8, 5.2)), notices_m=notices, late_s=late,
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
