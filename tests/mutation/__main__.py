"""make mutation: break every threshold and every operator of the scenario library, and say what nothing noticed.

Usage: python -m tests.mutation [thresholds|operators] (both without an argument). Exit status 1: a threshold survived.
"""

import sys
import tempfile
from pathlib import Path
from time import monotonic

from tests.mutation.compiled import THRESHOLDS, Project
from tests.mutation.flips import flips
from tests.mutation.library import many_drives

FACTOR = 1.5
NOT_OURS = (THRESHOLDS, "int_drives__state", "int_drives__changed", "fct_superseded_events")  # no scenario, no metric


def thresholds(project: Project) -> int:
    """Every threshold times and divided by FACTOR; returns how many changed nothing in either direction."""
    names, one_sided, survivors = project.thresholds(), [], []
    for name in names:
        noticed = [bool(project.scaled(name, factor)) for factor in (FACTOR, 1 / FACTOR)]
        if not any(noticed):
            survivors.append(name)
        elif not all(noticed):
            one_sided.append(f"{name} ({'larger' if noticed[0] else 'smaller'} only)")
    print(f"thresholds: {len(names)}, noticed {len(names) - len(survivors)}, of these in both directions "
          f"{len(names) - len(survivors) - len(one_sided)}")  # fmt: skip
    for title, found in (("survived", survivors), ("noticed in one direction", one_sided)):
        print(f"  {title}: {', '.join(found) or 'none'}")
    return len(survivors)


def operators(project: Project) -> None:
    """Every sign and operator of every model behind events and metrics, turned round."""
    total = invalid = 0
    survivors: list[tuple[str, str]] = []
    for model in sorted(project.used):
        if model.startswith("stg_") or model in NOT_OURS:
            continue
        for what, sql in flips(project.models[model].sql):
            changed = project.rewritten(model, sql)
            total += 1
            invalid += changed is None
            if changed == set():
                survivors.append((model, what))
    print(f"operators: {total}, no valid SQL {invalid}, noticed {total - invalid - len(survivors)}, "
          f"survived {len(survivors)}")  # fmt: skip
    for model, what in survivors:
        print(f"  {model} {what}")


def main() -> int:
    """Run the check."""
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        project = many_drives(Path(folder))
        survived = thresholds(project) if "operators" not in sys.argv else 0
        if "thresholds" not in sys.argv:
            operators(project)
    print(f"{monotonic() - began:.0f} s")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
