"""Asks RefAV and writes its hits and its CPU seconds to recorded.json; runs in an interpreter that has RefAV and av2.

LONGTAIL_REFAV=CHECKOUT PYTHON tests/oracles/refav/by_refav.py DATA [NAME ...]

DATA is the folder that holds av2/; without names every function of recorded.json. Nothing of RefAV is kept but what it
answered.
"""

import json
import os
import resource
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")


def log_dir(log: Path, folder: Path) -> Path:
    """A folder that RefAV takes for the log: its annotations are called otherwise there."""
    place = folder / log.name
    place.mkdir()
    (place / "sm_annotations.feather").symlink_to(log / "annotations_with_ego.feather")
    for name in ("city_SE3_egovehicle.feather", "map"):
        (place / name).symlink_to(log / name)
    return place


def asked(name: str, question: dict[str, Any], log: Path) -> tuple[float, dict[str, Any]]:
    """(CPU s with its children, its answer: track -> instants, or track -> other track -> instants), caches cold."""
    from refAV import atomic_functions, utils

    utils.cache_manager.caches = {each: type(cache)() for each, cache in utils.cache_manager.caches.items()}
    candidates = [
        [str(track) for category in question[side].split(",") for track in utils.get_uuids_of_category(log, category)]
        for side in ("tracks", "related")
        if question[side]
    ]
    before = _cpu_s()
    answer = getattr(atomic_functions, name)(*candidates, log, **question["arguments"])
    return _cpu_s() - before, answer


def _cpu_s() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usage)


def as_recorded(answer: dict[str, Any], log: Path) -> tuple[int, dict[str, Any]]:
    """(number of hits, the hits as recorded.json has them: short names, runs of numbered instants)."""
    from refAV import utils

    rows = utils.read_feather(log / "sm_annotations.feather")
    number = {int(t_ns): index for index, t_ns in enumerate(sorted(rows["timestamp_ns"].unique()))}
    ego = utils.get_ego_uuid(log)
    count, hits = 0, {}
    for track, found in sorted(answer.items()):
        others = found.items() if isinstance(found, dict) else [(None, found)]
        numbers = {other: sorted({number[int(t_ns)] for t_ns in stamps}) for other, stamps in others}
        count += sum(map(len, numbers.values()))
        named = {other and short(other, ego): runs(each) for other, each in numbers.items() if each}
        if named:
            hits[short(track, ego)] = named.get(None, named)
    return count, {track: hits[track] for track in sorted(hits)}


def short(track: str, ego: str) -> str:
    return "ego" if track == ego else track[:8]


def runs(numbers: Iterable[int]) -> str:
    """`3 5-9`: numbers in order, those that follow each other as first-last."""
    spans: list[list[int]] = []
    for each in numbers:
        if spans and spans[-1][1] == each - 1:
            spans[-1][1] = each
        else:
            spans.append([each, each])
    return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def main(data: Path, names: list[str]) -> None:
    sys.path.insert(0, os.environ["LONGTAIL_REFAV"])
    recorded = json.loads(RECORDED.read_text())
    with tempfile.TemporaryDirectory() as folder:
        log = log_dir((data / recorded["log"]).resolve(), Path(folder))
        for name in names or recorded["functions"]:
            question = recorded["functions"][name]
            cpu_s, answer = asked(name, question, log)
            question["cpu_s"] = round(cpu_s, 2)
            question["num_hits"], question["hits"] = as_recorded(answer, log)
            print(f"{name}: {question['cpu_s']} s, {question['num_hits']} hits", flush=True)
            RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
