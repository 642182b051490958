"""`longtail ingest` ends with 0 when all is well and with 3 when something was put aside."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from typer.testing import CliRunner

from longtail.cli import app


@dataclass
class Report:
    """What a run says, without a run."""

    problems: tuple[dict[str, str], ...] = ()
    unbalanced: tuple[str, ...] = ()
    num_drives: int = 1
    num_files: int = 1
    num_new_files: int = 1
    num_bytes: int = 10
    num_messages_in: int = 3
    num_messages_landed: int = 3
    num_messages_decoded: int = 3
    num_messages_quarantined: int = 0
    num_cross_checked: int = 0
    silver_drives: tuple[str, ...] = ("d-one",)
    seconds: float = 1.0
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        return not self.problems and not self.unbalanced

    def to_dict(self) -> dict[str, Any]:
        return {"problems": list(self.problems)}


TROUBLE = {"drive_id": "d-one", "path": "/landing/d-one/a.mcap", "reason": "truncated", "detail": "ends early"}


@pytest.mark.parametrize(
    ("report", "code"),
    [(Report(), 0), (Report(problems=(TROUBLE,)), 3), (Report(unbalanced=("a.mcap: 3 in, 2 landed",)), 3)],
    ids=["clean", "quarantined", "unbalanced"],
)
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_the_exit_code_tells_clean_from_troubled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, report: Report, code: int, options: list[str]
) -> None:
    monkeypatch.setattr("spark_jobs.ingest.ingest", lambda *args, **kwargs: report)
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["ingest", str(tmp_path), *options])
    assert done.exit_code == code, done.output
    if report.problems:
        assert "truncated" in done.stdout
