"""Ingests that run at the same time in processes of their own, up to bronze and without Spark.

`python -m tests.unit.ingest.racing` ingests for each line of JSON on stdin, [lake, path, ...], and answers with a line.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pytest

from longtail.settings import REPOSITORY, settings
from spark_jobs.ingest import ingest
from tests.unit.ingest.conftest import without_spark


class Racers:
    """`count` processes that ingest at the same time. A context manager."""

    def __init__(self, count: int = 2) -> None:
        self._count = count

    def __enter__(self) -> "Racers":
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.unit.ingest.racing"],
                cwd=REPOSITORY,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(self._count)
        ]
        for process in self._processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._processes:
            process.communicate()

    def race(self, lake: Path, *paths: Sequence[Path]) -> list[str]:
        """Each process ingests its `paths` into `lake`, all at once; returns what each says of it."""
        for process, own in zip(self._processes, paths, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps([str(lake), *map(str, own)]) + "\n")
            process.stdin.flush()
        return [process.stdout.readline().strip() for process in self._processes if process.stdout is not None]


def main() -> None:
    """Serve until stdin ends."""
    with pytest.MonkeyPatch.context() as patch:
        without_spark(patch)
        print("ready", flush=True)
        for line in sys.stdin:
            root, *paths = json.loads(line)
            os.environ["LONGTAIL_LAKE"] = root
            settings.cache_clear()
            try:
                report = ingest(paths)
                answer = "balanced" if not report.unbalanced else f"unbalanced: {report.unbalanced}"
            except Exception as error:
                answer = f"{type(error).__name__}: {error}".replace("\n", " ")
            print(answer, flush=True)


if __name__ == "__main__":
    main()
