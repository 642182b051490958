"""`make scores`: generate, simulate, ingest and curate in a lake of its own, score against every truth, write the page.

Steps that lack their input (SUMO, the research recordings) are left out, and the page says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.scores import av2, kitti, occlusion, page
from infra.scores.page import Section
from longtail.query import sql
from longtail.settings import REPOSITORY, settings

WORK = Path(settings().cache).resolve() / "scores"
LANDING, TRUTHS, DATABASE = WORK / "landing", WORK / "truths", WORK / "longtail.duckdb"
FLEET = ("--drives", os.environ.get("SCORES_DRIVES", "48"), "--seconds", "60", "--seed", "2031")
SUMO = ("--egos", os.environ.get("SCORES_EGOS", "8"), "--seconds", "400", "--seed", "11")
_PUT_ASIDE = 3  # ingest finished, and something went to quarantine
DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY / ".." / "shared" / "data")).resolve()


def main() -> None:
    """All of it; a step that fails ends the run."""
    shutil.rmtree(WORK, ignore_errors=True)
    os.environ["LONGTAIL_LAKE"] = str(WORK / "lake")
    settings.cache_clear()
    _longtail("fleet", "generate", *FLEET, "--out", str(LANDING), "--truth", str(TRUTHS / "generated"))
    has_sumo = bool(os.environ.get("SUMO_HOME"))
    if has_sumo:
        _longtail("fleet", "sumo", *SUMO, "--out", str(LANDING), "--truth", str(TRUTHS / "sumo"))
    has_data = {name: (DATA / name).is_dir() for name in (av2.FOLDER, "kitti_tracking")}
    _longtail("ingest", str(LANDING), *(str(DATA / name) for name, is_there in has_data.items() if is_there))
    _longtail("curate", "--target", "duckdb")
    _evaluate(TRUTHS / "generated", "generated")
    if has_sumo:
        _evaluate(TRUTHS / "sumo", "sumo")
    if has_data[av2.FOLDER]:
        _evaluate(av2.stopped_cars(DATA, TRUTHS, starts_ns()), "av2-stopped-car")
        _evaluate(av2.stopped_cars(DATA, TRUTHS, starts_ns(), must_stand=True), "av2-standing-car")
    if has_data["kitti_tracking"]:
        _evaluate(kitti.actions(DATA, TRUTHS, kitti.DRIVE, starts_ns()[kitti.DRIVE]), "kitti-actions")
    page.write(_sections(has_sumo, has_data), occlusion.score() if has_data["kitti_tracking"] else None)
    print(f"written: {page.PAGE}")


def starts_ns() -> dict[str, int]:
    """The first instant of every drive in the lake."""
    query = "select drive_id, min(t_ns) as start_ns from silver.ego_motion group by drive_id"
    return {row["drive_id"]: int(row["start_ns"]) for row in sql(query).to_pylist()}


def _sections(has_sumo: bool, has_data: dict[str, bool]) -> list[Section]:
    evaluate = "longtail evaluate scenarios --truth"
    no_sumo = None if has_sumo else "Not run: SUMO is not installed (`make sumo` installs it)."
    absent = {name: None if there else f"Not run: no {DATA / name}." for name, there in has_data.items()}
    return [
        Section(
            "generated", "The generated fleet",
            "Drives of a seed that nothing was tuned on. Truth: the noise-free states of the generator.",
            f"longtail fleet generate {' '.join(FLEET)} --truth truth\n{evaluate} truth --name generated",
        ),
        Section(
            "sumo", "SUMO",
            "A motorway with a ramp and a grid of streets, made by `fleet/sumo`; traffic, lane changes, TTC: SUMO. "
            "Lane changes that are taken back or doubled within 2.4 s are ignored, and so are those of vehicles that "
            "stand in a jam, which SUMO moves over all the same, and cut-ins while the ego changes lanes itself. Lane "
            "changes are judged on the motorway only: at a junction there are no lanes.",
            f"longtail fleet sumo {' '.join(SUMO)} --truth truth-sumo\n{evaluate} truth-sumo --name sumo", no_sumo,
        ),
        Section(
            "av2-stopped-car", "Argoverse 2: stopped car",
            "One scenario-mining log, scored per track. Its truth refers to every car at every instant and has a "
            f"velocity of zero for all of them, also for the {av2.census(DATA)}. "
            "See `docs/decisions/0042-other-peoples-truth-again.md`.",
            f"{evaluate} av2-stopped-car.csv", absent[av2.FOLDER],
        ),
        Section(
            "av2-standing-car", "Argoverse 2: stopped car, of those that stand",
            "The same log without the cars that move: true are those that stay within 3 m, a false alarm is a car that "
            "never stands, and a car that does both is left open.",
            f"{evaluate} av2-standing-car.csv", absent[av2.FOLDER],
        ),
        Section(
            "kitti-actions", "KITTI: actions labelled by people",
            "Sequence 0000 (15.4 s): parked, following, turning. Very few, so the intervals are wide.",
            f"{evaluate} kitti-actions.csv", absent["kitti_tracking"],
        ),
    ]  # fmt: skip


def _evaluate(truth: Path, name: str) -> None:
    _longtail("evaluate", "scenarios", "--truth", str(truth), "--name", name, "--database", str(DATABASE))


def _longtail(*arguments: str) -> None:
    print(f"\n$ longtail {' '.join(arguments)}", flush=True)
    done = subprocess.run([Path(sys.executable).with_name("longtail"), *arguments], cwd=REPOSITORY, check=False)
    if done.returncode not in (0, _PUT_ASIDE):
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
