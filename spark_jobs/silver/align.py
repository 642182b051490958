"""As-of alignment: to each row of one stream the row of another that was there, exactly and in linear time."""

from typing import Literal

import numpy as np
import polars as pl

from spark_jobs.silver.grid import Ints

Direction = Literal["backward", "forward", "nearest"]


def as_of(
    left: pl.DataFrame, right: pl.DataFrame, tolerance_ns: int, direction: Direction = "backward", on: str = "t_ns"
) -> pl.DataFrame:
    """`left` as it is, with the columns of the row of `right` that is nearest in time in `direction`; else null.

    Neither side need be sorted, and the rows of `left` keep their order. A row exactly `tolerance_ns` away still
    belongs. Of rows of `right` with the same time the last one given counts; of two equally near ones the earlier.
    Columns of `right` that `left` has too, such as `on` itself, get the suffix _right. `on` is int64 and never null.
    Linear in the rows of streams that come sorted.
    """
    times = right[on].to_numpy()
    if (times[1:] < times[:-1]).any():  # compared, not subtracted: two times may be further apart than int64 counts
        right = right.sort(on, maintain_order=True)
        times = right[on].to_numpy()
    if (times[1:] == times[:-1]).any():
        right = right.filter(pl.Series(np.append(times[1:] != times[:-1], True)))
    if direction == "nearest":
        return _nearest(left, right, tolerance_ns, on)
    given = left[on].to_numpy()
    order = None if (given[1:] >= given[:-1]).all() else np.argsort(given, kind="stable")
    ordered = left if order is None else left[order]
    joined = ordered.set_sorted(on).join_asof(
        right.set_sorted(on), on=on, strategy=direction, tolerance=tolerance_ns, coalesce=False
    )
    return joined if order is None else joined[np.argsort(order, kind="stable")]


def _nearest(left: pl.DataFrame, right: pl.DataFrame, tolerance_ns: int, on: str) -> pl.DataFrame:
    found = right.rename({name: f"{name}_right" for name in right.columns if name in left.columns})
    rows, is_near = nearest(left[on].to_numpy(), right[on].to_numpy(), tolerance_ns)
    taken = pl.Series(rows, dtype=pl.Int64).set(~pl.Series(is_near), None)
    return pl.concat([left, found.select(pl.all().gather(taken))], how="horizontal")


def nearest(at_ns: Ints, t_ns: Ints, tolerance_ns: int) -> tuple[Ints, np.ndarray]:
    """(row (n,), is_near (n,)) of sorted `t_ns` (m,) nearest to each of `at_ns` (n,); of two the earlier, of none 0."""
    if not len(t_ns):
        return np.zeros(len(at_ns), np.int64), np.zeros(len(at_ns), bool)
    after = np.clip(np.searchsorted(t_ns, at_ns), 0, len(t_ns) - 1)
    before = np.maximum(after - 1, 0)
    rows = np.where(np.abs(at_ns - t_ns[before]) <= np.abs(t_ns[after] - at_ns), before, after)
    return rows, np.abs(t_ns[rows] - at_ns) <= tolerance_ns
