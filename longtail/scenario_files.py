"""Scenario definitions as the files that hold them: two seeds and one model each, read and edited line by line."""

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

from longtail.settings import REPOSITORY

PROJECT = REPOSITORY / "dbt"
_CALL = r"scenario_events\(\s*'{}'"
_COMMENTS = re.compile(r"\{#.*?#\}|--[^\n]*", re.S)


class DefinitionError(RuntimeError):
    """A scenario that cannot be made, versioned or shown; the message is one line with the way out."""


@dataclass(frozen=True)
class Threshold:
    """A row of scenario_thresholds; `value` in `unit`, evidence V, D, P or G."""

    name: str
    value: float
    unit: str
    source: str
    evidence: str


@dataclass(frozen=True)
class Definition:
    """A row of scenario_definitions with its thresholds. `model`: the .sql that finds it; None: no model does."""

    scenario_id: str
    definition_version: int
    predicate: str
    severity_bands: str
    needs: str
    source: str
    evidence: str
    owner: str
    thresholds_md5: str
    thresholds: tuple[Threshold, ...]
    model: Path | None

    @property
    def digest(self) -> str:
        """md5 of what decides which events are found: names, values and units of its thresholds, and its SQL.

        Comments, spaces and citations do not count, nor do models that several scenarios share.
        """
        lines = sorted(f"{each.name}\t{each.value!r}\t{each.unit}" for each in self.thresholds)
        if self.model is not None:
            lines += _COMMENTS.sub(" ", self.model.read_text()).split()
        return hashlib.md5("\n".join(lines).encode(), usedforsecurity=False).hexdigest()

    @property
    def is_changed(self) -> bool:
        """True when thresholds or SQL are others than those of its version."""
        return bool(self.thresholds_md5) and self.thresholds_md5 != self.digest


def definitions(project: Path = PROJECT) -> list[Definition]:
    """Every definition of the seed, in the order of their names."""
    thresholds: dict[str, list[Threshold]] = {}
    for row in rows(thresholds_seed(project)):
        scenario_id = row.pop("scenario_id")
        thresholds.setdefault(scenario_id, []).append(Threshold(**row | {"value": float(row["value"])}))  # type: ignore[arg-type]
    models = {path: path.read_text() for path in sorted((project / "models" / "marts").rglob("fct_*.sql"))}
    found = []
    for row in rows(definitions_seed(project)):
        name = row["scenario_id"]
        call = re.compile(_CALL.format(re.escape(name)))
        model = next((path for path, text in models.items() if call.search(text)), None)
        numbers = {"definition_version": int(row["definition_version"])}
        known = tuple(sorted(thresholds.get(name, []), key=lambda each: each.name))
        found.append(Definition(**row | numbers, thresholds=known, model=model))  # type: ignore[arg-type]
    return sorted(found, key=lambda each: each.scenario_id)


def definition(scenario_id: str, project: Path = PROJECT) -> Definition:
    """One definition.

    Raises:
        DefinitionError: there is none of that name.
    """
    for each in definitions(project):
        if each.scenario_id == scenario_id:
            return each
    raise DefinitionError(f"no scenario {scenario_id!r}; `longtail scenario list` shows what there is")


def overrides(scenario_id: str, project: Path = PROJECT) -> list[dict[str, str]]:
    """Rows of project_thresholds for a scenario: what projects put in place of its values."""
    seed = project / "seeds" / "project_thresholds.csv"
    return [row for row in rows(seed) if row["scenario_id"] == scenario_id] if seed.exists() else []


def renew(scenario_id: str, is_same_meaning: bool = False, project: Path = PROJECT) -> Definition:
    """Give a changed definition its next version, and write down what it now stands on.

    A definition that was never written down, or that `is_same_meaning` (a change that finds the same events), keeps its
    number. Nothing is written when nothing has changed.

    Raises:
        DefinitionError: there is no such scenario.
    """
    found = definition(scenario_id, project)
    if found.thresholds_md5 == found.digest:
        return found
    number = found.definition_version + (found.is_changed and not is_same_meaning)
    seed = definitions_seed(project)
    header, *lines = seed.read_text().splitlines()
    names = _cells(header)
    for at, line in enumerate(lines):
        row = dict(zip(names, _cells(line), strict=True))
        if row["scenario_id"] == scenario_id:
            row |= {"definition_version": str(number), "thresholds_md5": found.digest}
            lines[at] = line_of(list(row.values()))
    seed.write_text("\n".join([header, *lines]) + "\n")
    return definition(scenario_id, project)


def thresholds_seed(project: Path) -> Path:
    """Where the thresholds are."""
    return project / "seeds" / "scenario_thresholds.csv"


def definitions_seed(project: Path) -> Path:
    """Where the definitions are."""
    return project / "seeds" / "scenario_definitions.csv"


def rows(seed: Path) -> list[dict[str, str]]:
    """The rows of a seed as text."""
    with seed.open(newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def line_of(values: list[str]) -> str:
    """One line of a seed, quoted where it must be."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def append(path: Path, lines: list[str]) -> None:
    """Lines at the end of a file that ends with a line break."""
    path.write_text(path.read_text().rstrip("\n") + "\n" + "\n".join(lines) + "\n")


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]))
