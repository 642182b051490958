"""Where the real recordings lie, for tests marked `data`; they are never copied into the repository."""

import os
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY

ROOT = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


def real(pattern: str) -> list[Path]:
    """The files of the shared recordings that match; the test is skipped when there are none."""
    found = sorted(ROOT.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in {ROOT}; set LONGTAIL_TEST_DATA")
    return found
