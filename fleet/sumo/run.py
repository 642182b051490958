"""Run SUMO in a folder: make the network, simulate at 10 Hz, and read what it wrote. SUMO is an optional extra."""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ET  # reads only what SUMO wrote a moment ago
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from fleet.sumo.network import Network

STEP_S = 0.1
MAX_TTC_S = 4.0
RANGE_M = 120.0


class SumoError(RuntimeError):
    """SUMO is not installed, or one of its programs failed."""


@dataclass(frozen=True)
class LaneChange:
    """SUMO's lane-change output: at time_s the vehicle is in the next lane; direction 1 is left, -1 right."""

    vehicle: str
    time_s: float
    direction: int


@dataclass(frozen=True)
class Conflict:
    """An instant of SUMO's SSM device where the ego follows: TTC [s] to the foe at time_s."""

    ego: str
    foe: str
    time_s: float
    ttc_s: float


@dataclass(frozen=True)
class Run:
    """What a run left. `fcd` has time_s, vehicle, x_m, y_m (front bumper centre), angle_deg (compass), speed_mps, kind,
    lane, pos_m (front bumper along the lane), sorted by vehicle and time."""

    network: Path
    fcd: pl.DataFrame
    lane_changes: list[LaneChange]
    conflicts: list[Conflict]
    version: str


def program(name: str) -> str:
    """Path of a SUMO program: from $SUMO_HOME/bin, the installed package `eclipse-sumo`, or PATH.

    Raises:
        SumoError: there is none.
    """
    package = find_spec("sumo")
    homes = [os.environ.get("SUMO_HOME"), *(package.submodule_search_locations or [] if package else [])]
    candidates = [Path(home) / "bin" / name for home in homes if home]
    found = next((str(path) for path in candidates if path.exists()), None) or shutil.which(name)
    if found is None:
        raise SumoError("SUMO is not installed; run: make sumo (or pip install 'longtail[sumo]', about 530 MB)")
    return found


def simulate(folder: Path, network: Network, seconds: float, seed: int) -> Run:
    """Make the network in `folder`, play <name>.rou.xml, which must be there, for `seconds`, and read the outputs.

    Raises:
        SumoError: a program failed; the message is the end of what it said.
    """
    _call(folder, *network.command)
    name = network.name
    _call(
        folder, "sumo", "-n", f"{name}.net.xml", "-r", f"{name}.rou.xml", "--step-length", str(STEP_S),
        "--step-method.ballistic", "--end", str(seconds), "--seed", str(seed), "--time-to-teleport", "-1",
        "--collision.action", "warn", "--no-step-log", "--fcd-output", "fcd.parquet",
        "--lanechange-output", "lanechange.xml", "--device.ssm.measures", "TTC",
        "--device.ssm.thresholds", str(MAX_TTC_S), "--device.ssm.range", str(RANGE_M), "--device.ssm.file", "ssm.xml",
        "--device.ssm.trajectories", "true", "--device.ssm.extratime", "1",
    )  # fmt: skip
    version = _call(folder, "sumo", "--version").splitlines()[0]
    changes, conflicts = _lane_changes(folder / "lanechange.xml"), _conflicts(folder / "ssm.xml")
    return Run(folder / f"{name}.net.xml", _fcd(folder / "fcd.parquet"), changes, conflicts, version)


def _call(folder: Path, name: str, *arguments: str) -> str:
    done = subprocess.run([program(name), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SumoError(f"{name}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def _fcd(path: Path) -> pl.DataFrame:
    return (
        pl.read_parquet(path)
        .select(
            time_s=pl.col("timestep_time").round(1),
            vehicle="vehicle_id",
            x_m="vehicle_x",
            y_m="vehicle_y",
            angle_deg=pl.col("vehicle_angle").cast(pl.Float64),
            speed_mps=pl.col("vehicle_speed").cast(pl.Float64),
            kind="vehicle_type",
            lane="vehicle_lane",
            pos_m=pl.col("vehicle_pos").cast(pl.Float64),
        )
        .drop_nulls("vehicle")
        .sort("vehicle", "time_s")
    )


def _lane_changes(path: Path) -> list[LaneChange]:
    changes = ET.parse(path).getroot().iter("change")  # noqa: S314  # SUMO's own
    return [LaneChange(str(c.get("id")), float(str(c.get("time"))), int(str(c.get("dir")))) for c in changes]


_FOLLOWS = "2"  # SUMO's type of an instant in which the ego follows the foe on the same lane


def _conflicts(path: Path) -> list[Conflict]:
    found = []
    for conflict in ET.parse(path).getroot().iter("conflict"):  # noqa: S314  # SUMO's own
        spans = [str(_child(conflict, name).get("values")).split() for name in ("timeSpan", "typeSpan", "TTCSpan")]
        ego, foe = str(conflict.get("ego")), str(conflict.get("foe"))
        for time, kind, ttc in zip(*spans, strict=True):
            if kind == _FOLLOWS and ttc != "NA":
                found.append(Conflict(ego, foe, float(time), float(ttc)))
    return found


def _child(parent: ET.Element, name: str) -> ET.Element:
    child = parent.find(name)
    if child is None:
        raise SumoError(f"SUMO's SSM output has a conflict without {name}")
    return child
