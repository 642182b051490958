"""silver.conditions: light, weather and kind of road over intervals, from the bus, else from sun and map.

The bins are vocabulary, not tuning: light and rain as ISO 34503 is encoded in autowarefoundation/odd-usecase-scenario
(scenarios.md B.3), the sun's -6 and 0 degrees are the ends of civil twilight.
"""

import polars as pl
import pyarrow as pa

from spark_jobs.silver.rows import contract_rows
from spark_jobs.silver.sun import sun_elevation_rad

NIGHT_LX, LOW_AMBIENT_LX = 1.0, 2000.0
TWILIGHT_RAD, HORIZON_RAD = -0.10471975511965977, 0.0
DRY_MMPH, LIGHT_MMPH, MODERATE_MMPH = 0.0, 2.5, 7.6
_WIPER = {"off": "clear", "intermittent": "rain_light", "slow": "rain_moderate", "fast": "rain_heavy"}
_ROAD = {"highway": "highway", "motorway": "highway", "urban": "urban", "rural": "rural"}
_BIN_NS = 5_000_000_000  # one median per 5 s: a lamp post or one drop is not a change of conditions
_END_NS = 100_000_000  # the last grid instant lasts one step
_KINDS = ["light", "weather", "road_kind", "light_source", "weather_source", "road_source"]


def build(
    ego: pl.DataFrame, can_signals: pl.DataFrame, has_map: bool, drive: tuple[str, str], is_dated: bool = True
) -> pa.Table:
    """Rows of silver.conditions of one drive: gapless intervals over its ego motion, neighbours differ in some kind.

    Inputs: silver.ego_motion and silver.can_signals rows, whether a map came with the drive, (project_id, drive_id),
    whether the time of day is known: where it is not, the sun says nothing. A bin without a signal keeps what was
    last known.
    """
    if ego.is_empty():
        return contract_rows("silver.conditions", pl.DataFrame(), *drive)
    place = ego if is_dated else ego.with_columns(latitude_deg=None, longitude_deg=None)
    bins = _with_kinds(_bins(place, can_signals), has_map)
    merged = (
        bins.with_columns(interval=pl.struct(_KINDS).rle_id())
        .group_by("interval", *_KINDS, maintain_order=True)
        .agg(
            pl.col("t_start_ns").min(),
            pl.col("illuminance_lx", "rain_rate_mmph", "sun_elevation_rad").median(),
        )
    )
    end_ns = int(ego["t_ns"].max() or 0) + _END_NS
    intervals = merged.with_columns(t_end_ns=pl.col("t_start_ns").shift(-1, fill_value=end_ns)).drop("interval")
    return contract_rows("silver.conditions", intervals, *drive)


def _bins(ego: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """One row per 5 s of ego motion, with the medians of what the bus said in it."""
    sun = sun_elevation_rad(
        ego["t_ns"].to_numpy(),
        *(ego[name].fill_null(float("nan")).to_numpy() for name in ("latitude_deg", "longitude_deg")),
    )
    seen = ego.select("t_ns", _bin("t_ns"), sun=pl.Series(sun).fill_nan(None))
    bins = seen.group_by("bin").agg(t_start_ns=pl.col("t_ns").min(), sun_elevation_rad=pl.col("sun").median())
    bins = bins.sort("bin")
    for column, name in (("illuminance_lx", "AMBIENT_LIGHT"), ("rain_rate_mmph", "RAIN_RATE")):
        values = signals.filter((pl.col("signal_name") == name) & pl.col("value").is_not_null())
        medians = values.group_by(_bin("t_ns")).agg(pl.col("value").median().alias(column))
        bins = bins.join(medians, on="bin", how="left", maintain_order="left")
    for column, name in (("wiper", "WIPER_STATE"), ("road", "ROAD_CLASS")):
        texts = signals.filter((pl.col("signal_name") == name) & pl.col("value_text").is_not_null())
        usual = texts.group_by(_bin("t_ns"), pl.col("value_text").str.to_lowercase().alias(column)).len()
        usual = usual.sort("bin", "len", column, descending=[False, True, False]).unique("bin", keep="first")
        bins = bins.join(usual.drop("len"), on="bin", how="left", maintain_order="left")
    known = pl.col("illuminance_lx", "rain_rate_mmph", "sun_elevation_rad", "wiper", "road")
    return bins.with_columns(known.forward_fill().backward_fill())


def _with_kinds(bins: pl.DataFrame, has_map: bool) -> pl.DataFrame:
    lux, sun, rain = pl.col("illuminance_lx"), pl.col("sun_elevation_rad"), pl.col("rain_rate_mmph")
    by_lux = pl.when(lux <= NIGHT_LX).then(pl.lit("night")).otherwise(
        pl.when(lux < LOW_AMBIENT_LX).then(pl.lit("low_ambient")).otherwise(pl.lit("day"))
    )  # fmt: skip
    by_sun = _binned(sun, (TWILIGHT_RAD, "night"), (HORIZON_RAD, "low_ambient"), "day")
    by_rain = pl.when(rain <= DRY_MMPH).then(pl.lit("clear")).otherwise(
        _binned(rain, (LIGHT_MMPH, "rain_light"), (MODERATE_MMPH, "rain_moderate"), "rain_heavy")
    )  # fmt: skip
    by_wiper = pl.col("wiper").replace_strict(_WIPER, default=None, return_dtype=pl.String)
    by_road = pl.col("road").replace_strict(_ROAD, default=None, return_dtype=pl.String)
    by_map = pl.lit("urban" if has_map else None, dtype=pl.String)  # the maps we read come with city drives (AV2)
    choices = (
        ("light", "light_source", ((by_lux, lux, "illuminance"), (by_sun, sun, "sun"))),
        ("weather", "weather_source", ((by_rain, rain, "rain_sensor"), (by_wiper, by_wiper, "wiper"))),
        ("road_kind", "road_source", ((by_road, by_road, "navigation"), (by_map, by_map, "map"))),
    )
    for kind, source, ways in choices:
        values = [pl.when(given.is_not_null()).then(value) for value, given, _ in ways]
        names = [pl.when(given.is_not_null()).then(pl.lit(name)) for _, given, name in ways]
        bins = bins.with_columns(
            pl.coalesce(*values, pl.lit("unknown")).alias(kind), pl.coalesce(*names, pl.lit("none")).alias(source)
        )
    return bins.select(*_KINDS, "t_start_ns", "illuminance_lx", "rain_rate_mmph", "sun_elevation_rad")


def _binned(value: pl.Expr, *steps: tuple[float, str] | str) -> pl.Expr:
    (low, first), (high, second), third = steps
    return pl.when(value < low).then(pl.lit(first)).when(value < high).then(pl.lit(second)).otherwise(pl.lit(third))


def _bin(column: str) -> pl.Expr:
    return (pl.col(column) // _BIN_NS).alias("bin")
