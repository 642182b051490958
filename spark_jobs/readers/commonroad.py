"""CommonRoad 2018b to 2020a XML to rows: the trajectories of all obstacles, and the lanelets as map lanes.

A scenario has no ego: planning problems are starts and goals for a vehicle that does not exist in the recording. The
ego is the dynamic obstacle that drive.json names, {"topics": {"commonroad": {"ego": "10000"}}}, else the one that is
there for the most time steps, the first of them in the file. It is left out of the objects. Planning problems are
indexed. A state's time step n is at n * timeStepSize; boxes are given by their centre, heights are nominal.
"""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.av2_scenario import turns
from spark_jobs.readers.commonroad_map import map_lanes
from spark_jobs.readers.commonroad_state import State, state_of
from spark_jobs.readers.commonroad_xml import BadXml, Element, parse, root_attributes
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant, nullable
from spark_jobs.readers.text_lines import common, whole_file

Rows = Iterator[tuple[str, pa.Table]]
TOPIC = "commonroad"
REAR_OVERHANG_M = 1.0
"""From the rear axle to the rear bumper of the ego, where drive.json does not say: a usual passenger car."""
NOMINAL_HEIGHT_M = {"car": 1.5, "truck": 3.5, "bus": 3.2, "pedestrian": 1.7, "bicycle": 1.7, "motorcycle": 1.5}
_OBSTACLES = ("dynamicObstacle", "staticObstacle", "obstacle")


def plan(source: SourceFile) -> FilePlan:
    """One task per file. The format keeps no statistics of its own."""
    return whole_file(source, _refusal)


def _refusal(source: SourceFile) -> Problem | None:
    try:
        _step_ns(root_attributes(source.path))
    except (OSError, ValueError) as error:
        return Problem("bad_commonroad", f"{type(error).__name__}: {error}"[:500], byte_offset=0)
    return None


def read(task: Task) -> Rows:
    """Rows of the file. A record is a state of an obstacle, or a planning problem; the map has no records."""
    source = task.source
    try:
        root = parse(source.path)
    except BadXml as error:
        yield from yield_quarantine(
            source, [Problem("bad_commonroad", str(error)[:500], byte_offset=error.byte_offset)]
        )
        return
    lanes = map_lanes(source, root)
    if lanes.num_rows:
        yield "bronze.map_lanes", lanes
    content = Path(source.path).read_bytes()
    records = list(_records(root))
    states, problems = _states(records)
    yield from yield_quarantine(source, problems)
    lost = {problem.record_index for problem in problems}
    yield from _rows(source, content, records, states, lost, _step_ns(root.attributes))


def _step_ns(attributes: dict[str, str]) -> int:
    """The time step in ns.

    Raises:
        ValueError: there is none, or none between 1 ms and 100 s.
    """
    step = float(attributes.get("timeStepSize", "nan"))
    if not 0.001 <= step <= 100:
        raise ValueError(f"a time step of {step} s")
    return round(step * 1e9)


def _records(root: Element) -> Iterator[tuple[Element, Element | None]]:
    """(state or planning problem, its obstacle or None) in file order."""
    for child in root.children:
        if child.name in _OBSTACLES:
            trajectory = child.at("trajectory")
            for state in (*child.all("initialState"), *(trajectory.all("state") if trajectory else ())):
                yield state, child
        elif child.name == "planningProblem":
            yield child, None


def _states(records: list[tuple[Element, Element | None]]) -> tuple[list[State], list[Problem]]:
    states, problems = [], []
    for number, (element, obstacle) in enumerate(records):
        if obstacle is None:
            continue
        try:
            states.append(state_of(number, element, obstacle))
        except (ValueError, KeyError) as error:
            detail = f"obstacle {obstacle.attributes.get('id')}: {error}"[:300]
            place = {"record_index": number, "byte_offset": element.offset, "num_messages": 1}
            problems.append(Problem("bad_state", detail, TOPIC, **place))
    return states, problems


def _ego_track(source: SourceFile, states: list[State]) -> str | None:
    """The obstacle that stands for the ego; None without a moving one."""
    counts: dict[str, int] = {}
    for state in states:
        if state.is_dynamic:
            counts[state.track] = counts.get(state.track, 0) + 1
    declared = str(source.topic_rule(TOPIC).get("ego", ""))
    longest = max(counts, key=lambda track: counts[track], default=None)
    return declared if declared in counts else longest


