"""Bags and traces with a flipped bit or a cut-off end: nothing is raised, every message is read or accounted for."""

from pathlib import Path

import numpy as np
import pytest
import test_osi
import test_rosbag1
import test_rosbag2_sqlite
from mcap_recordings import source
from rosbags.rosbag1 import Writer

from spark_jobs.readers import osi, rosbag1, rosbag2_sqlite

NUM_DAMAGED = 40


def written(kind: str, folder: Path) -> Path:
    if kind == "sqlite":
        return test_rosbag2_sqlite.write_bag(folder / "bag", 60)
    if kind == "osi":
        path = folder / "drive.osi"
        path.write_bytes(test_osi.framed([test_osi.truth(tick) for tick in range(20)]))
        return path
    compression = {"none": None, "lz4": Writer.CompressionFormat.LZ4, "bz2": Writer.CompressionFormat.BZ2}[kind]
    return test_rosbag1.write_bag(folder / "drive.bag", compression, 60)


@pytest.mark.parametrize("kind", ["none", "lz4", "bz2", "sqlite", "osi"])
def test_damage_anywhere_is_survived_and_the_counts_add_up(kind: str, tmp_path: Path) -> None:
    reader = {"sqlite": rosbag2_sqlite, "osi": osi}.get(kind, rosbag1)
    path = written(kind, tmp_path)
    content, rng = path.read_bytes(), np.random.default_rng(11)
    for number in range(NUM_DAMAGED):
        damaged = bytearray(content)
        if number % 4 == 3:
            damaged = damaged[: int(rng.integers(1, len(content)))]
        else:
            damaged[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        plan = reader.plan(source(path, {}))
        assert plan.tasks or plan.problems
        num_read = num_lost = 0
        for task in plan.tasks:
            for table, rows in reader.read(task):
                num_read += rows.num_rows if table == "bronze.messages" else 0
                num_lost += sum(rows.column("num_messages").to_pylist()) if table == "bronze.quarantine" else 0
        # A damaged database may not even say how many it had.
        if plan.tasks and plan.recorder_num_messages is not None and kind != "sqlite":
            assert num_read + num_lost == plan.recorder_num_messages, f"damage {number}"
