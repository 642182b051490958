"""The checks of `longtail doctor`: what has to be right on this machine and in this lake, and the way out if not."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from longtail import contracts, lake
from longtail.settings import settings

_MINIMUM_FREE_GB = 5.0


@dataclass(frozen=True)
class Check:
    """One finding. `way_out` is what to do, empty when all is well."""

    name: str
    level: Literal["ok", "warn", "fail"]
    message: str
    way_out: str = ""


def checks() -> Iterator[Check]:
    """Every check, in the order in which a person would fix things."""
    yield python()
    yield from packages()
    yield java()
    yield jars()
    yield disk()
    yield lake_folder()
    yield from tables()


def python() -> Check:
    """Python 3.11 or 3.12."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if (3, 11) <= sys.version_info < (3, 13):
        return Check("python", "ok", found)
    return Check("python", "fail", f"{found} is not 3.11 or 3.12", "make setup with PYTHON=python3.12")


def packages() -> Iterator[Check]:
    """Pinned packages that are installed in another version, or are missing though the core needs them."""
    from packaging.requirements import Requirement

    wrong = 0
    for line in requires("longtail") or []:
        requirement = Requirement(line)
        is_core = "extra" not in str(requirement.marker or "")
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            if is_core:
                wrong += 1
                yield Check(requirement.name, "fail", "not installed", "make setup")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong += 1
            level: Literal["warn", "fail"] = "fail" if is_core else "warn"
            yield Check(requirement.name, level, f"{found}, expected {requirement.specifier}", "make setup")
    if not wrong:
        yield Check("packages", "ok", "as pinned")


def java() -> Check:
    """A Java that Spark can use."""
    try:
        from spark_jobs import jvm
    except ModuleNotFoundError as error:
        return Check(
            "java", "warn", f"{error.name} is not installed: no ingest, no curate", "pip install longtail[spark]"
        )
    try:
        path, line = jvm.java()
    except jvm.JavaMissing as error:
        return Check("java", "fail", str(error), "install it with the command in this line")
    return Check("java", "ok", f"{line.split(' 20')[0].strip() or path} ({path})")


def jars() -> Check:
    """The Delta jars that were fetched once into the cache."""
    folder = Path(settings().cache).resolve() / "jars"
    found = sorted(path.name for path in folder.glob("delta-*.jar"))
    if found:
        return Check("jars", "ok", ", ".join(found))
    return Check("jars", "warn", f"none in {folder} yet", "the first `longtail ingest` fetches them")


def disk() -> Check:
    """Room for the lake and the cache."""
    folder = Path(lake.root()) if "://" not in lake.root() else Path.cwd()
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb >= _MINIMUM_FREE_GB:
        return Check("disk", "ok", f"{free_gb:.0f} GB free at {folder}")
    return Check("disk", "warn", f"{free_gb:.1f} GB free at {folder}", "free some space or point --lake elsewhere")


def lake_folder() -> Check:
    """The lake can be read and written."""
    root = lake.root()
    if "://" in root:
        return Check("lake", "ok", f"{root} (a URI; its credentials are checked when a table is opened)")
    folder = Path(root)
    if not folder.exists():
        return Check("lake", "warn", f"{root} does not exist yet", "longtail ingest makes it")
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return Check("lake", "fail", f"{root} cannot be read", f"make it a folder that you may read: chmod u+rx {root}")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
    except OSError as error:
        return Check("lake", "fail", f"{root} cannot be written: {error.strerror}", "longtail --lake somewhere/else")
    return Check("lake", "ok", root)


def tables() -> Iterator[Check]:
    """Every table opens, keeps to the compatibility profile, and has the columns of its contract."""
    found = lake.tables() if "://" not in lake.root() else []
    wrong = 0
    for name in found:
        problem = _table_problem(name)
        if problem:
            wrong += 1
            yield Check(name, "fail", problem, "restore the table, or remove it and run its command again")
    if found and not wrong:
        yield Check("tables", "ok", f"{len(found)} tables, all readable by every engine, all as their contracts")


def _table_problem(name: str) -> str:
    try:
        delta = lake.open_table(name)
    except Exception as error:
        return str(error).splitlines()[0]  # whatever is wrong with it (torn log, foreign features): that is the finding
    if name in contracts.all_tables():
        expected = contracts.contract(name).schema.names
        columns = [field.name for field in delta.schema().fields]
        if columns != expected:
            odd = sorted(set(columns) ^ set(expected)) or ["the order of the columns"]
            return f"differs from its contract in {', '.join(odd)}"
    return ""
