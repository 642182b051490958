"""Processor time of a command with everything it starts: a JVM too, whose parent is gone before it ends (Linux)."""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from resource import RUSAGE_CHILDREN, getrusage

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Spent:
    """`cpu_s`: user and system seconds of all processes; `peak_gb`: memory of the largest of them."""

    cpu_s: float
    peak_gb: float


def spent(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run `command` to its end, and to that of its last descendant.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    alone = [sys.executable, __file__, *command]
    done = subprocess.run(alone, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """As a process of its own: adopt what outlives its parent, wait for all, and print what they used."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    status = child.wait()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = getrusage(RUSAGE_CHILDREN)
    print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "peak_gb": used.ru_maxrss * 1024 / 1e9}))
    return status


if __name__ == "__main__":
    sys.exit(main())
