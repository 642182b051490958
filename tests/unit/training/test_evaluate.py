"""Evaluation: the model beside both baselines in one table, by slice, with intervals, the same whenever it is run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from longtail import lake as lake_module
from tests.unit.training.conftest import new_registry, sample_rows, settings_for, write_mart
from training import snapshot
from training.baselines import ALWAYS_NO, LANE_CROSSING, always_no, time_to_lane_crossing
from training.dataset import samples
from training.evaluate import EvaluationReport, evaluate
from training.fit import Recipe
from training.metrics import METRICS
from training.report import text
from training.train import train

Mart = Callable[[pa.Table], None]
MODEL = "cut_in_predictor"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, registry_template: Path) -> Iterator[EvaluationReport]:
    """A lake with one trained and evaluated model; the tests that use it leave it as they find it."""
    with settings_for(tmp_path_factory.mktemp("evaluated")) as lake:
        new_registry(lake, registry_template)
        write_mart(lake, sample_rows(40, 60))
        train(snapshot.create().snapshot_id, recipe=Recipe(max_epochs=20))
        yield evaluate(num_resamples=100)


def test_the_model_beats_both_baselines_on_drives_never_seen(evaluated: EvaluationReport) -> None:
    for baseline in (ALWAYS_NO, LANE_CROSSING):
        for metric in ("average_precision", "roc_auc", "f1", "brier", "log_loss"):
            gain = evaluated.find(MODEL, f"{metric}_gain_over_{baseline.partition(':')[2]}")
            assert gain["ci_low"] > 0, (baseline, metric)
            assert gain["ci_low"] <= gain["value"] <= gain["ci_high"]


def test_every_predictor_has_every_metric_in_every_slice_and_the_slices_add_up(evaluated: EvaluationReport) -> None:
    test_rows = [row for row in evaluated.rows if row["split"] == "test" and "_gain_" not in row["metric"]]
    slices = {(row["slice_name"], row["slice_value"]) for row in test_rows}
    assert {name for name, _ in slices} == {"all", "light", "road_kind", "actor_class", "gap"}
    assert len(test_rows) == 3 * len(METRICS) * len(slices)
    sizes = {(row["slice_name"], row["slice_value"]): row["num_samples"] for row in test_rows}
    for name in ("light", "road_kind", "actor_class", "gap"):
        assert sum(n for (slice_name, _), n in sizes.items() if slice_name == name) == sizes["all", "all"]


def test_small_slices_are_counted_but_not_judged(evaluated: EvaluationReport) -> None:
    small = [row for row in evaluated.rows if row["num_samples"] < 30]
    large = [row for row in evaluated.rows if row["num_samples"] >= 30 and row["metric"] == "brier"]
    assert all(row["value"] is None and row["ci_low"] is None for row in small)
    assert all(row["value"] is not None for row in large)


def test_slices_under_30_samples_have_no_value(mart: Mart, registry: Path) -> None:
    rows = sample_rows(14, 20)
    few = pa.array(["night" if i % 20 == 0 else "day" for i in range(rows.num_rows)])
    mart(rows.set_column(rows.column_names.index("light"), "light", few))
    train(snapshot.create().snapshot_id, recipe=Recipe(max_epochs=2))
    night = evaluate(num_resamples=20).find(MODEL, "brier", "light", "night")
    assert 0 < night["num_samples"] < 30
    assert (night["value"], night["ci_low"], night["ci_high"]) == (None, None, None)


def test_it_is_in_the_lake_and_a_second_run_writes_nothing(evaluated: EvaluationReport) -> None:
    stored = lake_module.open_table("ml.evaluations").to_pyarrow_table()
    assert stored.num_rows == len(evaluated.rows) == len(set(stored.column("evaluation_id").to_pylist()))
    assert lake_module.open_table("ml.predictions").to_pyarrow_table().num_rows == 3 * 40 * 60
    versions = [lake_module.version(table) for table in ("ml.evaluations", "ml.predictions")]
    again = evaluate(num_resamples=100)
    assert again.num_written == 0
    assert again.rows == evaluated.rows
    assert [lake_module.version(table) for table in ("ml.evaluations", "ml.predictions")] == versions


def test_a_changed_number_replaces_the_old_one(evaluated: EvaluationReport) -> None:
    again = evaluate(num_resamples=101)  # other draws: other intervals, the same keys
    assert again.num_written > 0
    stored = lake_module.open_table("ml.evaluations").to_pyarrow_table()
    assert stored.num_rows == len(evaluated.rows)
    interval = {row["evaluation_id"]: row["ci_low"] for row in stored.to_pylist()}
    assert all(interval[row["evaluation_id"]] == row["ci_low"] for row in again.rows)
    assert evaluate(num_resamples=100).rows == evaluated.rows


def test_the_run_keeps_a_text_a_json_and_a_picture(evaluated: EvaluationReport) -> None:
    kept = {path.name: path for path in (Path(lake_module.root()).parent / "mlflow").rglob("evaluation/*/*")}
    assert set(kept) == {"report.txt", "report.json", "precision_recall.png"}
    assert kept["report.txt"].read_text() == text(evaluated)
    assert kept["precision_recall.png"].read_bytes().startswith(b"\x89PNG")
    assert f"{evaluated.num_test_drives} drives never seen" in text(evaluated)


def test_few_test_drives_are_said_to_be_few(mart: Mart, registry: Path) -> None:
    rows = sample_rows(12, 30)
    keep = [split != "test" for split in rows.column("split").to_pylist()]
    mart(rows.filter(pa.array(keep)))
    train(snapshot.create().snapshot_id, recipe=Recipe(max_epochs=2))
    report = evaluate(num_resamples=20)
    assert report.num_test_drives == 0
    assert "nothing can be said about drives never seen" in text(report)
    assert {row["split"] for row in report.rows} == {"train", "validation"}


def test_the_rule_warns_below_three_seconds_and_is_surer_the_sooner() -> None:
    rows = sample_rows(12, 30)
    for column, values in (
        ("lag0_edge_to_mark_m", [1.0, 1.0, 1.0, 1.0, -0.1]),
        ("lag0_approach_mps", [1, 0.34, 0.33, -1, 0.1]),
    ):
        index = rows.column_names.index(column)
        rest = rows.column(column).to_pylist()[5:]
        rows = rows.set_column(index, column, pa.array([float(v) for v in values] + rest))
    order = {sample_id: i for i, sample_id in enumerate(samples(rows).sample_id)}
    rule = time_to_lane_crossing(samples(rows))
    p = [rule.probability[order[sample_id]] for sample_id in rows.column("sample_id").to_pylist()[:5]]
    assert [value >= rule.threshold for value in p] == [True, True, False, False, True]
    assert p[4] > p[0] > p[1] > p[2] > p[3]


def test_always_no_never_warns() -> None:
    scores = always_no(samples(sample_rows(12, 30)))
    assert (scores.probability < scores.threshold).all()


def test_the_rule_does_not_read_the_outcome() -> None:
    rows = sample_rows(12, 30)
    index = rows.column_names.index("time_to_lane_crossing_s")
    other = rows.set_column(index, "time_to_lane_crossing_s", pa.nulls(rows.num_rows, pa.float64()))
    before, after = time_to_lane_crossing(samples(rows)), time_to_lane_crossing(samples(other))
    assert (before.probability == after.probability).all()
