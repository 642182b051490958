"""A small generated fleet, made once: four short drives, the last with its CAN in MDF4."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from fleet.generate import FleetSummary, generate_fleet
from fleet.setting import draw_setting, streams
from fleet.simulate import DriveStates, simulate

SEED, SECONDS, DRIVES = 11, 12.0, 4


@dataclass(frozen=True)
class Fleet:
    landing: Path
    truth: Path
    summary: FleetSummary

    def folder(self, index: int) -> Path:
        return self.landing / "local" / self.summary.drive_ids[index]


def play(seed: int, index: int, seconds: float) -> DriveStates:
    rngs = streams(seed, index)
    return simulate(draw_setting(seed, index, seconds, rngs["setting"]), rngs["road"], rngs["world"])


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    root = tmp_path_factory.mktemp("fleet")
    summary = generate_fleet(root / "landing", root / "truth", DRIVES, SECONDS, SEED, workers=1)
    return Fleet(root / "landing", root / "truth", summary)


@pytest.fixture(scope="session")
def simulated() -> list[DriveStates]:
    """24 drives of a minute, states only."""
    return [play(21, index, 60.0) for index in range(24)]
