"""How sure a metric is: whole drives are drawn again and again, because samples of one drive resemble each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.dataset import Floats, Texts

_CHUNK = 100  # resamples at a time: memory is chunk x samples


@dataclass(frozen=True)
class Resamples:
    """`counts` [1 + b, drives]: how often each drive is drawn; the first row takes every drive once, as it is."""

    counts: Floats
    drive_index: npt.NDArray[np.int64]

    @classmethod
    def over_drives(cls, drive_id: Texts, members: npt.NDArray[np.bool_], num_resamples: int, seed: int = 0) -> Self:
        """Draws of the drives of `members` ([n] of a split). The same seed draws the same drives for every model,

        so differences between models are paired. With a single drive there is nothing to draw, and b is 0.
        """
        drives = np.unique(drive_id[members].astype(str))
        position = np.searchsorted(drives, drive_id.astype(str)).clip(0, len(drives) - 1)
        random = np.random.default_rng(seed)
        drawn = random.multinomial(len(drives), np.full(len(drives), 1 / len(drives)), size=num_resamples)
        counts = np.concatenate([np.ones((1, len(drives))), drawn if len(drives) > 1 else drawn[:0]])
        return cls(counts, position)

    def weights(self, mask: npt.NDArray[np.bool_]) -> Iterator[Floats]:
        """[<= 100, members of mask] weight of each sample, chunk by chunk of resamples."""
        for start in range(0, len(self.counts), _CHUNK):
            yield self.counts[start : start + _CHUNK][:, self.drive_index[mask]]


def interval(values: Floats) -> tuple[float | None, float | None]:
    """95 % percentile interval of bootstrap values; none when more than a tenth of the resamples are undefined."""
    defined = values[np.isfinite(values)]
    if not len(defined) or len(defined) < 0.9 * len(values):
        return None, None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)
