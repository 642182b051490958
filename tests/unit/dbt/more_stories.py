"""More closed-form stories, each about what a scenario must not be taken for."""

import numpy as np

from tests.unit.dbt.stories import FRONT_M, LANE_M, T, User, during, shift


def beside() -> dict[str, User]:
    """The ego vehicle at 20 m/s; a ramp, a side street and two cars 89.7 m away, seen for less than a second each."""
    ego_s = 20.0 * T
    users = {"ego": User(ego_s, np.zeros_like(T))}
    # down a ramp at 17 degrees into the lane to the right of the ego's, alongside at the end
    down = np.clip(24.0 - T, 0, None) * 20.0 * np.tan(np.radians(17.0))
    users["ramp"] = User(ego_s + 30.0, -LANE_M - down)
    # square to the road at 8 m/s, round the corner (8 m) from 36.0 s on, and then ahead in the ego lane
    arc = np.clip((T - 36.0), 0, np.pi / 2)
    away = np.clip((T - 36.0 - np.pi / 2), 0, None)
    side_d = 8.0 * (1 - np.sin(arc)) + 8.0 * np.clip(36.0 - T, 0, 6.0)
    users["side"] = User(20.0 * 36.0 + 80.0 + 8.0 * (1 - np.cos(arc)) + 8.0 * away + np.clip(away, 0, 6) ** 2, side_d)
    users["kerb"] = User(np.full_like(T, 200.0), np.full_like(T, 89.7))
    users["crawler"] = User(np.full_like(T, 400.0) + 3.0 * (T - 20.0), np.full_like(T, 89.7))
    return users


def queue() -> dict[str, User]:
    """The ego vehicle at 10 m/s behind one who comes into its lane, swerves there and leaves; then, in its lane, a car
    that rolls its last 0.7 m when it comes into sight, and one that never moves."""
    ego_s = 10.0 * T
    users = {"ego": User(ego_s, np.zeros_like(T))}
    swing = 0.6 * np.sin(2 * np.pi * (T - 8.2) / 4.0) * during(8.2, 16.2)
    users["joiner"] = User(ego_s + 20.0, LANE_M - shift(5.0, 3.0, LANE_M) + swing + shift(18.0, 3.0, LANE_M))
    users["stopped"] = User(330.0 - 1.2 * np.clip(24.6 - T, 0, None), np.zeros_like(T))
    users["stalled"] = User(np.full_like(T, 500.0), np.zeros_like(T))
    return users


def leaving() -> dict[str, User]:
    """Who leads the ego vehicle (20 m/s) leaves its lane twice, and neither time shows it anything.

    The first time another came in between meanwhile; the second who leaves falls back beside the ego vehicle, while a
    slow truck is ahead all the time.
    """
    ego_s = 20.0 * T

    def ahead(gap_m: np.ndarray | float, d_m: np.ndarray) -> User:
        return User(ego_s + FRONT_M + 2.25 + gap_m, d_m)

    early, late = 200.0 * (T < 20), 200.0 * (T >= 20)  # out of sight
    leaver = ahead(30.0 + late, shift(5.0, 3.0, LANE_M))
    squeezer = ahead(20.0 - 3.0 * np.clip(T - 5.0, 0, 4.0) + late, -LANE_M + shift(4.7, 3.0, LANE_M))
    back = ahead(8.0 + early - 5.0 * np.clip(T - 40.0, 0, 3.0), shift(40.0, 3.0, LANE_M))
    truck = User(14.0 * (T - 43.0) + 20.0 * 43.0 + 60.0, np.zeros_like(T), "truck", (8.0, 2.4))
    return {"ego": User(ego_s, np.zeros_like(T)), "leaver": leaver, "squeezer": squeezer, "back": back, "truck": truck}


def steep() -> dict[str, User]:
    """The ego vehicle goes to the left twice, each time 3.5 m in 2.2 s: at 3.5 m/s along the lane, and at 2 m/s.

    Its course is at 40 degrees to the lane at most, and then at 56: a lane change, and a turn.
    """
    ego_s = np.where(T < 30.0, 3.5 * T, 105.0 + 2.0 * (T - 30.0))
    post = User(np.full_like(T, 60.0), np.full_like(T, -6.0))
    return {"ego": User(ego_s, shift(10.0, 2.2, LANE_M) + shift(40.0, 2.2, LANE_M)), "post": post}
