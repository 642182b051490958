"""The interval macros mean what their names say: compared with plain Python over every arrangement of two intervals."""

import itertools
import subprocess
import sys
from collections.abc import Callable

import duckdb
import jinja2
import pytest
from scipy.stats import chi2

from longtail.settings import REPOSITORY

MACROS = REPOSITORY / "dbt" / "macros"
S = 1_000_000_000
Interval = tuple[int, int]


def macro(file: str, name: str) -> Callable[..., str]:
    """A macro as dbt would call it."""
    text = "".join((MACROS / f"{part}.sql").read_text() for part in ("ns_per_s", file))
    return getattr(jinja2.Environment().from_string(text).module, name)  # noqa: S701 - SQL, no HTML


MEANINGS: dict[str, tuple[tuple, Callable[[Interval, Interval], bool]]] = {
    "during": ((), lambda a, b: b[0] <= a[0] and a[1] <= b[1]),
    "overlaps": ((), lambda a, b: any(b[0] <= t <= b[1] for t in range(a[0], a[1] + 1))),
    "within": ((2,), lambda a, b: any(abs(t - u) <= 2 for t in range(a[0], a[1] + 1) for u in range(b[0], b[1] + 1))),
    "followed_by": ((2,), lambda a, b: a[0] < b[0] <= a[1] + 2),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_an_interval_macro_agrees_with_its_meaning_for_every_arrangement(name: str) -> None:
    seconds, meaning = MEANINGS[name]
    intervals = [(start, end) for start in range(7) for end in range(start, 7)]
    pairs = list(itertools.product(intervals, intervals))
    rows = ", ".join(f"({i}, {a[0] * S}, {a[1] * S}, {b[0] * S}, {b[1] * S})" for i, (a, b) in enumerate(pairs))
    condition = macro("intervals", name)("a", "b", *seconds)
    holds = duckdb.sql(
        f"with pairs(i, a0, a1, b0, b1) as (values {rows}), "
        "a as (select i, 'd' as drive_id, a0 as t_start_ns, a1 as t_end_ns from pairs), "
        "b as (select i, 'd' as drive_id, b0 as t_start_ns, b1 as t_end_ns from pairs) "
        f"select i from a join b using (i) where {condition}"
    ).fetchall()
    assert {i for (i,) in holds} == {i for i, (a, b) in enumerate(pairs) if meaning(a, b)}


@pytest.mark.parametrize("name", MEANINGS)
def test_intervals_of_different_drives_have_no_relation(name: str) -> None:
    one, other = (f"select '{drive}' as drive_id, 0 as t_start_ns, 9 as t_end_ns" for drive in "ab")
    condition = macro("intervals", name)("a", "b", *MEANINGS[name][0])
    assert duckdb.sql(f"select 1 from ({one}) as a join ({other}) as b on {condition}").fetchall() == []


def test_the_seed_of_poisson_intervals_is_what_its_script_writes(tmp_path) -> None:
    program = (
        f"import pathlib, poisson_intervals; poisson_intervals.write(pathlib.Path({str(tmp_path / 'seed.csv')!r}))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY / "dbt", check=True)
    seed = REPOSITORY / "dbt" / "seeds" / "poisson_intervals.csv"
    assert seed.read_text() == (tmp_path / "seed.csv").read_text()
    rows = [line.split(",") for line in seed.read_text().splitlines()[1:]]
    assert [int(row[0]) for row in rows] == list(range(101))
    # an interval of 95 %: so many or more events have a chance of 2.5 % at its lower end, so many or fewer at its upper
    for n, lower, upper in ((int(row[0]), float(row[1]), float(row[2])) for row in rows):
        assert lower == (0 if n == 0 else pytest.approx(chi2.ppf(0.025, 2 * n) / 2, rel=1e-9))
        assert upper == pytest.approx(chi2.ppf(0.975, 2 * n + 2) / 2, rel=1e-9)


@pytest.mark.parametrize("n", [101, 150, 1000, 20_000, 10**6])
def test_above_the_seed_the_approximation_is_within_3e5_of_the_exact_ends(n: int) -> None:
    bound = macro("poisson_bound", "poisson_bound")
    context = f"(select {n} as n, 3.0 as rule_of_three, 1.959963984540054 as z)"
    exact = "(select null as num_events, null as lower, null as upper)"
    query = f"select {bound('n', '-')}, {bound('n', '+')} from {context} cross join {exact} as exact"
    ((low, high),) = duckdb.sql(query).fetchall()
    assert low == pytest.approx(chi2.ppf(0.025, 2 * n) / 2, rel=3e-5)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * n + 2) / 2, rel=3e-5)
