"""All 135,468 raw CAN frames of comma2k19 through BLF, ASC, candump and MF4: the same signals, value for value."""

from pathlib import Path

import pytest

from tests.unit.readers.bus_logs import written
from tests.unit.readers.comma_bus import equal_signals, messages, read_rows, renumbered, signals
from tests.unit.readers.real_data import ROOT, real

pytestmark = [pytest.mark.slow, pytest.mark.data]


@pytest.mark.parametrize("suffix", ["blf", "asc", "log", "mf4"])
def test_every_frame_of_the_minute_decodes_the_same_through_another_format(suffix: str, tmp_path: Path) -> None:
    real("comma2k19/processed_log/CAN/raw_can/data")
    folder, dbc = ROOT / "comma2k19/processed_log/CAN/raw_can", ROOT / "comma2k19/dbc/_toyota_2017.dbc"
    expected = signals(read_rows(folder / "data"), dbc)
    path = written(tmp_path / f"bus.{suffix}", messages(folder))
    frames = renumbered(path, read_rows(path))
    assert frames.height == 135_468
    assert equal_signals(signals(frames, dbc), expected)
