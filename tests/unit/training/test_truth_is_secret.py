"""The truth of a generated fleet is for scoring only: nothing else of the product names it, and nothing reads it."""

import io
import re
import tokenize
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from longtail.settings import REPOSITORY
from tests.unit.training.conftest import sample_rows
from training import snapshot
from training.evaluate import evaluate
from training.fit import Recipe
from training.train import train

FOLDERS = ("longtail", "spark_jobs", "training", "dbt", "dags")
# Scoring itself, the table of its results (which names its truth), who reads that, and the two commands that hand the
# folder through.
SCORING = ("truth_table", "event_matching", "score_scenarios", "score_encounters", "definition_scores", "score_text")
ALLOWED = {
    *(f"training/{module}.py" for module in SCORING),
    "spark_jobs/tables/ops/definition_scores.sql",
    "dbt/models/staging/sources.yml",
    "dbt/models/staging/stg_definition_scores.sql",
    "longtail/commands/evaluate.py",
    "longtail/commands/fleet.py",
}
# "GroundTruth" is a message of ASAM OSI and has nothing to do with it.
WORD = re.compile(r"(?<![a-z])(?<!ground_)(?<!Ground)truth(?![a-z])|actors\.parquet|events\.parquet", re.IGNORECASE)


def code_of(path: Path) -> str:
    """What a file does, without what it says about itself: no comments, no docstrings, no column comments."""
    text = path.read_text()
    if path.suffix == ".py":
        return python_without_prose(text)
    text = re.sub(r"comment '(?:[^']|'')*'", "", text)
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"(?m)^\s*(-\s*)?description:.*$", "", text)
    return re.sub(r"--.*|(?m:^\s*#.*)", "", text)


def python_without_prose(text: str) -> str:
    kept, is_statement_start = [], True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            is_statement_start = True
        elif token.type in (tokenize.NL, tokenize.COMMENT, tokenize.ENCODING):
            continue
        else:
            if not (token.type == tokenize.STRING and is_statement_start):
                kept.append(token.string)
            is_statement_start = False
    return " ".join(kept)


def product_files() -> list[Path]:
    suffixes = {".py", ".sql", ".yml", ".yaml", ".csv", ".toml"}
    paths = (path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*") if path.suffix in suffixes)
    return sorted(path for path in paths if not {"target", "dbt_packages", "logs"} & set(path.parts))


def test_only_scoring_and_its_wiring_name_the_truth() -> None:
    naming = {str(p.relative_to(REPOSITORY)) for p in product_files() if WORD.search(code_of(p))}
    assert naming - ALLOWED == set()
    assert "training/truth_table.py" in naming  # the search does find it where it is


@pytest.mark.parametrize(
    "text",
    [
        "rows = read(root / 'truth' / drive)",
        "truth = 1",
        "def f(truth_folder): ...",
        "x = f'{root}/truth/{d}'",
        "open('events.parquet')",
    ],
)
def test_a_use_in_code_would_be_found(text: str) -> None:
    assert WORD.search(python_without_prose(text + "\n"))


def test_a_mention_in_prose_is_no_use() -> None:
    assert not WORD.search(python_without_prose('"""Never reads the truth."""\nx = 1  # truth\n'))


def test_training_is_the_same_with_a_truth_that_cannot_be_read(
    mart: Callable[[pa.Table], None], registry: Path, lake: Path
) -> None:
    mart(sample_rows(12, 20))
    first = train(snapshot.create().snapshot_id, recipe=Recipe(max_epochs=2))
    for place in (lake, lake.parent):
        for drive in ("drive-000", "drive-001"):
            (place / "truth" / drive).mkdir(parents=True)
            for name in ("events.parquet", "actors.parquet"):
                (place / "truth" / drive / name).write_bytes(b"whoever reads this fails")
    again = train(snapshot.create().snapshot_id, recipe=Recipe(max_epochs=2), force=True)
    assert again.weights_sha256 == first.weights_sha256
    assert evaluate(num_resamples=10).num_written > 0
