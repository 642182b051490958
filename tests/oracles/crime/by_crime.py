"""The measures of commonroad-crime for the closed-form pairs, as JSON. Runs in its own environment: see make crime.

It pins a protobuf that ours cannot have. Usage: python by_crime.py OUT.json
"""

import json
import logging
import math
import sys
import tempfile
from pathlib import Path

from commonroad.common.file_reader import CommonRoadFileReader
from commonroad_crime.data_structure.configuration import CriMeConfiguration
from commonroad_crime.measure import BTN, DST, HW, TET, THW, TIT, TTC, ALatReq, ALongReq
from commonroad_scenarios import EGO_ID, LEAD_ID, PAIRS, write

MEASURES = {"HW": HW, "TTC": TTC, "THW": THW, "ALongReq": ALongReq, "BTN": BTN, "DST": DST, "ALatReq": ALatReq}
STEPS = (0, 10, 20)


def measured(path: Path) -> dict:
    """{measure: {step: value}}, and TET and TIT from the start; null: infinite or not defined."""
    scenario, _ = CommonRoadFileReader(str(path)).open(lanelet_assignment=True)
    config = CriMeConfiguration()
    config.update(ego_id=EGO_ID, sce=scenario)
    config.time.tau, config.acceleration.safety_time = 1.5, 1.0
    values = {
        name: {str(step): kind(config).compute(LEAD_ID, step, verbose=False) for step in STEPS}
        for name, kind in MEASURES.items()
    }
    for name, kind in {"TET": TET, "TIT": TIT}.items():
        values[name] = {"0": kind(config).compute(LEAD_ID, 0, verbose=False)}
    return {
        name: {step: value if value is not None and math.isfinite(value) else None for step, value in steps.items()}
        for name, steps in values.items()
    }


def main() -> None:
    """Write the file."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        found = {pair.name: measured(write(pair, Path(folder))) for pair in PAIRS}
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
