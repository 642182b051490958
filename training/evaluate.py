"""How good a model is, by slice, beside both baselines, with intervals over drives: into ml.evaluations."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training import registry, snapshot
from training.baselines import ALWAYS_NO, LANE_CROSSING, Scores, always_no, time_to_lane_crossing
from training.bootstrap import Resamples, interval
from training.dataset import Floats, Samples, as_floats, samples
from training.metrics import LOWER_IS_BETTER, METRICS, metrics
from training.ml_tables import upsert

MIN_SAMPLES = 30
_FEW_DRIVES = 10
_GAPS = ((0.0, 10.0, "0-10"), (10.0, 20.0, "10-20"), (20.0, 40.0, "20-40"), (40.0, np.inf, "40+"))
_COLUMN_SLICES = {"light": "light", "road_kind": "road_kind", "actor_class": "object_class"}

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class EvaluationReport:
    """`rows` are those of ml.evaluations; `num_written` of them were new or had changed."""

    model_name: str
    model_version: str
    snapshot_id: str
    num_test_drives: int
    num_test_samples: int
    num_test_positives: int
    rows: list[dict[str, Any]]
    num_written: int
    notes: list[str]

    def find(self, model_name: str, metric: str, slice_name: str = "all", slice_value: str = "all") -> dict[str, Any]:
        """The row of one metric on the test split.

        Raises:
            KeyError: there is none, for example because no drive is in the test split.
        """
        wanted = ("test", model_name, slice_name, slice_value, metric)
        for row in self.rows:
            if tuple(row[k] for k in ("split", "model_name", "slice_name", "slice_value", "metric")) == wanted:
                return row
        raise KeyError(f"no row for {wanted}")


def evaluate(
    model_version: str | None = None, snapshot_id: str | None = None, num_resamples: int = 1000
) -> EvaluationReport:
    """Score a model and both baselines on a snapshot; write ml.predictions, ml.evaluations and the MLflow run.

    Args:
        model_version: None: the version that was trained last.
        snapshot_id: None: the snapshot that the model was trained on.
        num_resamples: draws of the bootstrap over drives.

    Raises:
        RegistryError: no such version, or its files are not what was registered.
        SnapshotError: the snapshot is unknown or cannot be proven.
    """
    from training.report import artifact_folder, log_report

    version = registry.get(model_version)
    pinned, rows = snapshot.load(snapshot_id or version.tags["snapshot_id"])
    data = samples(rows)
    model = registry.load(version)
    scores = {
        version.name: Scores(model.probabilities(data), model.calibration.threshold, version.version),
        LANE_CROSSING: time_to_lane_crossing(data),
        ALWAYS_NO: always_no(data),
    }
    found = [
        row | {"snapshot_id": pinned.snapshot_id}
        for split in ("train", "validation", "test")
        for row in _evaluate_split(data, scores, version.name, split, num_resamples)
    ]
    for row in found:
        row["evaluation_id"] = _evaluation_id(row)
    upsert("ml.predictions", _predictions(data, scores, pinned.snapshot_id), _PREDICTION, _scope(pinned))
    num_written = upsert("ml.evaluations", pa.Table.from_pylist(found), ["evaluation_id"], _scope(pinned))
    test = data.of("test")
    report = EvaluationReport(
        model_name=version.name,
        model_version=version.version,
        snapshot_id=pinned.snapshot_id,
        num_test_drives=len(set(data.drive_id[test])),
        num_test_samples=int(test.sum()),
        num_test_positives=int(data.is_positive[test].sum()),
        rows=found,
        num_written=num_written,
        notes=_notes(data, test),
    )
    if num_written or not registry.has_files(version, artifact_folder(pinned.snapshot_id)):
        log_report(version, report, data, scores)
    return report


def slices(data: Samples) -> list[tuple[str, str, Mask]]:
    """(slice name, slice value, [n] members): all, light, road kind, actor class and gap."""
    found = [("all", "all", np.ones(len(data), dtype=bool))]
    for name, column in _COLUMN_SLICES.items():
        values = np.asarray(["unknown" if v is None else v for v in data.rows.column(column).to_pylist()])
        found += [(name, str(value), values == value) for value in np.unique(values)]
    gap_m = as_floats(data.rows, "gap_m")
    return found + [("gap", name, (gap_m >= low) & (gap_m < high)) for low, high, name in _GAPS]


def _evaluate_split(
    data: Samples, scores: dict[str, Scores], model_name: str, split: str, num_resamples: int
) -> list[dict[str, Any]]:
    """The rows of one split: slices only on test, since the others were learned from or chosen on."""
    members = data.of(split)
    if not members.any():
        return []
    resamples = Resamples.over_drives(data.drive_id, members, num_resamples)
    found = []
    for slice_name, slice_value, in_slice in slices(data):
        if split != "test" and slice_name != "all":
            continue
        mask = members & in_slice
        is_enough = int(mask.sum()) >= MIN_SAMPLES
        values = {name: _values(data, score, mask, resamples) if is_enough else None for name, score in scores.items()}
        facts = {
            "split": split,
            "slice_name": slice_name,
            "slice_value": slice_value,
            "num_samples": int(mask.sum()),
            "num_positives": int(data.is_positive[mask].sum()),
        }
        for name, score in scores.items():
            head = facts | {"model_name": name, "model_version": score.model_version}
            found += [head | _row(metric, values[name]) for metric in METRICS]
        if slice_name == "all":
            head = facts | {"model_name": model_name, "model_version": scores[model_name].model_version}
            found += [head | row for row in _gains(values, model_name)]
    return found


def _values(data: Samples, score: Scores, mask: Mask, resamples: Resamples) -> dict[str, Floats]:
    """Each metric as [1 + num_resamples]: as it is, then resampled."""
    parts = [
        metrics(score.probability[mask], data.is_positive[mask], weights, score.threshold)
        for weights in resamples.weights(mask)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}


def _gains(values: dict[str, dict[str, Floats] | None], model_name: str) -> list[dict[str, Any]]:
    """By how much the model is better than each baseline (positive: better), drawn on the same drives."""
    ours, found = values[model_name], []
    for baseline, theirs in values.items():
        if baseline == model_name or ours is None or theirs is None:
            continue
        for metric in METRICS:
            sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
            name = f"{metric}_gain_over_{baseline.partition(':')[2]}"
            found.append(_row(name, {name: sign * (ours[metric] - theirs[metric])}))
    return found


def _row(metric: str, values: dict[str, Floats] | None) -> dict[str, Any]:
    if values is None:  # too few samples to say anything
        return {"metric": metric, "value": None, "ci_low": None, "ci_high": None}
    value, (low, high) = float(values[metric][0]), interval(values[metric][1:])
    return {"metric": metric, "value": value if np.isfinite(value) else None, "ci_low": low, "ci_high": high}


def _evaluation_id(row: dict[str, Any]) -> str:
    names = ("model_name", "model_version", "snapshot_id", "split", "slice_name", "slice_value", "metric")
    return hashlib.sha256("|".join(str(row[name]) for name in names).encode()).hexdigest()


_PREDICTION = ("snapshot_id", "sample_id", "model_name", "model_version")


def _scope(pinned: snapshot.Snapshot) -> tuple[str, str]:
    return "snapshot_id", pinned.snapshot_id


def _predictions(data: Samples, scores: dict[str, Scores], snapshot_id: str) -> pa.Table:
    parts = []
    for name, score in scores.items():
        columns = {
            "snapshot_id": pa.array([snapshot_id] * len(data)),
            "sample_id": data.rows.column("sample_id"),
            "model_name": pa.array([name] * len(data)),
            "model_version": pa.array([score.model_version] * len(data), pa.string()),
            "split": data.rows.column("split"),
            "probability": pa.array(score.probability),
            "is_positive": pa.array(data.is_positive),
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def _notes(data: Samples, test: Mask) -> list[str]:
    num_drives = len(set(data.drive_id[test]))
    if num_drives == 0:
        return ["no drive is in the test split: nothing can be said about drives never seen; ingest more drives"]
    notes = []
    if num_drives < _FEW_DRIVES:
        notes.append(f"only {num_drives} test drive(s): the intervals are drawn over drives and too narrow at so few")
    if not data.is_positive[test].any():
        notes.append("no cut-in in the test split: average precision, recall and F1 are undefined")
    return notes
