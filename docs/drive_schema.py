"""`make docs`: writes docs/drive.schema.json, the schema of drive.json, from the model that ingest validates with."""

import json
from pathlib import Path

from spark_jobs.declaration import Declaration

TARGET = Path(__file__).with_name("drive.schema.json")


def text() -> str:
    """The schema as it should be on disk."""
    return json.dumps(Declaration.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
