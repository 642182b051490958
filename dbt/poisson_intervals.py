"""Writes seeds/poisson_intervals.csv: exact 95 % intervals of a Poisson mean, for SQL that has no chi-square quantiles.

Run: python dbt/poisson_intervals.py. Source: Garwood 1936; lower = chi2(0.025, 2n)/2, upper = chi2(0.975, 2n + 2)/2.
"""

import csv
from pathlib import Path

from scipy.stats import chi2

SEED = Path(__file__).parent / "seeds" / "poisson_intervals.csv"
LAST = 100  # above it the macro poisson_bound approximates, with an error that a test bounds


def rows() -> list[tuple[int, str, str]]:
    """(n, lower, upper) for n = 0..100 events; both ends with 12 significant digits."""
    lower = [0.0, *(chi2.ppf(0.025, 2 * n) / 2 for n in range(1, LAST + 1))]
    upper = [chi2.ppf(0.975, 2 * n + 2) / 2 for n in range(LAST + 1)]
    return [(n, f"{lower[n]:.12g}", f"{upper[n]:.12g}") for n in range(LAST + 1)]


def write(path: Path) -> None:
    """The seed as CSV at `path`."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("num_events", "lower", "upper"))
        writer.writerows(rows())


if __name__ == "__main__":
    write(SEED)
