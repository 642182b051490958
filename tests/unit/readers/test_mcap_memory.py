"""A recording far larger than the budget of a task is read within a small multiple of it, however it was written."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.writer import CompressionType, Writer
from mcap_recordings import NO_SUMMARY, START_NS, ros_message
from mcap_ros2._dynamic import serialize_dynamic

from fleet.ros2_types import definition
from spark_jobs.readers.limits import TASK_BYTES

READ_AND_TELL = """
import resource, sys
from spark_jobs.readers import registry
from spark_jobs.readers.source import SourceFile

def read(path):
    source = SourceFile(path, "ab" * 32, "local", "drive-1", "mcap", 1, {})
    return sum(rows.num_rows for task in registry.plan(source).tasks for name, rows in registry.read(task)
               if name == "bronze.messages")

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

read(sys.argv[1])
before = peak()
print(read(sys.argv[2]), peak() - before)
"""
WAYS: dict[str, dict[str, Any]] = {
    "chunks": {},
    "no summary": NO_SUMMARY,
    "not chunked": {"use_chunking": False, **NO_SUMMARY},
}
CAN = "can_msgs/msg/Frame"


def write(path: Path, megabytes: int, large: int = 0, **options: Any) -> int:
    """Frames and noise of 1 MB each, and `large` messages of 40 MB; returns the number of messages."""
    rng = np.random.default_rng(3)
    frame, noise = serialize_dynamic(CAN, definition(CAN).decode())[CAN](ros_message(rng, CAN, 2)), rng.bytes(40 << 20)
    sizes = [1 << 20] * megabytes + [40 << 20] * large
    with path.open("wb") as stream:
        writer = Writer(stream, **{"chunk_size": 1 << 20, "compression": CompressionType.NONE, **options})
        writer.start()
        frames = writer.register_channel("/can/0", "cdr", writer.register_schema(CAN, "ros2msg", definition(CAN)))
        blobs = writer.register_channel("/blob", "raw", 0)
        for number, size in enumerate(sizes):
            for _ in range(100):
                writer.add_message(frames, START_NS, frame, START_NS)
            writer.add_message(blobs, START_NS, noise[number : number + size], START_NS)
        writer.finish()
    return 101 * len(sizes)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_memory_stays_within_three_times_the_budget_of_a_task(tmp_path: Path, way: str) -> None:
    small, large = tmp_path / "small.mcap", tmp_path / "large.mcap"
    write(small, 1)
    expected = write(large, 400, large=2, **WAYS[way])
    assert large.stat().st_size > 4 * TASK_BYTES
    command = [sys.executable, "-c", READ_AND_TELL, str(small), str(large)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    large.unlink()
    count, taken = map(int, told.split())
    assert count == expected
    assert taken <= 3 * TASK_BYTES
