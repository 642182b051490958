"""The rules of dbt-project-evaluator that fit here, as tests: its package is in no registry that this project uses."""

import re
from pathlib import Path

import pytest
import yaml

from longtail.settings import REPOSITORY

MODELS = sorted((REPOSITORY / "dbt" / "models").rglob("*.sql"))
NAMES = {"staging": r"stg_\w+", "intermediate": r"int_[a-z0-9_]+__[a-z0-9_]+", "marts": r"(fct|dim)_\w+"}
REF, SOURCE = r"\bref\('(\w+)'\)", r"\bsource\('(\w+)', '(\w+)'\)"
each = pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)


def layer(path: Path) -> str:
    return path.relative_to(REPOSITORY / "dbt" / "models").parts[0]


def code(path: Path) -> str:
    return re.sub(r"--.*|\{#.*?#\}", "", path.read_text(), flags=re.M)


@each
def test_the_name_of_a_model_says_its_layer(path: Path) -> None:
    assert re.fullmatch(NAMES[layer(path)], path.stem)


@each
def test_only_staging_reads_sources_one_each_and_nothing_else(path: Path) -> None:
    sources, refs = re.findall(SOURCE, code(path)), re.findall(REF, code(path))
    assert len(sources) == (layer(path) == "staging")
    assert layer(path) != "staging" or not refs


@each
def test_no_model_names_a_table_of_the_lake_itself(path: Path) -> None:
    assert not re.findall(r"\b(?:from|join)\s+(?:bronze|silver|ops|ml|staging|intermediate|marts)\.\w+", code(path))


def test_a_source_is_read_by_one_staging_model() -> None:
    read = [found for path in MODELS for found in re.findall(SOURCE, code(path))]
    assert len(read) == len(set(read))


def test_every_staging_model_is_used() -> None:
    used = {name for path in MODELS for name in re.findall(REF, code(path))}
    macros = "".join(path.read_text() for path in (REPOSITORY / "dbt" / "macros").glob("*.sql"))
    used |= set(re.findall(REF, macros))
    assert {path.stem for path in MODELS if layer(path) == "staging"} - used == set()


def test_every_exposure_stands_on_marts_only_and_says_what_it_is() -> None:
    marts = {path.stem for path in MODELS if layer(path) == "marts"}
    for exposure in yaml.safe_load((REPOSITORY / "dbt" / "models" / "exposures.yml").read_text())["exposures"]:
        assert exposure["description"]
        assert {re.search(REF, needed)[1] for needed in exposure["depends_on"]} <= marts
