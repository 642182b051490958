"""The small lake of this folder as the lake of the settings."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_lake import contents, write

from longtail.settings import settings


@pytest.fixture(scope="session")
def written_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once; nobody changes it."""
    root = tmp_path_factory.mktemp("small") / "lake"
    for table, rows in contents().items():
        write(root, table, rows)
    return root


@pytest.fixture
def lake(written_lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The lake of the settings, to read from."""
    yield from _as_lake(written_lake, monkeypatch, tmp_path)


@pytest.fixture
def copied_lake(written_lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The lake of the settings, to change."""
    copy = tmp_path / "lake"
    shutil.copytree(written_lake, copy)
    yield from _as_lake(copy, monkeypatch, tmp_path)


@pytest.fixture
def empty_lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A lake that does not exist yet."""
    yield from _as_lake(tmp_path / "none", monkeypatch, tmp_path)


def _as_lake(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("LONGTAIL_LAKE", str(root))
    monkeypatch.setenv("LONGTAIL_CACHE", str(tmp_path / "cache"))
    settings.cache_clear()
    yield root
    settings.cache_clear()
