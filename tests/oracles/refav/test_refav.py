"""sql/refav beside RefAV itself on an Argoverse 2 log: the same road users at the same instants.

recorded.json holds RefAV's hits and what it was asked; docs/decisions/0040 says how they were made and lists what
differs on purpose.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from longtail.settings import REPOSITORY
from tests.oracles.refav.own_instants import lake_of

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
REFAV = json.loads(Path(__file__).with_name("recorded.json").read_text())
LOG = DATA / REFAV["log"]
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not LOG.is_dir(), reason=f"no Argoverse 2 log at {LOG} (LONGTAIL_TEST_DATA)"),
]
Hit = tuple[str, ...]
# Ours lie in the ground plane, for silver keeps no height: (hits of ours only, of RefAV only) at the very threshold.
IN_THE_PLANE = {"heading_in_relative_direction_to": (0, 3), "accelerating": (1, 3)}
CROSSWALKS = "at_pedestrian_crossing"


@pytest.fixture(scope="module")
def lake() -> duckdb.DuckDBPyConnection:
    return lake_of(LOG).connection


def theirs(name: str) -> set[Hit]:
    """(track, [other track,] number of the instant) of the recorded hits."""
    found = set()
    for track, rest in REFAV["functions"][name]["hits"].items():
        for other, runs in rest.items() if isinstance(rest, dict) else [(None, rest)]:
            for run in runs.split():
                first, _, last = run.partition("-")
                numbers = range(int(first), int(last or first) + 1)
                found |= {(track, *([other] if other else []), str(number)) for number in numbers}
    return found


def ours(name: str, lake: duckdb.DuckDBPyConnection, replaced: tuple[str, str] = ("", "")) -> set[Hit]:
    instants = lake.sql("select distinct t_ns from intermediate.int_road_users__boxed order by t_ns").fetchall()
    number = {t_ns: str(index) for index, (t_ns,) in enumerate(instants)}
    answer = lake.sql((REPOSITORY / "sql/refav" / f"{name}.sql").read_text().replace(*replaced))
    at = {column: index for index, column in enumerate(answer.columns)}
    tracks = [at[column] for column in ("track_id", "related_track_id") if column in at]
    rows = answer.fetchall()
    hits = {(*(row[index][:8] for index in tracks), number[row[at["t_ns"]]]) for row in rows}
    assert len(hits) == len(rows), "one row per hit"
    return hits


def test_near_objects_and_ten_more_have_been_recorded() -> None:
    assert "near_objects" in REFAV["functions"]
    assert len(REFAV["functions"]) >= 11
    assert {file.stem for file in (REPOSITORY / "sql/refav").glob("*.sql")} >= set(REFAV["functions"])


@pytest.mark.parametrize("name", sorted(set(REFAV["functions"]) - {CROSSWALKS}))
def test_a_function_hits_what_refav_hits(name: str, lake: duckdb.DuckDBPyConnection) -> None:
    mine, its = ours(name, lake), theirs(name)
    assert len(its) == REFAV["functions"][name]["num_hits"] > 0
    assert (len(mine - its), len(its - mine)) == IN_THE_PLANE.get(name, (0, 0))


def test_refav_forgets_crosswalks_and_ours_keeps_them(lake: duckdb.DuckDBPyConnection) -> None:
    """Its loop over crosswalks replaces its own list by those that the box overlapped: hits get lost."""
    its = theirs(CROSSWALKS)
    drawn_in = ours(CROSSWALKS, lake, ("false as clockwise_shrinks", "true as clockwise_shrinks"))
    assert its < drawn_in < ours(CROSSWALKS, lake)
    by_track: dict[str, list[int]] = defaultdict(list)
    for track, number in drawn_in:
        by_track[track].append(int(number))
    for track in {track for track, _ in drawn_in - its}:
        lost = [number for number in by_track[track] if (track, str(number)) not in its]
        assert max(lost) == max(by_track[track]), "once lost, not found again"


def test_the_blocks_that_files_share_are_the_same_text_in_each() -> None:
    blocks = defaultdict(list)
    for file in (REPOSITORY / "sql/refav").glob("*.sql"):
        for name in ("chosen", "others", "gaps"):
            _, found, rest = file.read_text().partition(f"\n{name} as (")
            if found:
                blocks[name].append(rest.partition("\n)")[0])
    assert {name: (len(texts), len(set(texts))) for name, texts in blocks.items()} == {
        "chosen": (4, 1), "others": (4, 1), "gaps": (3, 1)
    }  # fmt: skip
