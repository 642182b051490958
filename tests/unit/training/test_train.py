"""Training: pinned data only, the same bytes for the same seed, registered once, nothing executable in the registry."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from tests.unit.training.conftest import sample_rows
from training import registry as model_registry
from training import snapshot
from training.dataset import samples
from training.fit import Recipe, fit
from training.model import CutInModel
from training.train import train

Mart = Callable[[pa.Table], None]
QUICK = Recipe(max_epochs=3)


def weights(folder: Path, seed: int) -> bytes:
    fit(samples(sample_rows(12, 20)), seed, QUICK).model.save(folder)
    return (folder / "weights.safetensors").read_bytes() + (folder / "model.json").read_bytes()


def test_the_same_seed_gives_the_same_bytes_whatever_ran_before(tmp_path: Path) -> None:
    first = weights(tmp_path / "a", 1)
    torch.manual_seed(99)
    torch.rand(7)
    threads = torch.get_num_threads()
    assert weights(tmp_path / "b", 1) == first
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    assert weights(tmp_path / "a", 1) != weights(tmp_path / "b", 2)


def test_the_order_of_rows_in_the_mart_does_not_matter(tmp_path: Path) -> None:
    rows = sample_rows(12, 20)
    shuffled = rows.take(np.random.default_rng(0).permutation(rows.num_rows))
    for name, table in (("a", rows), ("b", shuffled)):
        fit(samples(table), 0, QUICK).model.save(tmp_path / name)
    assert (tmp_path / "a" / "weights.safetensors").read_bytes() == (
        tmp_path / "b" / "weights.safetensors"
    ).read_bytes()


def test_the_test_split_has_no_part_in_training(tmp_path: Path) -> None:
    data = samples(sample_rows(12, 20))
    fit(data, 0, QUICK).model.save(tmp_path / "a")
    data.is_positive[data.of("test")] ^= True
    for name, values in data.features.items():
        data.features[name] = np.where(data.of("test"), 0.0, values)
    fit(data, 0, QUICK).model.save(tmp_path / "b")
    for name in ("weights.safetensors", "model.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_saved_model_scores_as_before(tmp_path: Path) -> None:
    data = samples(sample_rows(12, 20))
    model = fit(data, 0, QUICK).model
    model.save(tmp_path)
    loaded = CutInModel.load(tmp_path)
    assert np.array_equal(loaded.probabilities(data), model.probabilities(data))
    assert loaded.calibration == model.calibration


def without_validation(num_drives: int) -> pa.Table:
    rows = sample_rows(num_drives, 20)
    split = ["train" if value == "validation" else value for value in rows.column("split").to_pylist()]
    return rows.set_column(rows.column_names.index("split"), "split", pa.array(split))


def test_without_a_validation_split_some_train_drives_take_its_place_and_it_says_so() -> None:
    fitted = fit(samples(without_validation(12)), 0, QUICK)
    assert "train drives took its place" in fitted.notes[0]
    assert not np.isnan(fitted.history[0][1])
    assert fitted.model.calibration.threshold != 0.5


def test_with_a_single_drive_it_trains_blind_and_says_so() -> None:
    rows = without_validation(12)
    first = rows.column("drive_id").to_pylist()[rows.column("split").to_pylist().index("train")]
    fitted = fit(samples(rows.filter(pc.equal(rows.column("drive_id"), first))), 0, QUICK)
    assert len(fitted.history) == QUICK.blind_epochs
    assert fitted.model.calibration.threshold == 0.5
    assert "not calibrated" in fitted.notes[0]


def test_a_model_leads_back_to_its_data_and_its_files_hold_no_code(mart: Mart, registry: Path) -> None:
    mart(sample_rows(12, 20))
    made = snapshot.create()
    report = train(made.snapshot_id, seed=3, recipe=QUICK)
    tags = model_registry.get(report.model_version).tags
    assert tags["snapshot_id"] == made.snapshot_id
    assert tags["snapshot_digest"] == made.digest
    assert json.loads(tags["table_versions"]) == {"marts.fct_training_samples": 0}
    assert {"definition_versions", "git_commit", "recipe_digest", "sha256.model.json"} <= tags.keys()
    assert tags["seed"] == "3"
    files = sorted(path for path in (registry / "artifacts").rglob("*") if path.is_file())
    assert [path.name for path in files] == ["model.json", "weights.safetensors"]
    assert not any(path.read_bytes().startswith((b"\x80", b"PK")) for path in files)  # neither pickle nor zip
    header = int.from_bytes(files[1].read_bytes()[:8], "little")
    assert json.loads(files[1].read_bytes()[8 : 8 + header])["layers.0.weight"]["dtype"] == "F32"


def test_the_same_training_registers_once(mart: Mart, registry: Path) -> None:
    mart(sample_rows(12, 20))
    made = snapshot.create()
    first = train(made.snapshot_id, recipe=QUICK)
    again = train(made.snapshot_id, recipe=QUICK)
    forced = train(made.snapshot_id, recipe=QUICK, force=True)
    other = train(made.snapshot_id, recipe=QUICK, seed=1)
    assert [r.is_new for r in (first, again, forced, other)] == [True, False, False, True]
    assert [r.model_version for r in (first, again, forced, other)] == ["1", "1", "1", "2"]
    assert first.weights_sha256 == forced.weights_sha256 != other.weights_sha256
    assert asdict(again) | {"is_new": True, "train_s": first.train_s} == asdict(first)


def test_a_registered_model_whose_files_were_lost_is_trained_again(mart: Mart, registry: Path) -> None:
    mart(sample_rows(12, 20))
    made = snapshot.create()
    train(made.snapshot_id, recipe=QUICK)
    shutil.rmtree(registry / "artifacts")
    assert train(made.snapshot_id, recipe=QUICK).model_version == "2"


def test_changed_weights_are_refused(mart: Mart, registry: Path) -> None:
    mart(sample_rows(12, 20))
    version = model_registry.get(train(snapshot.create().snapshot_id, recipe=QUICK).model_version)
    (path,) = registry.rglob("weights.safetensors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(model_registry.RegistryError, match="is not the file that was registered"):
        model_registry.load(version)


def test_a_table_is_not_a_snapshot(mart: Mart, registry: Path) -> None:
    mart(sample_rows(12, 20))
    with pytest.raises(snapshot.SnapshotError, match="no snapshot"):
        train("marts.fct_training_samples")


def test_a_snapshot_whose_rows_changed_is_not_trained_on(mart: Mart, registry: Path, lake: Path) -> None:
    mart(sample_rows(12, 20))
    made = snapshot.create()
    shutil.rmtree(lake / "marts" / "fct_training_samples")
    mart(sample_rows(12, 20, seed=5))
    with pytest.raises(snapshot.SnapshotError, match="cannot be proven"):
        train(made.snapshot_id)


def test_there_is_no_model_before_the_first_training(registry: Path) -> None:
    with pytest.raises(model_registry.RegistryError, match="`longtail train` makes one"):
        model_registry.get(None)
