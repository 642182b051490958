"""As-of alignment equals DuckDB's ASOF JOIN row for row: ties, tolerance edges, empty sides, duplicates, disorder."""

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spark_jobs.silver.align import Direction, as_of

BASE_NS = 1_780_000_000_000_000_000
NEAR = st.integers(0, 40).map(lambda n: BASE_NS + n)  # neighbours one nanosecond apart: a double could not tell them
FAR = st.sampled_from([0, -(2**62), 2**62, BASE_NS + 1_000_000_000, BASE_NS - 1])
STAMPS = st.lists(st.one_of(NEAR, FAR), max_size=30)
ONE = BASE_NS + 7
DUCKDB = duckdb.connect(config={"threads": 1})


def frames(left: list[int], right: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = pl.DataFrame({"t_ns": left, "row": range(len(left))}, schema={"t_ns": pl.Int64, "row": pl.Int64})
    values = pl.DataFrame({"t_ns": right, "value": range(len(right))}, schema={"t_ns": pl.Int64, "value": pl.Int64})
    return rows, values


def oracle(left: pl.DataFrame, right: pl.DataFrame, tolerance_ns: int, comparison: str) -> list[tuple[int, int | None]]:
    """(time, value) of the right row in effect for each left row; of equal times the last given."""
    DUCKDB.register("lefts", left.to_arrow())
    DUCKDB.register("rights", right.to_arrow())
    return DUCKDB.execute(
        f"""
        with latest as (select t_ns, max(value) as value from rights group by t_ns),
        joined as (
            select l.row, l.t_ns, r.t_ns as found_ns, r.value
            from lefts as l asof left join latest as r on l.t_ns {comparison} r.t_ns
        )
        select
            case when abs(t_ns::hugeint - found_ns::hugeint) <= {tolerance_ns} then found_ns end,
            case when abs(t_ns::hugeint - found_ns::hugeint) <= {tolerance_ns} then value end
        from joined order by row
        """
    ).fetchall()


def answer(left: pl.DataFrame, right: pl.DataFrame, tolerance_ns: int, direction: Direction) -> list[tuple]:
    found = as_of(left, right, tolerance_ns, direction)
    assert found["row"].to_list() == left["row"].to_list()
    return found.select("t_ns_right", "value").rows()


@pytest.mark.parametrize(("direction", "comparison"), [("backward", ">="), ("forward", "<=")])
@settings(max_examples=50, deadline=None)
@given(left=STAMPS, right=STAMPS, tolerance=st.integers(0, 12))
@example(left=[], right=[ONE], tolerance=1)
@example(left=[ONE], right=[], tolerance=1)
@example(left=[ONE, ONE], right=[ONE, ONE - 3, ONE], tolerance=0)
@example(left=[ONE], right=[ONE - 4], tolerance=4)
@example(left=[ONE], right=[ONE - 5], tolerance=4)
@example(left=[-(2**62)], right=[-(2**62), -(2**62), 2**62], tolerance=0)
def test_rows_equal_duckdb(direction: Direction, comparison: str, left: list[int], right: list[int], tolerance: int):
    rows, values = frames(left, right)
    assert answer(rows, values, tolerance, direction) == oracle(rows, values, tolerance, comparison)


@settings(max_examples=50, deadline=None)
@given(left=st.lists(NEAR, max_size=30), right=st.lists(NEAR, max_size=30), tolerance=st.integers(0, 12))
@example(left=[ONE], right=[ONE - 2, ONE + 2], tolerance=2)
def test_nearest_is_the_nearer_of_both_directions_and_the_earlier_on_a_tie(left, right, tolerance: int):
    rows, values = frames(left, right)
    back, ahead = (oracle(rows, values, tolerance, comparison) for comparison in (">=", "<="))
    expected = []
    for t_ns, before, after in zip(left, back, ahead, strict=True):
        known = [each for each in (before, after) if each[0] is not None]
        expected.append(min(known, key=lambda each: abs(each[0] - t_ns), default=(None, None)))
    assert answer(rows, values, tolerance, "nearest") == expected


def test_a_long_stream_with_every_difficulty_at_once_equals_duckdb():
    rng = np.random.default_rng(2)
    left = BASE_NS + rng.integers(0, 10**10, 4_000)
    right = BASE_NS + np.sort(rng.integers(0, 10**10, 20_000)) // 3 * 3
    right[100:200] = right[99]
    rng.shuffle(right[5_000:5_050])
    rows, values = frames(left.tolist(), right.tolist())
    for direction, comparison in (("backward", ">="), ("forward", "<=")):
        assert answer(rows, values, 1_000_000, direction) == oracle(rows, values, 1_000_000, comparison)
