"""Drives from SUMO: two networks, several egos each, as recordings; what SUMO says happened, in a truth folder."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from fleet.generate import in_one_piece
from fleet.sumo.lanes import read_lanes
from fleet.sumo.motion import bodies
from fleet.sumo.network import LANE_WIDTH_M, Network, motorway, streets
from fleet.sumo.recording import write_drive
from fleet.sumo.run import simulate
from fleet.sumo.traffic import write_traffic
from fleet.sumo.truth import traffic, write_truth

VEHICLES_PER_S = {"motorway": 1.8, "streets": 1.2}
_MIN_TICKS = 300  # an ego that was on the road for less than 30 s is no drive


@dataclass(frozen=True)
class SumoSummary:
    """What was made: drives by id, messages and events that count in the truth, and the version of SUMO."""

    drive_ids: tuple[str, ...]
    num_messages: int
    num_events: int
    version: str


def generate_sumo(
    out: Path, truth: Path, egos: int, seconds: float, seed: int, project: str, work: Path | None = None
) -> SumoSummary:
    """Simulate a motorway and city streets with `egos` recording vehicles each; write out/<project>/<drive_id>, truth.

    `work` keeps SUMO's own files. Same seed, same traffic (with the same version of SUMO).

    Raises:
        SumoError: SUMO is not installed or failed.
    """
    ids: list[str] = []
    num_messages = num_events = 0
    version = ""
    with tempfile.TemporaryDirectory() as scratch:
        for name in VEHICLES_PER_S:
            folder = (work or Path(scratch)) / name
            folder.mkdir(parents=True, exist_ok=True)
            network: Network = motorway(folder) if name == "motorway" else streets(seed)
            per_s = VEHICLES_PER_S[name]
            names = write_traffic(folder / f"{name}.rou.xml", network, seed, seconds, egos, per_s)
            run = simulate(folder, network, seconds, seed)
            version = run.version
            lanes, everyone = read_lanes(run.network), bodies(run, LANE_WIDTH_M)
            world = traffic(run, everyone, lanes, LANE_WIDTH_M, name)
            for ego in (everyone[name] for name in names if name in everyone):
                if len(ego.lane) < _MIN_TICKS:
                    continue
                drive_id = f"sumo-s{seed:03d}-{name}-{ego.name}"
                with in_one_piece(truth / drive_id) as target:
                    num_events += write_truth(world, ego, target)
                with in_one_piece(out / project / drive_id) as target:
                    num_messages += write_drive(target, project, drive_id, ego, everyone, lanes)
                ids.append(drive_id)
    return SumoSummary(tuple(ids), num_messages, num_events, version)
