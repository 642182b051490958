"""Features are named in one place, hold no outcome, and are scaled by what the train split knows."""

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.training.conftest import LAGS, sample_rows
from training.dataset import DatasetError, Normalisation, feature_names, samples


def test_the_features_are_the_lags_and_what_does_not_change_and_nothing_of_what_happens_next() -> None:
    names = feature_names(sample_rows(2, 2).column_names)
    assert len(names) == len(set(names)) == 7 * len(LAGS) + 5
    assert not {"is_cut_in_within_3s", "event_id", "time_to_lane_crossing_s", "t_ns", "split", "drive_id"} & set(names)


def test_a_new_lag_in_the_mart_is_a_new_feature() -> None:
    assert "lag30_gap_m" in feature_names([*sample_rows(2, 2).column_names, "lag30_gap_m"])


def test_a_table_without_lags_is_not_the_samples_mart() -> None:
    with pytest.raises(DatasetError, match="is this marts"):
        feature_names(["drive_id", "gap_m"])


def test_what_happens_in_validation_and_test_drives_never_moves_the_normalisation() -> None:
    rows = sample_rows(20, 20)
    before = Normalisation.fit(samples(rows))
    is_train = np.asarray(rows.column("split").to_pylist()) == "train"
    moved = np.where(is_train, rows.column("lag0_gap_m").to_numpy(), 1e6)
    index = rows.column_names.index("lag0_gap_m")
    after = Normalisation.fit(samples(rows.set_column(index, "lag0_gap_m", pa.array(moved))))
    assert before == after


def test_train_inputs_are_standard_and_missing_values_are_marked() -> None:
    data = samples(sample_rows(20, 20))
    normalisation = Normalisation.fit(data)
    inputs = normalisation.inputs(data)
    train = inputs[data.of("train"), : len(normalisation.names)]
    column = normalisation.names.index("lag0_approach_mps")
    assert abs(train[:, column].mean()) < 1e-3
    assert train[:, column].std() == pytest.approx(1.0, abs=1e-3)
    assert normalisation.indicated == ["own_lead_closing_speed_mps", "own_lead_gap_m"]
    is_null = np.isnan(data.features["own_lead_gap_m"])
    assert np.array_equal(inputs[:, len(normalisation.names) + 1] == 1.0, is_null)
    assert (inputs[is_null, normalisation.names.index("own_lead_gap_m")] == 0.0).all()
    assert np.isfinite(inputs).all()


def test_wild_values_are_clipped_to_what_training_saw() -> None:
    data = samples(sample_rows(20, 20))
    normalisation = Normalisation.fit(data)
    data.features["lag0_gap_m"] = data.features["lag0_gap_m"] * 1e12
    assert np.abs(normalisation.inputs(data)).max() < 20


@pytest.mark.parametrize("outcome", [True, False])
def test_a_train_split_with_one_outcome_cannot_be_learned_from(outcome: bool) -> None:
    rows = sample_rows(10, 10)
    index = rows.column_names.index("is_cut_in_within_3s")
    same = rows.set_column(index, "is_cut_in_within_3s", pa.array([outcome] * rows.num_rows))
    with pytest.raises(DatasetError, match="a model needs both outcomes"):
        Normalisation.fit(samples(same))


def test_a_model_refuses_samples_that_lack_a_feature() -> None:
    rows = sample_rows(10, 10)
    normalisation = Normalisation.fit(samples(rows))
    with pytest.raises(DatasetError, match="lack lag5_gap_m"):
        normalisation.inputs(samples(rows.drop_columns(["lag5_gap_m"])))
