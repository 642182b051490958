"""longtail clip: the raw messages of an event byte for byte, and boxes, metrics and marks that every viewer decodes."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from mcap.reader import make_reader
from mcap.writer import Writer
from mcap_protobuf.decoder import DecoderFactory
from small_lake import CUT_IN, HARD_BRAKE, STEP_NS, T0_NS, contents, write

import longtail
from longtail.event_files.clip import BOXES, EVENT, MARKS, METRICS, TRANSFORM, clip
from longtail.event_files.metrics_message import EGO
from longtail.event_files.metrics_message import METRICS as NAMES
from longtail.statement import QueryError
from spark_jobs.export_sources import ExportError
from spark_jobs.ingest import ingest
from tests.unit.ingest.conftest import without_spark

START_NS, END_NS = T0_NS + 98 * STEP_NS, T0_NS + 120 * STEP_NS  # of CUT_IN
RERUN = Path(sys.executable).with_name("rerun")
Recorded = list[tuple[str, int, int, int, bytes]]


@pytest.fixture
def record(empty_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Ingests a recording of drive d-one, 6 s to 16 s, log times `late_ns` off UTC, beside what is known of d-one."""
    without_spark(monkeypatch)
    for table, rows in contents().items():
        if table.startswith(("silver.", "intermediate.", "marts.")):
            write(empty_lake, table, rows)
    write(empty_lake, "silver.clock_models", clock("/note", 0))

    def make(late_ns: int = 0, schema: str = "Note") -> Path:
        path = tmp_path / "landing" / "d-one" / "recording.mcap"
        path.parent.mkdir(parents=True)
        with path.open("wb") as stream:
            writer = Writer(stream, chunk_size=2000)
            writer.start(profile="", library="test")
            notes = writer.register_channel("/note", "json", writer.register_schema(schema, "jsonschema", b"{}"))
            bare = writer.register_channel("/bare", "", 0)
            for number in range(1000):
                t_ns = T0_NS + 6 * 10**9 + number * 10**7 + late_ns
                writer.add_message(notes, t_ns, b'{"number": %d}' % number, t_ns - 5, number)
                writer.add_message(bare, t_ns + 1, number.to_bytes(4, "little"), t_ns, 0)
            writer.finish()
        assert ingest([str(path.parent)]).is_clean
        return path

    return make


def clock(topic: str, offset_ns: int) -> pa.Table:
    """A row of silver.clock_models for one topic of d-one."""
    texts = {"project_id": "local", "drive_id": "d-one", "clock_model_id": "m", "topic": topic, "reason": "test"}
    words = {"reference_clock": "log", "source_clock": "log", "clock_kind": "utc", "unit": "ns", "repair": "anchor"}
    numbers = dict.fromkeys(("segment_index", "offset_ns", "residual_p95_ns", "delay_p50_ns", "num_strays"), 0)
    times = {"t_start_ns": T0_NS, "t_end_ns": T0_NS + 10**11, "t_origin_ns": T0_NS, "log_offset_ns": offset_ns}
    rest = {"log_anchor": "declared_start", "num_samples": 9, "drift_ppm": 0.0, "confidence": 1.0, "is_corrected": True}
    return pa.Table.from_pylist([texts | words | numbers | times | rest])


def recorded(path: Path) -> Recorded:
    """(topic, log time, publish time, sequence, payload) in the order of the file, by the official reader."""
    with path.open("rb") as stream:
        messages = make_reader(stream, validate_crcs=True).iter_messages(log_time_order=False)
        return [(c.topic, m.log_time, m.publish_time, m.sequence, m.data) for _, c, m in messages]


def decoded(path: Path, topic: str) -> list[Any]:
    """Every message of a protobuf topic, by the schema that the file itself brings."""
    with path.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()], validate_crcs=True)
        return [message for *_, message in reader.iter_decoded_messages(topics=[topic])]


