"""The evaluation for people: a text, a JSON and a picture of precision against recall, kept with the MLflow run."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training import registry
from training.baselines import ALWAYS_NO, LANE_CROSSING, Scores
from training.dataset import Samples
from training.metrics import LOWER_IS_BETTER

if TYPE_CHECKING:
    from training.evaluate import EvaluationReport

_SHOWN = ("average_precision", "roc_auc", "f1", "precision", "recall", "brier", "log_loss")


def text(report: "EvaluationReport") -> str:
    """The result on the test drives in plain text: one line per metric, model beside both baselines."""
    head = (
        f"{report.model_name} version {report.model_version} on snapshot {report.snapshot_id}\n"
        f"{report.num_test_drives} drives never seen, {report.num_test_samples} samples, "
        f"{report.num_test_positives} followed by a cut-in within 3 s\n"
    )
    lines = [f"{'metric':<19}{'model [95 %]':<24}{'lane crossing rule':<20}{'always no':<12}gain over the rule [95 %]"]
    if report.num_test_samples:
        lines += [_line(report, metric) for metric in _SHOWN]
    return head + "\n".join(lines + [f"note: {note}" for note in report.notes]) + "\n"


def _line(report: "EvaluationReport", metric: str) -> str:
    ours = _with_interval(report, report.model_name, metric)
    rule, never = (_number(report.find(name, metric)["value"]) for name in (LANE_CROSSING, ALWAYS_NO))
    gain = _with_interval(report, report.model_name, f"{metric}_gain_over_time_to_lane_crossing")
    arrow = "lower is better" if metric in LOWER_IS_BETTER else ""
    return f"{metric:<19}{ours:<24}{rule:<20}{never:<12}{gain:<24}{arrow}".rstrip()


def _with_interval(report: "EvaluationReport", model: str, metric: str) -> str:
    try:
        row = report.find(model, metric)
    except KeyError:
        return "-"
    if row["ci_low"] is None:
        return _number(row["value"])
    return f"{_number(row['value'])} [{_number(row['ci_low'])}, {_number(row['ci_high'])}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def log_report(version: registry.Version, report: "EvaluationReport", data: Samples, scores: dict[str, Scores]) -> None:
    """Text, JSON and picture into the run of the model version, and the test metrics beside them."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.txt").write_text(text(report))
        (Path(folder) / "report.json").write_text(json.dumps(asdict(report), indent=1) + "\n")
        test = data.of("test")
        if data.is_positive[test].any():
            draw_precision_recall(Path(folder) / "precision_recall.png", data, scores)
        tested = [r for r in report.rows if (r["split"], r["slice_name"]) == ("test", "all")]
        values = {f"test_{r['metric']}": r["value"] for r in tested if r["model_name"] == report.model_name}
        known = {name: value for name, value in values.items() if value is not None}
        registry.log_files(version, Path(folder), artifact_folder(report.snapshot_id), known)


def artifact_folder(snapshot_id: str) -> str:
    """Where the run of a model version keeps its evaluation on a snapshot."""
    return f"evaluation/{snapshot_id}"


def draw_precision_recall(path: Path, data: Samples, scores: dict[str, Scores]) -> None:
    """A PNG: precision against recall of every predictor on the test drives, and where each of them warns."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    test = data.of("test")
    positive = data.is_positive[test]
    for name, score in scores.items():
        probability = score.probability[test]
        order = np.argsort(-probability, kind="stable")
        steps = np.append(np.flatnonzero(np.diff(probability[order])), len(order) - 1)
        hits = np.cumsum(positive[order])[steps]
        recall, precision = hits / positive.sum(), hits / (steps + 1)
        label = name.partition(":")[2] or f"{name} {score.model_version}"
        (line,) = axes.step(np.append(0.0, recall), np.append(precision[:1], precision), where="pre", label=label)
        warned = probability >= score.threshold
        if warned.any():
            point = (positive[warned].sum() / positive.sum(), positive[warned].mean())
            axes.plot(*point, "o", color=line.get_color())
    axes.set(xlim=(0, 1.01), ylim=(0, 1.01), xlabel="recall", ylabel="precision")
    axes.set_title(f"Cut-in within 3 s, {len(set(data.drive_id[test]))} drives never seen; dots: where it warns")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)
