"""Real files of every format, damaged: cut, bits flipped, noise in between. Whatever comes, it is said, and adds up."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spark_jobs.bronze.worker import run_task
from spark_jobs.discover import discover
from spark_jobs.readers import registry
from spark_jobs.readers.source import FilePlan, SourceFile
from tests.unit.readers.real_data import ROOT as DATA

SAMPLES = {
    "av2": ".",
    "kitti_tracking": ".",
    "boreas": ".",
    "commonroad_ngsim": ".",
    "gps_lane_changes": "gps",
    "canedge_mf4": "LOG",
    "can_logs": ".",
    "comma2k19": ".",
    "ros_bags": ".",
    "asam_osi": ".",
}
LARGEST = 3_000_000
"""Larger files are left out: the damage is the same, the time is not."""


def damages(whole: bytes, number: int, rng: np.random.Generator) -> Iterator[bytes]:
    """`number` of each kind of damage."""
    for _ in range(number):
        yield whole[: int(rng.integers(1, len(whole)))]
        flipped = bytearray(whole)
        flipped[int(rng.integers(0, len(whole)))] ^= 1 << int(rng.integers(0, 8))
        yield bytes(flipped)
        noisy, at = bytearray(whole), int(rng.integers(0, len(whole)))
        noisy[at : at + 64] = rng.bytes(len(noisy[at : at + 64]))
        yield bytes(noisy)


def samples(root: Path, per_format: int) -> Iterator[SourceFile]:
    """Up to `per_format` files of each format under `root`, as ingest finds them."""
    seen: dict[str, int] = {}
    for drive in discover([str(root)]):
        for file in drive.files:
            source = file.source
            if source.num_bytes <= LARGEST and seen.get(source.format, 0) < per_format:
                seen[source.format] = seen.get(source.format, 0) + 1
                yield source


def assert_accounted_for(source: SourceFile, folders: dict[str, str]) -> None:
    """Plan and read as ingest does: nothing raised, a reason for what is missing, and sums that hold."""
    plan: FilePlan = registry.plan(source)
    reports = [run_task(task, folders) for task in plan.tasks]
    failed = [report.failure for report in reports if report.failure]
    assert all(problem.detail and problem.reason for problem in [*plan.problems, *failed])
    if plan.recorder_num_messages is None or failed or not plan.tasks:
        return
    read = sum(report.num_messages + report.num_quarantined for report in reports)
    read += sum(problem.num_messages for problem in plan.problems)
    assert read >= plan.recorder_num_messages or any(report.problems for report in reports), (
        f"{Path(source.path).name}: {plan.recorder_num_messages} counted, {read} accounted for"
    )


def assert_damage_is_accounted_for(name: str, per_format: int, number: int, tmp_path: Path) -> None:
    """Damage samples of data set `name`, in a copy of its whole tree."""
    if not (DATA / name).is_dir():
        pytest.skip(f"no {name} in {DATA}; set LONGTAIL_TEST_DATA")
    tree = tmp_path / name
    shutil.copytree(DATA / name / SAMPLES[name], tree)
    folders = {table: str(tmp_path / "lake" / table) for table in _tables()}
    rng = np.random.default_rng(11)
    for source in list(samples(tree, per_format)):
        path = Path(source.path)
        whole = path.read_bytes()
        for content in damages(whole, number, rng) if whole else ():
            path.write_bytes(content)
            assert_accounted_for(source, folders)
        path.write_bytes(whole)
        shutil.rmtree(tmp_path / "lake", ignore_errors=True)


def _tables() -> list[str]:
    from longtail.contracts import all_tables

    return [table for table in all_tables() if table.startswith("bronze.")]


@pytest.mark.data
@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_files_of_every_format_are_accounted_for(name: str, tmp_path: Path) -> None:
    assert_damage_is_accounted_for(name, 1, 1, tmp_path)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_many_damaged_files_of_every_format_are_accounted_for(name: str, tmp_path: Path) -> None:
    assert_damage_is_accounted_for(name, 3, 20, tmp_path)