def test_a_clip_holds_the_raw_messages_of_the_interval_and_no_others(record: Any, tmp_path: Path) -> None:
    raw = recorded(record())
    done = clip("c1", tmp_path / "clip.mcap", margin_s=1.5)
    inside = [row for row in raw if START_NS - 15 * STEP_NS <= row[1] <= END_NS + 15 * STEP_NS]
    found = recorded(done.path)
    assert [row for row in found if row[0] in ("/note", "/bare")] == inside
    assert done.num_raw_messages == len(inside) > 900
    assert done.num_messages == len(found)
    assert [row[1] for row in found] == sorted(row[1] for row in found)


def test_topics_may_be_chosen_and_raw_messages_left_out(record: Any, tmp_path: Path) -> None:
    record()
    some = recorded(clip(CUT_IN, tmp_path / "some.mcap", topics=["/note"]).path)
    none = recorded(clip(CUT_IN, tmp_path / "none.mcap", has_raw=False).path)
    own = {BOXES, METRICS, MARKS, EVENT, TRANSFORM}
    assert {row[0] for row in some} == {"/note", *own}
    assert {row[0] for row in none} == own


def test_a_recorder_that_did_not_keep_utc_is_put_on_the_clock_of_the_event(
    record: Any, empty_lake: Path, tmp_path: Path
) -> None:
    hour_ns = 3_600 * 10**9
    raw = recorded(record(late_ns=-hour_ns))
    write(empty_lake, "silver.clock_models", clock("/note", hour_ns))
    done = clip(CUT_IN, tmp_path / "clip.mcap", margin_s=0.0)
    found = [row for row in recorded(done.path) if row[0] in ("/note", "/bare")]
    assert found == [(t, at + hour_ns, *rest) for t, at, *rest in raw if START_NS <= at + hour_ns <= END_NS]
    with done.path.open("rb") as stream:
        told = {each.name: each.metadata for each in make_reader(stream).iter_metadata()}
    assert list(told["longtail.clock"].values()) == [str(hour_ns)]


def test_boxes_are_those_of_silver_with_the_actor_in_its_own_colour(lake: Path, tmp_path: Path) -> None:
    scenes = decoded(clip(CUT_IN, tmp_path / "clip.mcap", has_raw=False).path, BOXES)
    assert len(scenes) == 22 + 1 + 2 * 20
    query = """
        select track_id, x_ego_m, y_ego_m, length_m from silver.object_tracks
        where drive_id = 'd-one' and t_ns = $t_ns order by 1
    """
    for scene in scenes:
        entities = {entity.id: entity for entity in scene.entities}
        t_ns = scene.entities[0].timestamp.seconds * 10**9 + scene.entities[0].timestamp.nanos
        rows = longtail.sql(query, parameters={"t_ns": t_ns}).to_pylist()
        cubes = {name: entity.cubes[0] for name, entity in entities.items()}
        assert set(cubes) == {"ego", *(f"track/{row['track_id']}" for row in rows)}
        for row in rows:
            cube = cubes[f"track/{row['track_id']}"]
            place = (cube.pose.position.x, cube.pose.position.y, cube.size.x)
            assert place == (row["x_ego_m"], row["y_ego_m"], row["length_m"])
        colours = {name: (cube.color.r, cube.color.g, cube.color.b) for name, cube in cubes.items()}
        assert sum(colour == colours["track/car-1"] for colour in colours.values()) == 1
        assert [text.text for text in entities["track/car-1"].texts] == ["cut_in (critical)"]


