"""The dbt project keeps the house rules: contracts, grain, small models, thresholds from the seed, portable SQL."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from longtail.settings import REPOSITORY

PROJECT = REPOSITORY / "dbt"
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
MARTS = [path for path in MODELS if "marts" in path.parts]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_small_and_documented_with_its_grain(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 120
    (model,) = yaml.safe_load(path.with_suffix(".yml").read_text())["models"]
    assert model["name"] == path.stem
    assert "Grain: one row" in model["description"]
    assert all(column["description"] for column in model["columns"])


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_a_mart_has_a_key_and_a_type_for_every_column(path: Path) -> None:
    (model,) = yaml.safe_load(path.with_suffix(".yml").read_text())["models"]
    tests = [test for column in model["columns"] for test in column.get("data_tests", [])]
    assert "unique" in tests
    keys = {column["name"] for column in model["columns"] if "unique" in column.get("data_tests", [])}
    assert keys <= set(required_columns(model))
    assert {column["data_type"] for column in model["columns"]} <= {"string", "bigint", "double", "boolean"}
    assert yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["models"]["longtail"]["marts"]["+contract"] == {
        "enforced": True
    }


def test_no_column_that_was_never_null_lost_its_test() -> None:
    """As many columns as had a test of their own before one test looked at all columns of a model, and those of later
    models."""
    required = 0
    for path in [*PROJECT.glob("models/**/*.yml"), *PROJECT.glob("seeds/*.yml")]:
        said = yaml.safe_load(path.read_text())
        for model in [*said.get("models", []), *said.get("seeds", [])]:
            columns = required_columns(model)
            assert set(columns) <= {column["name"] for column in model["columns"]}, model["name"]
            assert len(set(columns)) == len(columns), model["name"]
            required += len(columns)
    assert required >= 437


def required_columns(model: dict) -> list[str]:
    """Those that its test columns_not_null names."""
    tests = [test for test in model.get("data_tests", []) if isinstance(test, dict)]
    return [name for test in tests for name in test.get("columns_not_null", {}).get("arguments", {}).get("columns", [])]


def test_every_threshold_of_the_seed_is_used_by_a_model_macro_or_test() -> None:
    """Models and macros read a column of the pivot, tests the row of the seed."""
    with (PROJECT / "seeds" / "scenario_thresholds.csv").open() as file:
        seed = [(row["scenario_id"], row["name"]) for row in csv.DictReader(file)]
    text = "".join(path.read_text() for path in [*MODELS, *(PROJECT / "macros").glob("*.sql")])
    tests = "".join(path.read_text() for path in (PROJECT / "tests").glob("*.sql"))
    unused = [(group, name) for group, name in seed if not re.search(rf"\b{group}_{name}\b", text)]
    assert [(group, name) for group, name in unused if f"'{group}'" not in tests or f"'{name}'" not in tests] == []


def test_a_model_that_is_built_by_drive_reads_changed_drives_only() -> None:
    for path in MODELS:
        text = path.read_text()
        if "staging" in path.parts or re.search(r"materialized=\"(table|view)\"|full_refresh=false|as_literals", text):
            continue
        assert "per_drive(" in text, path.name


def test_there_are_fewer_than_ten_dialect_macros_and_models_use_no_dialect_of_one_engine() -> None:
    macros = [path.read_text() for path in (PROJECT / "macros").glob("*.sql")]
    assert sum("target.type" in text or "macro spark__" in text for text in macros) < 10
    for path in MODELS:
        text = re.sub(r"--.*|\{#.*?#\}", "", path.read_text().lower())
        assert "target." not in text, path.name
        words = set(re.findall(r"[a-z_]+", text))
        assert not words & {"qualify", "unnest", "explode", "exclude", "ilike", "hypot"}, path.name


def test_doubles_are_added_up_by_exact_sum_and_exact_mean_only() -> None:
    """Plain sums and means are of counts: whole numbers in `num_...` and `is_...`, ones and noughts (decision 0045)."""
    count = re.compile(r"(?:(?:\w+\.)?(?:\w+_)?(?:num|is)_\w+|coalesce\((?:\w+\.)?num_\w+, 0\)|[01](?:e0)?|[-* ])+")
    sums = [(path, argument) for path in MODELS for argument in summed(path.read_text())]
    assert len(sums) > 20
    for path, argument in sums:
        terms = re.findall(r"\b(?:then|else)\s+(.+?)\s+(?=when\b|else\b|end\b)", argument) or [argument]
        assert all(count.fullmatch(term) for term in terms), f"{path.name}: {argument}"


def summed(sql: str) -> list[str]:
    """What every sum( and avg( of a model adds up, white space as single blanks."""
    found = []
    for match in re.finditer(r"(?<!_)\b(?:sum|avg)\(", sql):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        found.append(" ".join(sql[match.end() : end - 1].split()))
    return found


def test_the_unit_tests_of_the_models_pass(tmp_path: Path) -> None:
    environment = os.environ | {
        "LONGTAIL_LAKE": str(tmp_path / "lake"),
        "LONGTAIL_DUCKDB_PATH": str(tmp_path / "unit.duckdb"),
        "LONGTAIL_DBT_PROJECT": str(PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--project-dir", str(PROJECT), "--no-use-colors"]
    command += ["--profiles-dir", str(PROJECT), "--target", "duckdb", "--exclude-resource-type", "test"]
    command += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path)]
    run = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]
    passed = re.findall(r"PASS (\w+)::(\w+)", run.stdout)
    assert len(passed) >= 28
    assert ("int_cut_ins__confirmed", "r157_boundary_table_decides_what_need_not_be_avoided") in passed
