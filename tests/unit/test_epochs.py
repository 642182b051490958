"""Time scales: leap seconds by the table, GPS and TAI both ways, units by magnitude, what is a date."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs import epochs

NOW_NS = 1_780_000_000_000_000_000


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * epochs.S_NS


def one(values: np.ndarray) -> int:
    return int(values[0])


def test_gps_is_18_s_and_tai_37_s_ahead_of_utc_today():
    assert one(epochs.from_utc_ns("gps", np.array([NOW_NS]))) - NOW_NS == 18 * epochs.S_NS
    assert one(epochs.from_utc_ns("tai", np.array([NOW_NS]))) - NOW_NS == 37 * epochs.S_NS


@pytest.mark.parametrize(
    ("utc", "seconds"), [("1980-01-06", 19), ("1999-01-01", 32), ("2016-12-31T23:59:59", 36), ("2017-01-01", 37)]
)
def test_the_leap_second_table_says_what_bulletin_c_says(utc: str, seconds: int):
    assert one(epochs.tai_minus_utc_ns(np.array([ns(utc)]))) == seconds * epochs.S_NS


def test_gps_began_as_utc_and_gps_time_may_count_from_its_own_epoch():
    assert one(epochs.from_utc_ns("gps", np.array([epochs.GPS_EPOCH_NS]))) == epochs.GPS_EPOCH_NS
    since_1980 = NOW_NS + 18 * epochs.S_NS - epochs.GPS_EPOCH_NS
    assert one(epochs.to_utc_ns("gps_1980", np.array([since_1980]))) == NOW_NS


@given(st.sampled_from(["utc", "gps", "tai"]), st.integers(epochs.FIRST_NS, epochs.LAST_NS - 1))
def test_a_scale_and_back_is_the_same_instant(scale: str, utc_ns: int):
    at = np.array([utc_ns])
    assert one(epochs.to_utc_ns(scale, epochs.from_utc_ns(scale, at))) == utc_ns


def test_a_second_across_a_leap_lasts_two_in_tai():
    edge = ns("2017-01-01")
    tai = epochs.from_utc_ns("tai", np.array([edge - epochs.S_NS, edge]))
    assert int(np.diff(tai)[0]) == 2 * epochs.S_NS


@given(st.sampled_from(list(epochs.UNITS)), st.integers(epochs.FIRST_NS, epochs.LAST_NS - 1))
def test_the_unit_of_any_date_between_1990_and_2100_is_found(unit: str, t_ns: int):
    assert epochs.unit_by_magnitude(np.array([-(-t_ns // epochs.UNITS[unit])])) in (
        unit,
        None if t_ns > epochs.LAST_NS - epochs.S_NS else unit,
    )


@pytest.mark.parametrize("t_ns", [0, 12 * epochs.S_NS, epochs.GPS_EPOCH_NS, ns("1989-12-31"), epochs.LAST_NS])
def test_what_is_before_1990_or_after_2100_is_no_date(t_ns: int):
    assert not epochs.is_date(np.array([t_ns]))[0]
    assert epochs.unit_by_magnitude(np.array([t_ns])) is None