def _rows(
    source: SourceFile, content: bytes, records: list[tuple[Element, Element | None]], states: list[State],
    lost: set[int | None], step_ns: int,
) -> Rows:  # fmt: skip
    ego = _ego_track(source, states)
    streams = {each.record: "ego_poses" if each.track == ego else "objects" for each in states}
    steps = {each.record: each.step for each in states}
    kept = [number for number in range(len(records)) if number not in lost]
    payloads = [content[records[number][0].offset : records[number][0].end] for number in kept]
    when = step_ns * np.array([steps.get(number, 0) for number in kept], np.int64)
    columns = {
        **common(source, TOPIC, np.array(kept, np.int64), when),
        "schema_name": [f"commonroad/{obstacle.name if obstacle else 'planningProblem'}"
                        for _, obstacle in (records[number] for number in kept)],
        "message_encoding": constant("xml", len(kept)),
        "stream": pa.array([streams.get(number) for number in kept], pa.string()),
        "payload_offset": [records[number][0].offset for number in kept],
        "num_payload_bytes": [len(payload) for payload in payloads],
        "crc32": [crc32(payload) for payload in payloads],
    }  # fmt: skip
    if kept:
        yield "bronze.messages", conform("bronze.messages", pa.table(columns))
    own = [state for state in states if state.track == ego]
    others = [state for state in states if state.track != ego]
    if own:
        yield "bronze.ego_poses", _ego_poses(source, own, step_ns)
    if others:
        yield "bronze.objects", _objects(source, others, step_ns)


def _ego_poses(source: SourceFile, states: list[State], step_ns: int) -> pa.Table:
    vehicle = source.declaration.get("vehicle") or {}
    overhang = vehicle.get("rear_axle_to_rear_bumper_m", REAR_OVERHANG_M)
    heading, v, rate = (np.array([getattr(each, name) for each in states]) for name in ("heading", "v", "yaw_rate"))
    back = np.array([each.length for each in states]) / 2 - overhang  # the rear axle lies so far behind the centre
    columns = {
        **common(source, TOPIC, *_index_and_time(states, step_ns)),
        "frame_id": constant("map", len(states)),
        "x_map_m": np.array([each.x for each in states]) - back * np.cos(heading),
        "y_map_m": np.array([each.y for each in states]) - back * np.sin(heading),
        "z_map_m": np.zeros(len(states)),
        **turns(heading),
        "vx_ego_mps": nullable(v, np.isnan(v)),
        "vy_ego_mps": pa.array(np.zeros(len(v)), mask=np.isnan(v)),
        "yaw_rate_radps": nullable(rate, np.isnan(rate)),
    }
    return conform("bronze.ego_poses", pa.table(columns))


def _index_and_time(states: list[State], step_ns: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([each.record for each in states], np.int64), step_ns * np.array(
        [each.step for each in states], np.int64
    )


def _objects(source: SourceFile, states: list[State], step_ns: int) -> pa.Table:
    place: dict[int, int] = {}
    positions = []
    for each in states:
        positions.append(place.get(each.step, 0))
        place[each.step] = positions[-1] + 1
    heading, v = (np.array([getattr(each, name) for each in states]) for name in ("heading", "v"))
    height = np.array([NOMINAL_HEIGHT_M.get(each.kind, 1.5) for each in states])
    columns = {
        **common(source, TOPIC, *_index_and_time(states, step_ns)),
        "role": constant("reference", len(states)),
        "object_index": positions,
        "track_id": [each.track for each in states],
        "object_class": [each.kind or "unknown" for each in states],
        "frame_id": constant("map", len(states)),
        **{f"{axis}_m": np.array([getattr(each, axis) for each in states]) for axis in "xy"},
        "z_m": height / 2,
        **turns(heading),
        **{f"{name}_m": np.array([getattr(each, name) for each in states]) for name in ("length", "width")},
        "height_m": height,
        "vx_mps": nullable(v * np.cos(heading), np.isnan(v)),
        "vy_mps": nullable(v * np.sin(heading), np.isnan(v)),
    }
    return conform("bronze.objects", pa.table(columns))
