"""The corpus of hostile recordings in one ingest: each ends as it must, the good drive beside them lands whole."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from longtail import lake
from longtail.settings import REPOSITORY
from spark_jobs import ledger
from tests.faults.hostile_corpus import Case, build
from tests.unit.ingest.conftest import Ingest
from tests.unit.ingest.recordings import write_mcap

NEVER_A_PLACE = {"payload-of-noise", "wrong-count"}
"""Troubles without one byte where they are: a definition, a sum."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Case]]:
    """The landing zone and what each of its drives must come to."""
    landing = tmp_path_factory.mktemp("hostile") / "landing" / "acme"
    cases = build(landing)
    write_mcap(landing / "good" / "recording.mcap", seed=1)
    return landing, cases


def test_each_hostile_recording_ends_as_it_must_and_the_good_one_lands(
    corpus: tuple[Path, list[Case]], ingest_here: Ingest
) -> None:
    landing, cases = corpus
    report = ingest_here(landing)
    landed: dict[str, int] = defaultdict(int)
    for drive in lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist():
        landed[drive] += 1
    reasons: dict[str, set[str]] = defaultdict(set)
    for row in lake.read("bronze.quarantine").to_pylist():
        reasons[row["drive_id"]].add(row["reason"])
    assert {case.name: reasons[case.name] for case in cases} == {case.name: set(case.reasons) for case in cases}
    promised = {case.name: case.num_landed for case in cases if case.num_landed is not None}
    assert {name: landed[name] for name in promised} == promised
    assert landed["good"] == 50
    assert report.unbalanced == ()
    assert ledger.unbalanced() == []


def test_what_stands_aside_says_where_it_is(corpus: tuple[Path, list[Case]], ingest_here: Ingest) -> None:
    ingest_here(corpus[0])
    for row in lake.read("bronze.quarantine").to_pylist():
        has_place = row["byte_offset"] is not None or row["record_index"] is not None or row["topic"] is not None
        assert has_place or row["drive_id"] in NEVER_A_PLACE, row
        assert row["detail"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_no_recording_of_the_corpus_takes_more_memory_than_the_budget(corpus: tuple[Path, list[Case]]) -> None:
    """All of them in one process: its peak stays below a fixed bound, 4 GB bombs included."""
    script = """
import sys
from pathlib import Path
from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import SourceFile
for path in sorted(Path(sys.argv[1]).glob("*/recording.mcap")):
    source = SourceFile(str(path), "ab" * 32, "p", "d", formats.sniff(path), path.stat().st_size)
    for task in registry.plan(source).tasks:
        for _ in registry.read(task):
            pass
# Not ru_maxrss: that of a child begins with what its parent had.
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(corpus[0])], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 600, f"{done.stdout.strip()} MB"
