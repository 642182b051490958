"""The compiled SQL of a curated DuckDB file, run again with one thing broken: no dbt, a fraction of a second each.

dbt has built the file and left the SQL that it ran. A broken threshold is an update of int_thresholds__pivoted, a
broken operator a changed statement; then every model that depends on what changed runs again, in a transaction that is
undone.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import duckdb

THRESHOLDS = "int_thresholds__pivoted"
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Model:
    """A table of the project: the SQL that made it, without comments, and the models that it reads."""

    name: str
    relation: str
    sql: str
    parents: tuple[str, ...]


class Project:
    """A curated file, opened in memory. `watched`: the models whose rows are what the tests look at.

    `file`: what curate("duckdb") left; `target`: the folder with dbt's manifest.json.
    """

    def __init__(self, file: Path, target: Path, watched: tuple[str, ...]) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(f"attach '{file}' as built (read_only)")
        self.models = {model.name: model for model in _ordered(_models(target, file.stem))}
        self._copy(file.stem)
        watched_too = [name for name in watched if name in self.models]
        self.used = {name for name in self.models if any(name in self._ancestors(seen) for seen in watched_too)}
        self.watched = watched_too
        self._before = {name: self._content(name) for name in self.used}

    def thresholds(self) -> list[str]:
        """Columns of int_thresholds__pivoted that a model behind the watched ones reads."""
        text = " ".join(self.models[name].sql for name in self.used if name != THRESHOLDS)
        words = set(re.findall(r"\w+", text))
        return [name for name in self._columns() if name in words]

    def unread(self) -> list[str]:
        """Columns of int_thresholds__pivoted that no model behind the watched ones reads."""
        return sorted(set(self._columns()) - set(self.thresholds()))

    def scaled(self, threshold: str, factor: float, is_one_enough: bool = False) -> set[str]:
        """Watched models whose rows change when the threshold is `factor` times its value, or the first one found.

        A threshold that is 0 becomes the logarithm of the factor.
        """
        with self._undone():
            relation = self.models[THRESHOLDS].relation
            broken = f'case when "{threshold}" = 0 then ln({factor}) else "{threshold}" * {factor} end'
            self._connection.execute(f'update {relation} set "{threshold}" = {broken}')
            readers = [
                name
                for name in self.used
                if re.search(rf"\b{threshold}\b", self.models[name].sql) and name != THRESHOLDS
            ]
            return self._changed(dict.fromkeys(readers), is_one_enough)

    def rewritten(self, model: str, sql: str, is_one_enough: bool = False) -> set[str] | None:
        """Watched models whose rows change when `model` is made by `sql`; None: it does not run, or never ends."""
        with self._undone():
            ended = Timer(_PATIENCE_S, self._connection.interrupt)
            ended.start()
            try:
                return self._changed({model: sql}, is_one_enough)
            except duckdb.Error:
                return None
            finally:
                ended.cancel()

    def close(self) -> None:
        """Free the memory."""
        self._connection.close()

    def _changed(self, broken: dict[str, str | None], is_one_enough: bool) -> set[str]:
        changed: set[str] = set()
        for name, model in self.models.items():
            if name in self.used and (name in broken or changed.intersection(model.parents)):
                self._connection.execute(f"create or replace table {model.relation} as {broken.get(name) or model.sql}")
                if self._content(name) != self._before[name]:
                    changed.add(name)
                    if is_one_enough and name in self.watched:
                        break
        return changed.intersection(self.watched)

    def _columns(self) -> list[str]:
        cursor = self._connection.execute(f"select * from {self.models[THRESHOLDS].relation}")
        names = [column[0] for column in cursor.description]
        return [name for name in names if name != "project_id" and not name.endswith("_version")]

    def _content(self, name: str) -> tuple:
        query = f"select count(*), sum(hash(rows)), max(hash(rows)) from {self.models[name].relation} as rows"
        return self._connection.execute(query).fetchone() or ()

    def _ancestors(self, name: str) -> set[str]:
        found, left = set(), [name]
        while left:
            one = left.pop()
            if one in self.models and one not in found:
                found.add(one)
                left.extend(self.models[one].parents)
        return found

    def _copy(self, database: str) -> None:
        self._connection.execute(f"attach ':memory:' as {database}; use {database}")
        tables = self._connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'built'"
        ).fetchall()
        for schema in {schema for schema, _ in tables}:
            self._connection.execute(f"create schema if not exists {schema}")
        for schema, table in tables:
            self._connection.execute(f'create table {schema}."{table}" as from built.{schema}."{table}"')
        self._connection.execute("detach built")

    @contextmanager
    def _undone(self) -> Iterator[None]:
        self._connection.execute("begin")
        try:
            yield
        finally:
            self._connection.execute("rollback")


def _models(target: Path, database: str) -> list[Model]:
    manifest = json.loads((target / "manifest.json").read_text())
    found = []
    for node in manifest["nodes"].values():
        compiled = target / "compiled" / "longtail" / node["original_file_path"]
        if node["resource_type"] == "model" and compiled.exists():
            parents = tuple(parent.split(".")[-1] for parent in node["depends_on"]["nodes"])
            relation = f'"{database}"."{node["schema"]}"."{node["name"]}"'
            found.append(Model(node["name"], relation, re.sub(r"--[^\n]*", "", compiled.read_text()), parents))
    return found


def _ordered(models: list[Model]) -> list[Model]:
    names, done, order = {model.name for model in models}, set[str](), list[Model]()
    while len(order) < len(models):
        for model in models:
            if model.name not in done and names.intersection(model.parents) <= done:
                done.add(model.name)
                order.append(model)
    return order
