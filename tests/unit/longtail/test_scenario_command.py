"""longtail scenario: a new one is complete, a change of meaning is a new version, a rewording is none."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from longtail import scenario_files
from longtail.cli import app
from longtail.scenario_files import PROJECT, DefinitionError, definition, definitions, overrides, renew, rows
from longtail.scenario_template import create, plural


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the dbt project, to change."""
    copy = tmp_path / "dbt"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


def replace(path: Path, old: str, new: str) -> None:
    """One place in a file."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_a_new_scenario_is_a_model_its_properties_seed_rows_and_a_place_in_the_union(project: Path) -> None:
    before = len(rows(project / "seeds/scenario_definitions.csv"))
    files = create("close_follow", "jane", project)
    assert {path.name for path in files} >= {"fct_close_follows.sql", "fct_close_follows.yml", "scenario_models.sql"}
    made = definition("close_follow", project)
    assert (made.definition_version, made.owner, made.needs) == (1, "jane", "objects")
    assert made.model == project / "models/marts/scenarios/fct_close_follows.sql"
    assert made.thresholds_md5 == made.digest
    sql = made.model.read_text()
    assert {each.name for each in made.thresholds} == set(re.findall(r"thresholds\.close_follow_(\w+)", sql))
    assert len(rows(project / "seeds/scenario_definitions.csv")) == before + 1
    union = (project / "macros/scenario_models.sql").read_text().splitlines()
    was = (PROJECT / "macros/scenario_models.sql").read_text().splitlines()
    assert [line for line in union if line not in was] == ["    'fct_close_follows',"]
    assert union[-3:] == ["    'fct_close_follows',", *was[-2:]]


def test_a_new_scenario_has_the_columns_that_every_scenario_has(project: Path) -> None:
    create("close_follow", project=project)
    folder = project / "models/marts/scenarios"
    (new,), (cut_in,) = (
        yaml.safe_load((folder / f"{name}.yml").read_text())["models"] for name in ("fct_close_follows", "fct_cut_ins")
    )
    columns = [(column["name"], column["data_type"]) for column in new["columns"]]
    common = [(column["name"], column["data_type"]) for column in cut_in["columns"]][: len(columns)]
    assert columns == common
    assert columns[-1][0] == "ego_speed_at_start_mps"
    assert "Grain: one row per event" in new["description"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("cut_in", "is taken"), ("Close-Follow", "no scenario name"), ("ego", "is taken"), ("a__b", "no")],
)
def test_a_name_that_cannot_be_leaves_everything_as_it_was(name: str, says: str, project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    with pytest.raises(DefinitionError, match=says):
        create(name, project=project)
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_changed_threshold_is_a_new_version_once(project: Path) -> None:
    create("close_follow", project=project)
    replace(project / "seeds/scenario_thresholds.csv", "close_follow,max_ttc_s,4.0", "close_follow,max_ttc_s,3.5")
    assert [each.scenario_id for each in definitions(project) if each.is_changed] == ["close_follow"]
    assert renew("close_follow", project=project).definition_version == 2
    assert renew("close_follow", project=project).definition_version == 2
    assert not definition("close_follow", project).is_changed


def test_changed_sql_is_a_new_version_unless_it_finds_the_same_events(project: Path) -> None:
    create("close_follow", project=project)
    model = definition("close_follow", project).model
    assert model is not None
    replace(model, "related.is_lead\n", "related.is_in_path\n")
    assert renew("close_follow", project=project).definition_version == 2
    replace(model, "related.is_in_path\n", "related.is_in_path = true\n")
    assert renew("close_follow", is_same_meaning=True, project=project).definition_version == 2
    assert not definition("close_follow", project).is_changed


def test_comments_spaces_and_citations_are_no_change_of_meaning(project: Path) -> None:
    create("close_follow", project=project)
    made = definition("close_follow", project)
    assert made.model is not None
    made.model.write_text("-- a remark\n{# another #}\n" + made.model.read_text().replace("  select", "     select"))
    seed = project / "seeds/scenario_thresholds.csv"
    seed.write_text(seed.read_text().replace("proposal; put the citation here", "Hayward 1972"))
    assert definition("close_follow", project).digest == made.digest


def test_a_new_version_touches_no_other_line_of_the_seed(project: Path) -> None:
    seed, thresholds = project / "seeds/scenario_definitions.csv", project / "seeds/scenario_thresholds.csv"
    thresholds.write_text(thresholds.read_text().replace("cut_in,min_intrusion_m,0.30", "cut_in,min_intrusion_m,0.40"))
    before = seed.read_text().splitlines()
    renew("cut_in", project=project)
    changed = [line for line, was in zip(seed.read_text().splitlines(), before, strict=True) if line != was]
    assert [line.split(",")[0] for line in changed] == ["cut_in"]
    (row,) = (row for row in rows(seed) if row["scenario_id"] == "cut_in")
    assert row["predicate"] == definition("cut_in", PROJECT).predicate


def test_thresholds_of_a_project_are_shown_beside_the_common_ones(project: Path) -> None:
    seed = project / "seeds/project_thresholds.csv"
    seed.write_text(seed.read_text() + "trucks,cut_in,1001,critical_ttc_s,3.0,s,laden trucks,P\n")
    assert [row["value"] for row in overrides("cut_in", project)] == ["3.0"]
    assert overrides("hard_brake", project) == []


def test_the_model_of_a_definition_is_found_and_plurals_are_english() -> None:
    assert [
        each.scenario_id for each in definitions() if each.scenario_id in ("cut_in", "near_miss") and not each.model
    ] == []
    assert [plural(name) for name in ("cut_in", "near_miss", "overtake")] == ["cut_ins", "near_misses", "overtakes"]


def test_the_commands_print_tables_and_json(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*args: str) -> str:
        done = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["scenario", *args])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "cut_in" in run("list")
    listed = json.loads(run("list", "--json"))
    assert {row["scenario_id"] for row in listed} >= {"cut_in", "hard_brake", "near_miss"}
    assert "min_intrusion_m" in run("show", "cut_in")
    shown = json.loads(run("show", "cut_in", "--json"))
    assert (shown["model"], shown["projects"]) == ("fct_cut_ins", [])
    (threshold,) = (row for row in shown["thresholds"] if row["name"] == "min_intrusion_m")
    assert (threshold["value"], threshold["unit"], threshold["evidence"]) == (0.3, "m", "V")
    missing = CliRunner().invoke(app, ["scenario", "show", "nope"])
    assert missing.exit_code == 1
    assert "longtail scenario list" in missing.output
    assert CliRunner().invoke(app, ["scenario", "version"]).exit_code == 2
    assert scenario_files.PROJECT == PROJECT
