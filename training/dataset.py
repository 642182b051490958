"""Sample rows to arrays: which columns are features is said here and nowhere else; no feature is computed."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

LABEL = "is_cut_in_within_3s"
_LAG = re.compile(r"lag(\d+)_\w+")
# Left out on purpose: light, weather, road_kind and the like hardly change within a drive, so with few drives a model
# would learn the drives' own base rates from them. They are slices to be measured on, not inputs.
# event_id and time_to_lane_crossing_s are what happened next: learning from them would be reading the answer.
_STATIC = ("is_left", "length_m", "own_lead_closing_speed_mps", "own_lead_gap_m", "width_m")


class DatasetError(ValueError):
    """Sample rows that cannot be learned from."""


@dataclass(frozen=True)
class Samples:
    """n samples, in the order of sample_id. `features` maps a column of the mart to n float64, NaN where null."""

    sample_id: Texts
    drive_id: Texts
    split: Texts
    is_positive: npt.NDArray[np.bool_]
    features: dict[str, Floats]
    rows: pa.Table

    def __len__(self) -> int:
        return len(self.sample_id)

    def of(self, split: str) -> npt.NDArray[np.bool_]:
        """[n] True for the samples of this split."""
        return np.asarray(self.split == split)


def feature_names(column_names: list[str]) -> list[str]:
    """The columns of the mart that the model sees: the lags, newest first, then what does not change.

    Raises:
        DatasetError: there are no lag columns, so this is not the samples mart.
    """
    lags = [name for name in column_names if _LAG.fullmatch(name)]
    if not lags:
        raise DatasetError("no lag<k>_… columns among the samples; is this marts.fct_training_samples?")
    lags.sort(key=lambda name: (int(_LAG.fullmatch(name)[1]), name))  # type: ignore[index]
    return lags + [name for name in _STATIC if name in column_names]


def samples(rows: pa.Table) -> Samples:
    """The arrays of `rows` (columns of marts.fct_training_samples)."""
    rows = rows.sort_by("sample_id")
    return Samples(
        sample_id=_texts(rows, "sample_id"),
        drive_id=_texts(rows, "drive_id"),
        split=_texts(rows, "split"),
        is_positive=rows.column(LABEL).to_numpy().astype(bool),
        features={name: as_floats(rows, name) for name in feature_names(rows.column_names)},
        rows=rows,
    )


def as_floats(rows: pa.Table, column: str) -> Floats:
    """[n] float64, NaN where null."""
    return np.asarray(pc.fill_null(rows.column(column).cast(pa.float64()), np.nan).to_numpy())


def _texts(rows: pa.Table, column: str) -> Texts:
    return np.asarray(rows.column(column).to_pylist(), dtype=object)


@dataclass(frozen=True)
class Normalisation:
    """How features become model inputs, learned from the train split only; kept as JSON beside the weights.

    Per feature: clip to low..high (1 % and 99 % of train), subtract mean, divide by std; null becomes 0, the mean.
    Features of `indicated` (null somewhere in train) get one more input that is 1 where the value is missing.
    """

    names: list[str]
    low: list[float]
    high: list[float]
    mean: list[float]
    std: list[float]
    indicated: list[str]

    @classmethod
    def fit(cls, data: Samples) -> Self:
        """From the train split of `data`.

        Raises:
            DatasetError: the train split has no samples, or only one outcome, so there is nothing to learn.
        """
        train = data.of("train")
        num_positives = int(data.is_positive[train].sum())
        if num_positives in (0, int(train.sum())):
            raise DatasetError(
                f"the train split has {train.sum()} samples, {num_positives} of them cut-ins: a model needs both "
                "outcomes; ingest more drives (`longtail fleet generate --drives 24`)"
            )
        stack = np.stack([values[train] for values in data.features.values()], axis=1)
        has_values = ~np.isnan(stack).all(axis=0)
        known = np.where(has_values, stack, 0.0)
        low, high = np.nanpercentile(known, [1.0, 99.0], axis=0)
        clipped = np.clip(known, low, high)
        std = np.nanstd(clipped, axis=0)
        names = list(data.features)
        return cls(
            names=names,
            low=low.tolist(),
            high=high.tolist(),
            mean=np.nanmean(clipped, axis=0).tolist(),
            std=np.where(std > 1e-9, std, 1.0).tolist(),
            indicated=[name for name, column in zip(names, stack.T, strict=True) if np.isnan(column).any()],
        )

    @property
    def num_inputs(self) -> int:
        return len(self.names) + len(self.indicated)

    def inputs(self, data: Samples) -> npt.NDArray[np.float32]:
        """[n, num_inputs] float32 for any split.

        Raises:
            DatasetError: the rows lack a feature that the model was trained with.
        """
        absent = [name for name in self.names if name not in data.features]
        if absent:
            raise DatasetError(f"the samples lack {', '.join(absent)}, which the model was trained with")
        stack = np.stack([data.features[name] for name in self.names], axis=1)
        scaled = (np.clip(stack, self.low, self.high) - np.asarray(self.mean)) / np.asarray(self.std)
        is_missing = [np.isnan(data.features[name]) for name in self.indicated]
        return np.column_stack([np.nan_to_num(scaled, nan=0.0), *is_missing]).astype(np.float32)
