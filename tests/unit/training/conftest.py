"""A lake with a small invented samples mart: learnable, with the columns of marts.fct_training_samples."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from longtail.settings import settings

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
LAGS = (0, 5, 10, 15, 20)


def split_of(drive_id: str) -> str:
    share = int(hashlib.md5(drive_id.encode(), usedforsecurity=False).hexdigest()[:4], 16) / 65536
    return "train" if share < 0.6 else "validation" if share < 0.8 else "test"


def sample_rows(num_drives: int = 30, per_drive: int = 40, seed: int = 1) -> pa.Table:
    """Samples whose outcome depends on approach, distance to the mark and motive, so that a model can beat the rule."""
    random = np.random.default_rng(seed)
    n = num_drives * per_drive
    drive = np.repeat([f"drive-{i:03d}" for i in range(num_drives)], per_drive)
    edge = random.uniform(0.2, 2.5, n)
    approach = random.normal(0.1, 0.4, n)
    motive = random.normal(0.0, 4.0, n)
    has_lead = random.random(n) < 0.7
    logit = 5.0 * approach - 1.5 * edge + 0.6 * np.where(has_lead, motive, -2.0) - 0.5
    label = random.random(n) < 1 / (1 + np.exp(-logit))
    columns = {
        "sample_id": [hashlib.sha256(f"{seed}:{i}".encode()).hexdigest()[:16] for i in range(n)],
        "project_id": ["local"] * n,
        "drive_id": drive,
        "split": [split_of(name) for name in drive],
        "t_ns": 1_700_000_000_000_000_000 + 500_000_000 * np.arange(n),
        "track_id": [f"track-{i}" for i in range(n)],
        "reference_track_id": [f"ref-{i}" if i % 3 else None for i in range(n)],
        "object_class": random.choice(["car", "truck"], n),
        "vehicle_kind": ["car"] * n,
        "light": np.where(np.repeat(np.arange(num_drives), per_drive) % 3 == 0, "night", "day"),
        "weather": ["clear"] * n,
        "road_kind": random.choice(["highway", "urban"], n),
        "gap_m": random.uniform(1.0, 60.0, n),
        "is_cut_in_within_3s": label,
        "event_id": [f"event-{i}" if label[i] else None for i in range(n)],
        "time_to_lane_crossing_s": pa.array(np.where(label, random.uniform(0, 3, n), np.nan), from_pandas=True),
        "length_m": random.normal(4.6, 0.3, n),
        "width_m": random.normal(1.8, 0.1, n),
        "is_left": random.random(n) < 0.5,
        "own_lead_gap_m": pa.array(np.where(has_lead, random.uniform(5, 60, n), np.nan), from_pandas=True),
        "own_lead_closing_speed_mps": pa.array(np.where(has_lead, motive, np.nan), from_pandas=True),
    }
    for lag in LAGS:
        columns[f"lag{lag}_edge_to_mark_m"] = edge + 0.1 * lag * approach
        columns[f"lag{lag}_approach_mps"] = approach + random.normal(0, 0.05, n)
        columns[f"lag{lag}_gap_m"] = columns["gap_m"]
        for name in ("closing_speed_mps", "acceleration_mps2", "ego_speed_mps", "ego_acceleration_mps2"):
            columns[f"lag{lag}_{name}"] = random.normal(0, 1, n)
    return pa.table(columns)


def write_mart(lake: Path, rows: pa.Table) -> None:
    """A new version of the mart that holds exactly `rows`."""
    write_deltalake(lake / "marts" / "fct_training_samples", rows, mode="overwrite")


@contextmanager
def settings_for(folder: Path) -> Iterator[Path]:
    """Settings whose lake is <folder>/lake and whose registry is beside it; yields the lake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(folder / "lake"))
        patch.delenv("LONGTAIL_MLFLOW_URI", raising=False)
        settings.cache_clear()
        yield folder / "lake"
    settings.cache_clear()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Path]:
    """An empty lake that the settings point to."""
    with settings_for(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="session")
def registry_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow database, migrated once: migrations are slow, copies are not."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("registry") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}", registry_uri=f"sqlite:///{path}").search_registered_models()
    return path


@pytest.fixture
def registry(lake: Path, registry_template: Path) -> Path:
    """The folder of an empty model registry beside the lake."""
    return new_registry(lake, registry_template)


def new_registry(lake: Path, template: Path) -> Path:
    folder = lake.parent / "mlflow"
    folder.mkdir()
    shutil.copy(template, folder / "mlflow.db")
    return folder


@pytest.fixture
def mart(lake: Path) -> Callable[[pa.Table], None]:
    """Call it with rows to write the next version of the samples mart."""
    return lambda rows: write_mart(lake, rows)
