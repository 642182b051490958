"""Every column of every table follows docs/conventions.md: a unit suffix, a known word, or a plain column."""

import re

import pytest
import yaml

from longtail import contracts
from longtail.settings import REPOSITORY

TEXT = (REPOSITORY / "docs" / "conventions.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S))
SUFFIXES = tuple(re.findall(r"`(_[a-z0-9_]+)`", " ".join(re.findall(r"^\| (`_.*?) \|", SECTIONS["Suffixes"], re.M))))
WORDS = re.findall(r"`([a-z_K]+)`", " ".join(re.findall(r"^\| (`.*?) \|", SECTIONS["Words"], re.M)))
METRICS = set(re.findall(r"^\| `([a-z0-9_]+)` \|", SECTIONS["Metrics (scenario SQL)"], re.M))
PLAIN = set(re.findall(r"`([a-z0-9_]+)`", TEXT.split("plain: start")[1].split("plain: end")[0]))
MARTS = sorted((REPOSITORY / "dbt" / "models" / "marts").rglob("*.yml"))


def follows(column: str, kind: str) -> bool:
    if kind == "boolean":
        return column.startswith(("is_", "has_"))
    if column in PLAIN or column in METRICS or column.endswith(SUFFIXES):
        return True
    ends = [word for word in WORDS if word.startswith("_") and not word.endswith("_")]
    starts = [word for word in WORDS if word.endswith("_") and word not in ("is_", "has_")]
    middles = [word for word in WORDS if word.startswith("_") and word.endswith("_")]
    exact = [word for word in WORDS if not word.startswith("_") and not word.endswith("_")]
    return (
        column.endswith(tuple(ends))
        or column.startswith(tuple(starts))
        or any(word in column for word in middles)
        or column in exact
        or re.fullmatch(r"q_[wxyz]", column) is not None
    )


def test_the_page_was_understood() -> None:
    assert {"_ns", "_mps2", "_rad"} <= set(SUFFIXES)
    assert {"is_", "num_", "_id"} <= set(WORDS)
    assert "ttc_s" in METRICS
    assert "lane_source" in PLAIN


@pytest.mark.parametrize("bad", [("speed", "double"), ("speed_kmh", "double"), ("valid", "boolean"), ("gap", "double")])
def test_a_name_without_unit_is_refused(bad: tuple[str, str]) -> None:
    assert not follows(*bad)


@pytest.mark.parametrize("table", contracts.all_tables())
def test_contract_columns_follow_the_dictionary(table: str) -> None:
    for field in contracts.contract(table).schema:
        assert follows(field.name, "boolean" if str(field.type) == "bool" else "other"), f"{table}.{field.name}"
        assert field.metadata[b"comment"], f"{table}.{field.name} has no comment"


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_mart_columns_follow_the_dictionary(path) -> None:
    for model in yaml.safe_load(path.read_text()).get("models", []):
        assert model.get("description"), f"{model['name']} has no description"
        for column in model.get("columns", []):
            assert follows(column["name"], column.get("data_type", "")), f"{model['name']}.{column['name']}"
            assert column.get("description"), f"{model['name']}.{column['name']} has no description"
