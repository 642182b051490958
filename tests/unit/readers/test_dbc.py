"""DBC decoding: our bit extraction gives what cantools decodes frame by frame, in SI units."""

from pathlib import Path
from typing import Any

import cantools
import numpy as np
import pyarrow as pa
import pytest

from spark_jobs.readers import dbc
from spark_jobs.readers.units import to_si

DBC = """VERSION ""
BU_: A
BO_ 256 LITTLE: 8 A
 SG_ L1 : 3|13@1+ (0.01,-20) [0|0] "km/h" A
 SG_ L2 : 16|17@1- (0.5,0) [0|0] "deg" A
 SG_ L3 : 40|24@1+ (1,0) [0|0] "" A
BO_ 257 BIG: 8 A
 SG_ B1 : 7|12@0- (0.1,5) [0|0] "bar" A
 SG_ B2 : 11|10@0+ (1,0) [0|0] "%" A
 SG_ B3 : 33|26@0- (0.001,0) [0|0] "degC" A
BO_ 258 WIDE: 8 A
 SG_ W1 : 0|64@1- (1E-7,0) [0|0] "m" A
BO_ 259 REAL: 8 A
 SG_ F1 : 0|32@1- (1,0) [0|0] "m/s" A
 SG_ F2 : 39|32@0- (2,1) [0|0] "rpm" A
BO_ 260 MUXED: 8 A
 SG_ M M : 0|4@1+ (1,0) [0|0] "" A
 SG_ X1 m1 : 8|16@1+ (1,0) [0|0] "" A
 SG_ X2 m2 : 8|16@0+ (1,0) [0|0] "" A
 SG_ ALWAYS : 32|8@1+ (1,0) [0|0] "" A
BO_ 2364540158 EEC1: 8 A
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" A
SIG_VALTYPE_ 259 F1 : 1;
SIG_VALTYPE_ 259 F2 : 1;
VAL_ 260 ALWAYS 0 "Off" 1 "On" ;
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "vehicle.dbc"
    file.write_text(DBC)
    return str(file)


def frames(rows: list[tuple[int, int, bool, bytes]]) -> pa.Table:
    """bronze.can_frames rows from (bus, id, is_extended, data)."""
    columns: dict[str, Any] = {
        "project_id": ["p"] * len(rows),
        "drive_id": ["d"] * len(rows),
        "file_id": ["f"] * len(rows),
        "record_index": list(range(len(rows))),
        "log_time_ns": list(range(len(rows))),
        "bus": [row[0] for row in rows],
        "can_id": [row[1] for row in rows],
        "is_extended": [row[2] for row in rows],
        "data": pa.array([row[3] for row in rows], pa.binary()),
    }
    return pa.table(columns)


def test_random_frames_decode_as_cantools_decodes_them(path: str) -> None:
    rng = np.random.default_rng(5)
    database = cantools.database.load_file(path, strict=False)
    rows = [(0, int(rng.integers(256, 261)), False, rng.bytes(8)) for _ in range(600)]
    rows = [(bus, can_id, kind, bytes([data[0] & 0xF2 | 1, *data[1:]])) for bus, can_id, kind, data in rows]
    expected = {}
    for index, (_, can_id, _, data) in enumerate(rows):
        message = database.get_message_by_frame_id(can_id)
        try:
            values = message.decode(data, decode_choices=False, allow_truncated=True)
        except cantools.database.errors.DecodeError:  # a multiplexer value without signals: only the rest is there
            continue
        for name, value in values.items():
            unit, factor, offset = to_si(message.get_signal_by_name(name).unit)
            expected[index, name] = (value * factor + offset if np.isfinite(value) else None, unit)
    found = {
        (row["record_index"], row["signal_name"]): row for row in dbc.decode(frames(rows), [(0, path)]).to_pylist()
    }
    assert len(expected) > 1000
    for key, (value, unit) in expected.items():
        assert found[key]["value"] == (None if value is None else pytest.approx(value, rel=1e-12, abs=1e-12)), key
        assert found[key]["unit"] == unit
    whole = {index for index, _ in expected}
    assert {key for key in found if key[0] in whole} == set(expected)


def test_units_become_si_and_the_dbc_unit_stays_beside(path: str) -> None:
    rows = dbc.decode(frames([(0, 256, False, bytes(8)), (0, 257, False, bytes(8))]), [(None, path)]).to_pylist()
    units = {row["signal_name"]: (row["dbc_unit"], row["unit"], row["value"]) for row in rows}
    assert units["L1"] == ("km/h", "m/s", pytest.approx(-20 / 3.6))
    assert units["B1"] == ("bar", "Pa", pytest.approx(500_000))
    assert units["B3"] == ("degC", "K", pytest.approx(273.15))
    assert units["B2"][:2] == ("%", "%")
    assert units["L3"][:2] == (None, None)


def test_value_tables_name_the_value(path: str) -> None:
    rows = dbc.decode(frames([(0, 260, False, bytes([0, 0, 0, 0, n, 0, 0, 0])) for n in range(3)]), [(0, path)])
    named = [(row["value"], row["value_text"]) for row in rows.to_pylist() if row["signal_name"] == "ALWAYS"]
    assert named == [(0.0, "Off"), (1.0, "On"), (2.0, None)]


@pytest.mark.parametrize("can_id", [0x0CF00400, 0x18F00421, 0x0CF004FE])
def test_j1939_matches_the_parameter_group_whoever_sends_it(can_id: int, path: str) -> None:
    rows = dbc.decode(frames([(0, can_id, True, bytes([0, 0, 0, 0x68, 0x13, 0, 0, 0]))]), [(0, path)]).to_pylist()
    assert [(row["message_name"], row["value"]) for row in rows] == [("EEC1", pytest.approx(621 * np.pi / 30))]


def test_a_standard_id_never_matches_an_extended_message(path: str) -> None:
    assert dbc.decode(frames([(0, 0x100, True, bytes(8)), (0, 0x400, False, bytes(8))]), [(0, path)]).num_rows == 0


def test_a_short_frame_gives_the_signals_it_holds(path: str) -> None:
    rows = dbc.decode(frames([(0, 256, False, b"\x01\x02"), (0, 256, False, bytes(8))]), [(0, path)]).to_pylist()
    assert [(row["record_index"], row["signal_name"]) for row in rows] == [(0, "L1"), (1, "L1"), (1, "L2"), (1, "L3")]


def test_a_dbc_serves_its_bus_and_unknown_ids_are_counted(path: str) -> None:
    table = frames([(0, 256, False, bytes(8)), (1, 256, False, bytes(8)), (1, 256, False, bytes(8)), (0, 9, True, b"")])
    assert set(dbc.decode(table, [(0, path)]).column("record_index").to_pylist()) == {0}
    assert dbc.unknown_ids(table, [(0, path)]).to_pylist() == [
        {"bus": 0, "can_id": 9, "is_extended": True, "num_frames": 1},
        {"bus": 1, "can_id": 256, "is_extended": False, "num_frames": 2},
    ]


def test_no_frames_and_no_dbc_give_no_rows(path: str) -> None:
    assert dbc.decode(frames([]), [(0, path)]).num_rows == 0
    assert dbc.decode(frames([(0, 256, False, bytes(8))]), []).schema.equals(dbc.SIGNAL_SCHEMA)


def test_a_malformed_dbc_raises_a_clear_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad.dbc"
    bad.write_text("BO_ this is no DBC")
    with pytest.raises(dbc.DbcError, match=r"bad\.dbc"):
        dbc.load(str(bad))
