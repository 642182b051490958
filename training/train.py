"""Train the cut-in predictor on a snapshot and register it; the same snapshot, seed and code register once."""

import hashlib
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from training import registry, snapshot
from training.dataset import Samples, samples
from training.fit import Fit, Recipe, fit

# The code that decides the weights. A change in any of these files is another recipe and hence another version.
_CODE = ("calibration.py", "dataset.py", "fit.py", "metrics.py", "model.py")


@dataclass(frozen=True)
class TrainReport:
    """What came of a training; `is_new` is False when the registry already had this model."""

    model_name: str
    model_version: str
    run_id: str
    snapshot_id: str
    seed: int
    is_new: bool
    weights_sha256: str
    num_epochs: int
    train_s: float
    num_samples: dict[str, int]
    num_positives: dict[str, int]
    num_drives: dict[str, int]
    notes: list[str]
    tracking_uri: str


def train(snapshot_id: str, seed: int = 0, recipe: Recipe | None = None, force: bool = False) -> TrainReport:
    """Train on a snapshot and register the model.

    Args:
        snapshot_id: as `snapshot.create` gave it. A table name is refused: what is not pinned is not learned from.
        seed: initial weights, dropout and order of the batches.
        recipe: hyperparameters; None: the defaults.
        force: train again even when the registry has the model of this snapshot, seed, recipe and code.

    Raises:
        SnapshotError: the snapshot is unknown, or its rows are not what was pinned.
        DatasetError: the train split cannot be learned from.
    """
    recipe = recipe or Recipe()
    pinned, rows = snapshot.load(snapshot_id)
    data = samples(rows)
    digest = recipe_digest(pinned.digest, seed, recipe)
    present = None if force else registry.find(digest)
    if present is not None and registry.is_intact(present):
        return _report(present, data, seed, False, 0.0)
    started = time.perf_counter()
    fitted = fit(data, seed, recipe)
    train_s = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        fitted.model.save(Path(folder))
        tags = _tags(pinned, seed, fitted)
        version, is_new = registry.register(Path(folder), digest, tags, asdict(recipe) | {"seed": seed})
    if is_new:
        registry.log_history(version, fitted.history)
    return _report(version, data, seed, is_new, train_s)


def recipe_digest(snapshot_digest: str, seed: int, recipe: Recipe) -> str:
    """sha256 over everything that decides the weights: data, seed, hyperparameters, code, torch."""
    total = hashlib.sha256(json.dumps([snapshot_digest, seed, asdict(recipe), torch.__version__]).encode())
    for name in _CODE:
        total.update(Path(__file__).with_name(name).read_bytes())
    return total.hexdigest()


def _tags(pinned: snapshot.Snapshot, seed: int, fitted: Fit) -> dict[str, str]:
    """The way back from a model to the bytes it learned from."""
    return {
        "snapshot_id": pinned.snapshot_id,
        "snapshot_digest": pinned.digest,
        "table_versions": json.dumps(pinned.table_versions, sort_keys=True),
        "definition_versions": json.dumps(pinned.definition_versions, sort_keys=True),
        "git_commit": snapshot.git_commit() or "none",
        "seed": str(seed),
        "num_epochs": str(len(fitted.history)),
        "notes": json.dumps(fitted.notes),
    }


def _report(version: registry.Version, data: Samples, seed: int, is_new: bool, train_s: float) -> TrainReport:
    masks = {split: data.of(split) for split in ("train", "validation", "test")}
    return TrainReport(
        model_name=version.name,
        model_version=version.version,
        run_id=version.run_id,
        snapshot_id=version.tags["snapshot_id"],
        seed=seed,
        is_new=is_new,
        weights_sha256=version.tags["sha256.weights.safetensors"],
        num_epochs=int(version.tags["num_epochs"]),
        train_s=train_s,
        num_samples={split: int(mask.sum()) for split, mask in masks.items()},
        num_positives={split: int(data.is_positive[mask].sum()) for split, mask in masks.items()},
        num_drives={split: len(set(data.drive_id[mask])) for split, mask in masks.items()},
        notes=json.loads(version.tags["notes"]),
        tracking_uri=registry.tracking_uri(),
    )
