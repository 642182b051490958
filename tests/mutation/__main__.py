"""make mutation: break every threshold and every operator of the scenario library, and say what nothing noticed.

Usage: python -m tests.mutation [thresholds|operators] (both without an argument). Exit status 1: a threshold survived
that tests/mutation/explained.py does not explain, or one was noticed that it does.
"""

import sys
from time import monotonic

from tests.mutation.compiled import THRESHOLDS, Project
from tests.mutation.explained import SILENT, SILENT_LARGER, SILENT_SMALLER, UNREAD
from tests.mutation.flips import flips
from tests.mutation.library import project

FACTOR = 1.5
EVERY = 25  # a line of progress each so many
NOT_OURS = (THRESHOLDS, "int_drives__state", "int_drives__changed", "fct_superseded_events")  # no scenario, no metric


def thresholds(project: Project) -> int:
    """Every threshold times and divided by FACTOR; returns how many were noticed otherwise than explained."""
    names = project.thresholds()
    found: dict[str, set[str]] = {"never": set(), "smaller": set(), "larger": set(), "unread": set(project.unread())}
    for place, name in enumerate(names, 1):
        is_larger, is_smaller = (bool(project.scaled(name, by, is_one_enough=True)) for by in (FACTOR, 1 / FACTOR))
        if not (is_larger and is_smaller):
            found["smaller" if is_larger else "larger" if is_smaller else "never"].add(name)
        if place % EVERY == 0:
            print(f"  {place} of {len(names)} thresholds", flush=True)
    silent = len(found["never"])
    print(f"thresholds: {len(names)}, noticed {len(names) - silent}, of these in both directions "
          f"{len(names) - silent - len(found['smaller']) - len(found['larger'])}; "
          f"read by no model {len(found['unread'])}")  # fmt: skip
    explained = {"never": SILENT, "smaller": SILENT_SMALLER, "larger": SILENT_LARGER, "unread": UNREAD}
    titles = {"never": "survived", "smaller": "survived when smaller", "larger": "survived when larger",
              "unread": "read by no model"}  # fmt: skip
    wrong = 0
    for kind, reasons in explained.items():
        for name in sorted(found[kind] | set(reasons)):
            is_right = name in found[kind] and name in reasons
            why = reasons.get(name, "NOT EXPLAINED") if name in found[kind] else "NO: strike it from explained.py"
            print(f"  {titles[kind]}: {name} ({why})")
            wrong += not is_right
    return wrong


def operators(project: Project) -> None:
    """Every sign and operator of every model behind marts and metrics, turned round."""
    total = invalid = 0
    survivors: list[tuple[str, str]] = []
    models = [name for name in sorted(project.used) if not name.startswith("stg_") and name not in NOT_OURS]
    for place, model in enumerate(models, 1):
        for what, sql in flips(project.models[model].sql):
            changed = project.rewritten(model, sql, is_one_enough=True)
            total += 1
            invalid += changed is None
            if changed == set():
                survivors.append((model, what))
        print(f"  {place} of {len(models)} models, {total} operators, survived {len(survivors)}: {model}", flush=True)
    tried = total - invalid
    print(f"operators: {total}, no valid SQL {invalid}, noticed {tried - len(survivors)} of {tried} "
          f"({(tried - len(survivors)) / tried:.1%}), survived {len(survivors)}")  # fmt: skip
    for model, what in survivors:
        print(f"  {model} {what}")


def main() -> int:
    """Run the check."""
    began = monotonic()
    curated = project()
    wrong = thresholds(curated) if "operators" not in sys.argv else 0
    if "thresholds" not in sys.argv:
        operators(curated)
    print(f"{monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
