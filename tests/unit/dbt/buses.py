"""A drive whose bus tells of everything but a minimal risk manoeuvre."""

import numpy as np

from tests.unit.dbt import drives


def bus(drive_id: str, signal: str, values: np.ndarray, step_s: float = 0.1) -> drives.Rows:
    """A signal of ADAS_STATUS with `values` (n,), one each `step_s`."""
    frame = {"project_id": "p", "drive_id": drive_id, "bus": 0, "message_name": "ADAS_STATUS", "signal_name": signal}
    return {
        "silver.can_signals": [
            frame
            | {"t_ns": drives.START_NS + round(i * step_s * 1e9) + 7_000_000, "value": float(value)}
            | {"file_id": f"file-{drive_id}", "record_index": i}
            for i, value in enumerate(values)
        ]
    }


def stepped(*steps: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(n, value) for n, value in steps])


def automated_drive(drive_id: str = "automated") -> list[drives.Rows]:
    """AEB for 1 s; two warnings, the first rising to level 2; demand, then manual; ODD left twice, first unseen."""
    t = drives.times_s(20)
    return [
        drives.ego(drive_id, t, np.full(t.shape, 20.0)),
        bus(drive_id, "AEB_ACTIVE", stepped((50, 0), (10, 1), (140, 0))),
        bus(drive_id, "FCW_LEVEL", stepped((40, 0), (5, 1), (5, 2), (2, 0), (5, 1), (50, 0), (10, 1), (83, 0))),
        bus(drive_id, "TAKEOVER_REQUEST", stepped((100, 0), (41, 1), (59, 0))),
        bus(drive_id, "MODE", stepped((140, 2), (60, 0))),
        bus(drive_id, "ODD_OK", stepped((20, 0), (80, 1), (50, 0), (50, 1))),
        bus(drive_id, "MRM_ACTIVE", stepped((200, 0))),
    ]
