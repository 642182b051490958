"""docs/how-to/add-a-scenario.md: every command of it runs, one after the other, in a checkout of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from longtail.settings import REPOSITORY
from tests.unit.dbt import drives

PAGE = REPOSITORY / "docs" / "how-to" / "add-a-scenario.md"
COMMANDS = [
    line
    for block in re.findall(r"^```shell\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    for line in block.splitlines()
    if line.strip()
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, with a lake in which somebody closes on a lead."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("longtail", "spark_jobs", "dbt"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("target", "logs", "__pycache__")
        )
    drives.write_lake(folder / "lake", drives.emergency_stop())
    return folder


@pytest.mark.slow
def test_every_command_of_the_page_runs_and_the_new_scenario_finds_events(checkout: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LONGTAIL_")}
    path = f"{Path(sys.executable).parent}:{own['PATH']}"
    environment = own | {"PATH": path, "PYTHONPATH": str(checkout), "LONGTAIL_CACHE": str(checkout / ".cache")}
    for line in COMMANDS:
        done = subprocess.run(line, shell=True, cwd=checkout, env=environment, capture_output=True, text=True)  # noqa: S602
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), line
    with duckdb.connect(str(checkout / "longtail.duckdb"), read_only=True) as marts:
        found = marts.execute("select severity, definition_version from marts.fct_close_follows").fetchall()
        union = "select count(*) from marts.fct_scenario_events where scenario_id = 'close_follow'"
        assert marts.execute(union).fetchone() == (len(found),)
    assert found
    assert {version for _, version in found} == {1}


def test_the_page_is_more_than_words() -> None:
    assert [line.split()[:3] for line in COMMANDS if "scenario" in line.split()[:2]] == [
        ["longtail", "scenario", name] for name in ("list", "show", "new", "version")
    ]
