"""Every file of sql/ says which question it answers and how to run it, and runs as it stands on its engine."""

import re

import pytest
from frames import answer, rounded

from longtail.settings import REPOSITORY

SQL = REPOSITORY / "sql"
ENGINES = ("duckdb", "spark", "athena", "refav")
RUN = {
    "refav": "longtail sql -f {file}",
    "duckdb": "longtail sql -f {file}",
    "spark": "python -m infra.spark_sql {file}",
    "athena": "aws athena start-query-execution --work-group longtail --query-string file://{file}",
}
# Trino takes these, Athena does not: it reads Delta tables only as they are now, and changes nothing.
NOT_ON_ATHENA = (
    r"\bfor\s+(version|timestamp)\s+as\s+of\b",
    r"\btable_changes\b",
    r"\$(history|properties|partitions)\b",
    r"\b(insert|update|delete|merge|create|drop|alter|call)\b",
    r";",
    r"`",
)


def files(engine):
    return sorted((SQL / engine).glob("*.sql"))


def every_file():
    return [pytest.param(engine, file, id=f"{engine}/{file.stem}") for engine in ENGINES for file in files(engine)]


def each(engine):
    return pytest.mark.parametrize("file", files(engine), ids=lambda file: file.stem)


def code(file):
    return "\n".join(line for line in file.read_text().splitlines() if not line.startswith("--"))


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_has_its_questions(engine):
    assert len(files(engine)) >= 3


@pytest.mark.parametrize(("engine", "file"), every_file())
def test_a_file_begins_with_its_question_and_how_to_run_it(engine, file):
    question, run, *_ = file.read_text().splitlines()
    assert re.fullmatch(r"-- [A-Z].*\?", question)
    assert run == f"-- Run: {RUN[engine].format(file=file.relative_to(REPOSITORY))}"
    assert ";" not in code(file), "one statement, no semicolon: Athena refuses it"
    lines = file.read_text().splitlines()
    assert max(len(line) for line in lines if not line.startswith("-- Run: ")) <= 120


@pytest.mark.parametrize("file", files("athena") + files("refav"), ids=lambda file: file.stem)
def test_an_athena_file_uses_nothing_that_athena_lacks(file):
    for pattern in NOT_ON_ATHENA:
        assert not re.search(pattern, code(file), re.IGNORECASE), pattern


@pytest.mark.parametrize("statement", ["select * from t for version as of 3", 'select * from "t$history"', "select 1;"])
def test_the_athena_rules_catch_what_they_are_for(statement):
    assert any(re.search(pattern, statement, re.IGNORECASE) for pattern in NOT_ON_ATHENA)


@pytest.mark.spark
class TestOnTheCuratedLake:
    """The lake comes from Spark; the questions themselves are asked of each engine."""

    @each("duckdb")
    def test_a_duckdb_file_answers_through_longtail_sql(self, file, settled_lake):
        from longtail.query import sql

        assert sql(file.read_text()).num_rows > 0

    def test_critical_cut_ins_by_light_accounts_for_every_drive_and_cut_in(self, settled_lake):
        from longtail.query import sql

        rows = sql((SQL / "duckdb/critical_cut_ins_by_light.sql").read_text()).to_pylist()
        drives = sql("select count(*) as n, sum(distance_m) / 1000 as km from marts.dim_drives").to_pylist()[0]
        cut_ins = sql("select count(*) as n from marts.fct_cut_ins").to_pylist()[0]
        assert sum(row["num_drives"] for row in rows) == drives["n"]
        assert sum(row["distance_km"] for row in rows) == pytest.approx(drives["km"])
        assert sum(row["num_cut_ins"] for row in rows) == cut_ins["n"]

    def test_closest_calls_come_closest_first_and_once_per_road_user(self, settled_lake):
        from longtail.query import sql

        rows = sql((SQL / "duckdb/closest_calls.sql").read_text()).to_pylist()
        times = [row["min_ttc_s"] for row in rows]
        assert times == sorted(times)
        assert len({row["event_id"] for row in rows}) == len(rows) <= 10

    @each("spark")
    def test_a_spark_file_answers_on_spark(self, file, settled_lake):
        from spark_jobs.session import spark_session

        assert spark_session().sql(file.read_text()).toArrow().num_rows > 0

    @each("athena")
    def test_an_athena_file_answers_on_duckdb_too(self, file, settled_lake):
        from longtail.query import sql

        assert sql(file.read_text()).num_rows > 0

    @each("refav")
    def test_a_refav_file_gives_the_same_answer_on_spark_and_duckdb(self, file, settled_lake):
        from longtail.query import sql
        from spark_jobs.session import spark_session

        on_spark = spark_session().sql(file.read_text()).toArrow()
        on_duckdb = sql(file.read_text())
        assert on_spark.column_names == on_duckdb.column_names
        assert answer(on_spark) == answer(on_duckdb)

    @pytest.mark.trino
    @each("refav")
    def test_a_refav_file_gives_the_same_answer_on_trino_and_duckdb(self, file, settled_lake, trino):
        from longtail.query import sql

        on_trino, on_duckdb = trino(file.read_text()), sql(file.read_text())
        assert on_trino.columns == on_duckdb.column_names
        assert rounded(on_trino.rows) == answer(on_duckdb)

    @pytest.mark.trino
    @each("athena")
    def test_an_athena_file_gives_the_same_answer_on_trino_and_duckdb(self, file, settled_lake, trino):
        from longtail.query import sql

        on_trino = trino(file.read_text())
        on_duckdb = sql(file.read_text())
        assert on_trino.columns == on_duckdb.column_names
        assert rounded(on_trino.rows) == answer(on_duckdb)
