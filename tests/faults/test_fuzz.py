"""The readers under coverage-guided fuzzing, a fixed number of executions each; a few of them in every test run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY

TARGETS = ("mcap", "cdr", "protobuf", "json", "definitions")
EXECUTIONS = os.environ.get("LONGTAIL_FUZZ_EXECUTIONS", "50000")


def assert_no_finding(target: str, executions: str, findings: Path) -> None:
    """Run `target`; an input that breaks it stays in `findings` and in the message."""
    pytest.importorskip("atheris", reason="no wheel of atheris for this platform")
    command = [sys.executable, "-m", "tests.faults.fuzz_readers", target, "--executions", executions]
    environment = os.environ | {"LONGTAIL_FUZZ_FINDINGS": str(findings)}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    found = {path.name: path.read_bytes().hex()[:400] for path in findings.iterdir() if "slow-unit" not in path.name}
    assert (done.returncode, found) == (0, {}), done.stderr[-3000:]


@pytest.mark.parametrize("target", ["mcap", "cdr"])
def test_a_few_hundred_mutated_inputs_find_no_exception(target: str, tmp_path: Path) -> None:
    assert_no_finding(target, "400", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_many_mutated_inputs_find_no_exception_no_hang_and_no_memory_beyond_the_limit(
    target: str, tmp_path: Path
) -> None:
    assert_no_finding(target, EXECUTIONS, tmp_path)
