"""docs/drive.schema.json is what ingest validates with, and the generated fleet keeps to it."""

import json
from pathlib import Path

from docs.drive_schema import TARGET, text
from fleet.generate import generate_fleet
from spark_jobs.declaration import parse_declaration


def test_the_published_schema_is_the_one_in_use() -> None:
    assert TARGET.read_text() == text(), "write it again with: make docs"


def test_a_generated_drive_json_names_only_fields_of_the_schema(tmp_path: Path) -> None:
    generate_fleet(tmp_path / "landing", tmp_path / "truth", drives=1, seconds=6.0, seed=5, workers=1)
    (path,) = (tmp_path / "landing").rglob("drive.json")
    parse_declaration(path.read_bytes())
    assert set(json.loads(path.read_text())) <= set(json.loads(TARGET.read_text())["properties"])
