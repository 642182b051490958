"""Coverage-guided fuzzing of the readers: `python -m tests.faults.fuzz_readers mcap --executions 20000`.

A target must answer anything: rows and problems, or its own error. Every other exception, a hang or memory beyond the
limit is a finding; libFuzzer writes the input to a file and ends with another exit code than 0.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["spark_jobs.readers"]):
    from spark_jobs.readers import cdr, json_payload, protobuf_payload, registry, ros2msg, streams
    from spark_jobs.readers.columns import Decoded, DecodeError
    from spark_jobs.readers.source import SourceFile

from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from mcap_protobuf.schema import build_file_descriptor_set

from fleet.ros2_types import definition
from tests.faults.hostile_recordings import imu, recording

CDR_TYPES = ("sensor_msgs/msg/Imu", "nav_msgs/msg/Odometry", "vision_msgs/msg/Detection3DArray", "can_msgs/msg/Frame")
_PROGRAMS = [
    cdr.program(ros2msg.parse(name, definition(name).decode()), streams.stream_of(name).wanted) for name in CDR_TYPES
]
_SCENE = protobuf_payload.parse("foxglove.SceneUpdate", build_file_descriptor_set(SceneUpdate).SerializeToString())
_LANES = streams.stream_of("longtail.LaneBoundaries")


def mcap(data: bytes) -> None:
    """A whole file through plan and read."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None, suffix=".mcap") as file:  # noqa: S108
        file.write(data)
        file.flush()
        source = SourceFile(file.name, "ab" * 32, "p", "d", "mcap", len(data))
        plan = registry.plan(source)
        for task in plan.tasks:
            for _, rows in registry.read(task):
                rows.validate(full=False)


def _batch(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`data` as up to 256 messages: the first byte says how many pieces."""
    pieces = 1 + (data[0] if data else 0)
    edges = np.linspace(1 if data else 0, len(data), pieces + 1).astype(np.int64)
    return np.frombuffer(data or b"\0", np.uint8), edges[:-1], np.diff(edges)


def _check(decoded: Decoded) -> None:
    for path, level in decoded.levels.items():
        above = decoded.levels.get(path.rpartition("/")[0]) if path else None
        if above is not None:
            assert not len(level.parent) or level.parent.max() < len(above.parent)
        assert all(len(getattr(column, "start", column)) == len(level.parent) for column in level.columns.values())


def cdr_payloads(data: bytes) -> None:
    """Payloads of one of CDR_TYPES."""
    which = data[-1] % len(_PROGRAMS) if data else 0
    _check(cdr.decode(_PROGRAMS[which], *_batch(data)))


def protobuf_payloads(data: bytes) -> None:
    """Payloads of foxglove.SceneUpdate."""
    wanted = streams.stream_of("foxglove.SceneUpdate").wanted
    _check(protobuf_payload.decode(_SCENE, wanted, *_batch(data)))


def json_payloads(data: bytes) -> None:
    """Payloads of longtail.LaneBoundaries."""
    _check(json_payload.decode(_LANES.structure, _LANES.list_path, _LANES.wanted, *_batch(data)))


def definitions(data: bytes) -> None:
    """Message definitions as recordings embed them."""
    try:
        cdr.program(ros2msg.parse("sensor_msgs/msg/Imu", data.decode("utf-8", "replace")), ("header.stamp.sec",))
    except DecodeError:
        return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "mcap": mcap,
    "cdr": cdr_payloads,
    "protobuf": protobuf_payloads,
    "json": json_payloads,
    "definitions": definitions,
}


def seeds(name: str, folder: Path) -> None:
    """Something well-formed to start from."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "mcap":
        recording(folder / "chunked.mcap", ((n, imu(n)) for n in range(3)), chunk_size=400)
        recording(folder / "plain.mcap", ((n, imu(n)) for n in range(2)), use_chunking=False)
    elif name == "cdr":
        (folder / "imu").write_bytes(b"\0" + imu(1))
    elif name == "definitions":
        for number, known in enumerate(CDR_TYPES):
            (folder / str(number)).write_bytes(definition(known))
    else:
        (folder / "one").write_bytes(b'\x01{"boundaries": [{"side": "ego_left", "c0_m": 1.0}]}')


def main() -> None:
    """Run one target."""
    name, executions = sys.argv[1], sys.argv[sys.argv.index("--executions") + 1]
    with tempfile.TemporaryDirectory() as folder:
        seeds(name, Path(folder) / "corpus")
        options = [
            f"-runs={executions}",
            "-max_len=8192",
            "-rss_limit_mb=2048",
            "-timeout=20",
            "-verbosity=0",
            "-seed=7",
        ]
        options.append(f"-artifact_prefix={os.environ.get('LONGTAIL_FUZZ_FINDINGS', tempfile.gettempdir())}/")
        atheris.Setup([sys.argv[0], *options, str(Path(folder) / "corpus")], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
