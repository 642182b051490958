"""Units of DBC files to SI: one explicit table. A unit that is not in it stays as written."""

from math import pi

_TO_SI = {
    "km/h": ("m/s", 1 / 3.6, 0.0),
    "kph": ("m/s", 1 / 3.6, 0.0),
    "kmh": ("m/s", 1 / 3.6, 0.0),
    "mph": ("m/s", 0.44704, 0.0),
    "kt": ("m/s", 1852 / 3600, 0.0),
    "cm/s": ("m/s", 0.01, 0.0),
    "mm/s": ("m/s", 0.001, 0.0),
    "m/s^2": ("m/s2", 1.0, 0.0),
    "m/s²": ("m/s2", 1.0, 0.0),
    "m/s/s": ("m/s2", 1.0, 0.0),
    "g": ("m/s2", 9.80665, 0.0),
    "deg": ("rad", pi / 180, 0.0),
    "degree": ("rad", pi / 180, 0.0),
    "degrees": ("rad", pi / 180, 0.0),
    "°": ("rad", pi / 180, 0.0),
    "deg/s": ("rad/s", pi / 180, 0.0),
    "°/s": ("rad/s", pi / 180, 0.0),
    "rpm": ("rad/s", pi / 30, 0.0),
    "1/min": ("rad/s", pi / 30, 0.0),
    "bar": ("Pa", 1e5, 0.0),
    "mbar": ("Pa", 100.0, 0.0),
    "hPa": ("Pa", 100.0, 0.0),
    "kPa": ("Pa", 1e3, 0.0),
    "MPa": ("Pa", 1e6, 0.0),
    "psi": ("Pa", 6894.757293168361, 0.0),
    "degC": ("K", 1.0, 273.15),
    "deg C": ("K", 1.0, 273.15),
    "°C": ("K", 1.0, 273.15),
    "C": ("K", 1.0, 273.15),
    "km": ("m", 1e3, 0.0),
    "cm": ("m", 0.01, 0.0),
    "mm": ("m", 0.001, 0.0),
    "ms": ("s", 0.001, 0.0),
    "min": ("s", 60.0, 0.0),
    "kN": ("N", 1e3, 0.0),
    "kW": ("W", 1e3, 0.0),
    "mV": ("V", 0.001, 0.0),
    "mA": ("A", 0.001, 0.0),
}


def to_si(unit: str | None) -> tuple[str | None, float, float]:
    """(SI unit, factor, offset) so that SI value = value * factor + offset. "g" is taken as standard gravity.

    "C" is degrees Celsius, as DBC authors write it, not coulomb. Rain rates (mm/h) and per cent stay.
    """
    if not unit:
        return None, 1.0, 0.0
    return _TO_SI.get(unit.strip(), (unit, 1.0, 0.0))