def test_metrics_are_those_of_the_marts_and_undefined_ones_are_absent(lake: Path, tmp_path: Path) -> None:
    signals = decoded(clip(CUT_IN, tmp_path / "clip.mcap", has_raw=False).path, METRICS)
    query = """
        select t_ns, gap_m, closing_speed_mps, ttc_s, thw_s, vx_ego_mps
        from intermediate.int_objects__related inner join silver.ego_motion using (drive_id, t_ns)
        where track_id = 'car-1' order by t_ns
    """
    rows = {row.pop("t_ns"): row for row in longtail.sql(query).to_pylist()}
    absent = 0
    for signal in signals:
        row = rows[signal.timestamp.seconds * 10**9 + signal.timestamp.nanos]
        for name, column in {"gap_m": "gap_m", "ttc_s": "ttc_s", "ego_speed_mps": "vx_ego_mps"}.items():
            assert signal.HasField(name) == (row[column] is not None)
            assert row[column] in (None, getattr(signal, name))
        absent += not signal.HasField("ttc_s")
        assert not signal.HasField("drac_mps2")
    assert 0 < absent < len(signals)
    assert {field.name for field in signals[0].DESCRIPTOR.fields} >= {*EGO, *NAMES}
    assert [signal.phase for signal in signals] == ["before"] * 20 + ["event"] * 23 + ["after"] * 20


def test_an_event_without_an_actor_has_the_metrics_of_the_lead_and_marks(lake: Path, tmp_path: Path) -> None:
    done = clip(HARD_BRAKE, tmp_path / "clip.mcap")
    path = done.path
    assert done.num_raw_messages == 0  # the lake holds no payloads of that drive
    assert [mark.message for mark in decoded(path, MARKS)] == [
        f"hard_brake (emergency): {name}" for name in ("start", "peak", "end")
    ]
    (event,) = decoded(path, EVENT)
    assert {pair.key: pair.value for pair in event.metadata}["drive_id"] == "d-two"
    assert not any(signal.HasField("gap_m") for signal in decoded(path, METRICS))  # nobody is on that road


def test_a_recording_with_transforms_of_its_own_keeps_them_alone(record: Any, tmp_path: Path) -> None:
    record(schema="tf2_msgs/msg/TFMessage")
    assert TRANSFORM not in {row[0] for row in recorded(clip(CUT_IN, tmp_path / "clip.mcap").path)}


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "its size is another"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b'"number": 4', b'"number": 5')), "not what was ing"),
    ],
    ids=["gone", "longer", "changed"],
)
def test_a_raw_file_that_is_not_as_it_was_is_a_clear_error(harm: Any, says: str, record: Any, tmp_path: Path) -> None:
    harm(record())
    with pytest.raises(ExportError, match=says):
        clip(CUT_IN, tmp_path / "clip.mcap")
    assert sorted(tmp_path.glob("*clip*")) == []
    assert clip(CUT_IN, tmp_path / "clip.mcap", has_raw=False).num_raw_messages == 0


def test_an_unknown_event_leaves_no_file(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="no event"):
        clip("nope", tmp_path / "clip.mcap")
    assert not (tmp_path / "clip.mcap").exists()


def test_rerun_finds_nothing_to_complain_about_in_a_clip(record: Any, tmp_path: Path) -> None:
    record()
    path = clip(CUT_IN, tmp_path / "clip.mcap").path
    checked = subprocess.run([RERUN, "mcap", "check", "--full", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    topics = Counter(line.split()[0] for line in checked.stdout.splitlines() if " /" in line)
    assert topics == {"ok": 7}, checked.stdout


def test_a_rerun_recording_loads_with_every_box_and_metric(lake: Path, tmp_path: Path) -> None:
    from longtail.event_files.rerun_recording import write as write_rrd

    done = write_rrd(CUT_IN, tmp_path / "clip.rrd")
    verified = subprocess.run([RERUN, "rrd", "verify", done.path], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr
    stats = subprocess.run([RERUN, "rrd", "stats", done.path], capture_output=True, text=True).stdout
    entities = stats.partition("per entity")[2].partition("per index")[0]
    for entity in ("/map/ego/objects", "/map/ego", "/marks", "/metrics/ttc_s", "/metrics/gap_m"):
        assert f"{entity}:" in entities
    assert (done.num_instants, done.num_tracks) == (63, 3)
