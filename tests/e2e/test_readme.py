"""Every command of the README and of the runbooks runs where a person would run it: beside ./lake and ./landing."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY

pytestmark = [pytest.mark.spark, pytest.mark.e2e]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, text) of every fenced block of that language."""
    fence = re.compile(rf"^```{language}\n(.*?)^```", re.M | re.S)
    return [(page.name, text) for page in PAGES for text in fence.findall(page.read_text())]


COMMANDS = sorted({(page, line) for page, text in blocks("bash") for line in text.splitlines() if line.strip()})
LONGTAIL = [(page, line) for page, line in COMMANDS if line.startswith("longtail ")]
MAKE = [(page, line) for page, line in COMMANDS if line.startswith("make ")]


@pytest.fixture(scope="module")
def workplace(curated_lake: Path) -> Path:
    """The folder of the curated lake, with the repository's sql/ beside it."""
    if not (curated_lake.parent / "sql").exists():
        (curated_lake.parent / "sql").symlink_to(REPOSITORY / "sql")
    return curated_lake.parent


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LONGTAIL_")}
    path = f"{Path(sys.executable).parent}:{own['PATH']}"
    environment = own | {"PATH": path, "LONGTAIL_CACHE": str(REPOSITORY / ".cache")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_every_command_is_one_we_know_how_to_test() -> None:
    assert len(LONGTAIL) >= 5
    assert len(MAKE) >= 2
    assert sorted(LONGTAIL + MAKE) == COMMANDS


@pytest.mark.parametrize(("page", "line"), LONGTAIL, ids=[line[:60] for _, line in LONGTAIL])
def test_longtail_commands_run(page: str, line: str, workplace: Path) -> None:
    # verify compares with raw files, and drives in closed form have none
    folder = workplace / "ingested" if line.startswith("longtail verify") else workplace
    done = run(shlex.split(line, comments=True), folder)
    assert done.returncode == 0, f"{page}: {line}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.strip()


@pytest.mark.parametrize(("page", "line"), MAKE, ids=[line[:30] for _, line in MAKE])
def test_make_commands_are_targets_that_ci_runs(page: str, line: str) -> None:
    target = shlex.split(line, comments=True)[1]
    assert f"make {target}" in (REPOSITORY / ".ci" / "run").read_text(), page
    assert subprocess.run(["make", "-n", target], cwd=REPOSITORY, capture_output=True).returncode == 0


@pytest.mark.parametrize(("page", "text"), blocks("python"), ids=[page for page, _ in blocks("python")])
def test_python_examples_run(page: str, text: str, workplace: Path) -> None:
    done = run([sys.executable, "-c", text], workplace)
    assert done.returncode == 0, f"{page}\n{done.stderr}"
