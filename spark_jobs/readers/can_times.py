"""Times as text logs write them, in exact nanoseconds."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

S_NS = 1_000_000_000
_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7,
           "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12}  # fmt: skip
_DATE = re.compile(r"(\w+)\.?\s+(\d+)\s+(\d+):(\d+):(\d+)(?:\.(\d{1,9}))?\s*(am|pm)?\s*(\d{4})", re.IGNORECASE)


def decimal_ns(text: str, unit_ns: int) -> int | None:
    """A decimal number of units as whole nanoseconds, without going through floating point; None: it is no number."""
    try:
        value = Decimal(text) * unit_ns
        return int(value.to_integral_value()) if value.is_finite() and abs(value) < 10**19 else None
    except InvalidOperation:
        return None


def asc_date_ns(text: str) -> int | None:
    """`Sat Sep 30 10:06:13.191 PM 2017` (English or German names), taken as UTC, in ns; None: it is no such date."""
    found = _DATE.search(text)
    month = _MONTHS.get(found[1][:3].lower()) if found else None
    if found is None or month is None:
        return None
    hour, half = int(found[3]), (found[7] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    fraction = int((found[6] or "0").ljust(9, "0"))
    return utc_ns(int(found[8]), month, int(found[2]), hour, int(found[4]), int(found[5]), fraction)


def utc_ns(year: int, month: int, day: int, hour: int, minute: int, second: int, fraction_ns: int) -> int | None:
    """A date and time of UTC in ns since 1970; None: there is no such date."""
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * S_NS + fraction_ns
    except ValueError:
        return None


def days_ns(text: str) -> int | None:
    """Days since 1899-12-30, as PEAK writes them, to the microsecond that they resolve."""
    try:
        began = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(text))
    except (ValueError, OverflowError):
        return None
    return (began - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000
