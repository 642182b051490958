"""Driver assistance of the recording vehicle: what its bus says about warnings, emergency braking and who drives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.relations import Relations, runs
from fleet.setting import MRM_AFTER_S
from fleet.simulate import RATE_HZ, DriveStates

Codes = NDArray[np.uint8]

MANUAL, ASSISTED, AUTOMATED = 0, 1, 2
AEB_DRAC_MPS2, AEB_TTC_S, AEB_BRAKE_MPS2 = 4.5, 1.1, -3.5
WARNING_TTC_S, ACUTE_TTC_S, WARNING_CLOSING_MPS = 2.6, 1.6, 2.0
OVERRIDE_BRAKE_MPS2, OVERRIDE_STEER_MPS2 = -3.0, 3.0
BACK_AFTER_S = 6.0  # the driver hands back so long after the reason for an override has gone


@dataclass(frozen=True)
class AssistSignals:
    """What the bus carries, (n,) at RATE_HZ each: see vehicle.dbc, message ADAS_STATUS, for the codes."""

    aeb_active: Codes
    fcw_level: Codes
    mode: Codes
    takeover_request: Codes
    mrm_active: Codes
    odd_ok: Codes


def assist_signals(states: DriveStates, rel: Relations) -> AssistSignals:
    """The signals that follow from what happened and from the drive's story (setting.assist)."""
    n = len(states.t_s)
    ttc, drac, closing = lead_pressure(states, rel)
    braking = states.ax_ego_mps2
    aeb = np.zeros(n, dtype=np.uint8)
    for start, end in runs(((drac >= AEB_DRAC_MPS2) | (ttc <= AEB_TTC_S)) & (braking <= AEB_BRAKE_MPS2), 30, 10):
        released = np.flatnonzero(braking[end:] > -2.0)
        aeb[start : end + (int(released[0]) if len(released) else n)] = 1
    fcw = np.zeros(n, dtype=np.uint8)
    for level, limit in ((1, WARNING_TTC_S), (2, ACUTE_TTC_S)):
        for start, end in runs((ttc <= limit) & (closing > WARNING_CLOSING_MPS), 50, 10):
            fcw[start : end + 20] = level
    outside, request, mrm = _demands(states)
    mode = _mode(states, aeb, request, outside)
    return AssistSignals(aeb, fcw, mode, request, mrm, (1 - outside).astype(np.uint8))


def lead_pressure(states: DriveStates, rel: Relations) -> tuple[NDArray[np.float64], ...]:
    """TTC [s] (inf: not closing), DRAC [m/s2] and closing speed [m/s] to the lead of each sample, (n,) each."""
    n = len(states.t_s)
    ttc, drac, closing = np.full(n, np.inf), np.zeros(n), np.zeros(n)
    for k, a in enumerate(states.actors):
        at = np.flatnonzero(rel.lead[a.first : a.last] == k)
        gap, rate = rel.gap_m[k][at], rel.closing_mps[k][at]
        closing[a.first + at] = rate
        at, gap, rate = at[rate > 0.1], gap[rate > 0.1], rate[rate > 0.1]
        ttc[a.first + at], drac[a.first + at] = gap / rate, rate**2 / (2.0 * gap)
    return ttc, drac, closing


def _demands(states: DriveStates) -> tuple[Codes, Codes, Codes]:
    """Whether it is outside its ODD, takeover request and minimal risk manoeuvre over the drive, as its story tells."""
    story, t = states.setting.assist, states.t_s
    nothing = np.zeros(len(t), dtype=np.uint8)
    if story.kind not in ("takeover", "mrm"):
        return nothing, nothing, nothing
    is_unanswered = story.kind == "mrm"
    answered_s = np.inf if is_unanswered else story.request_s + story.answer_s
    outside = (t >= story.request_s) & (t < story.request_s + story.outside_s) & story.is_odd_exit
    request = (t >= story.request_s + 0.2) & (t < answered_s)
    mrm = is_unanswered & (t >= story.request_s + MRM_AFTER_S)
    return outside.astype(np.uint8), request.astype(np.uint8), np.asarray(mrm).astype(np.uint8)


def _mode(states: DriveStates, aeb: Codes, request: Codes, outside: Codes) -> Codes:
    """Who drives: the system until a driver brakes or steers hard or answers a demand; later the system again."""
    n, story = len(states.t_s), states.setting.assist
    if story.kind == "manual":
        return np.full(n, MANUAL, dtype=np.uint8)
    pedal = (states.ax_ego_mps2 <= OVERRIDE_BRAKE_MPS2) & (aeb == 0)
    driver = np.zeros(n, dtype=bool)
    for start, end in (*runs(pedal, 30, 30), *runs(np.abs(states.ay_ego_mps2) >= OVERRIDE_STEER_MPS2, 30, 20)):
        # emergency braking that begins within half a second was not the driver's foot
        if not aeb[max(start - RATE_HZ // 2, 0) : start + RATE_HZ // 2].any():
            driver[start : end + int(BACK_AFTER_S * RATE_HZ)] = True
    answered = np.flatnonzero(np.diff(request.astype(np.int8)) == -1)
    for at in answered:
        still = np.flatnonzero(outside[at:])
        back = int(at) + (int(still[-1]) if len(still) else 0) + int(BACK_AFTER_S * RATE_HZ)
        driver[int(at) + 1 : back] = True
    return np.where(driver, MANUAL, AUTOMATED if story.is_automated else ASSISTED).astype(np.uint8)
