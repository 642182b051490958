"""SQL from anybody: it reads the tables it names and nothing else, and it changes nothing."""

from pathlib import Path

import duckdb
import pytest

import longtail
from longtail.lake import LakeError, location
from longtail.query import connection
from longtail.statement import QueryError

FILE_READERS = [
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "select * from read_json('/proc/self/environ')",
    "select * from '/etc/passwd'",
    'select * from "/etc/passwd"',
    "select * from '/etc/*.csv'",
    "select * from glob('/etc/*')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from parquet_metadata('/etc/passwd')",
    "from query('select * from read_text(''/etc/passwd'')')",
    "from query_table('/etc/passwd')",
    "select (select content from read_text('/etc/passwd'))",
    "with x as materialized (select * from read_text('/etc/passwd')) select * from x",
    "select * from bronze.drives union all by name select content as drive_id from read_text('/etc/passwd')",
    "select * from duckdb_secrets()",
    "explain analyze select * from read_text('/etc/passwd')",
]
STATEMENTS = [
    "copy (select 1) to '/tmp/longtail_hostile.csv'",
    "copy bronze.drives from '/etc/passwd'",
    "export database '/tmp/longtail_hostile'",
    "attach '/tmp/longtail_hostile.db'",
    "install httpfs",
    "load httpfs",
    "force install spatial from community",
    "create table t as select 1",
    "create or replace view bronze.drives as select 1",
    "insert into bronze.drives select * from bronze.drives",
    "update bronze.drives set drive_id = 'x'",
    "delete from bronze.drives",
    "drop view bronze.drives",
    "set enable_external_access = true",
    "reset lock_configuration",
    "pragma database_list",
    "call pragma_version()",
    "prepare p as select 1",
    "begin transaction",
    "vacuum",
    "checkpoint",
    "select 1; copy (select 1) to '/tmp/longtail_hostile.csv'",
    "",
    ";",
    "-- nothing",
]
NAMES = [
    "../etc/passwd", "silver/ego_motion", "silver..ego_motion", "silver.ego_motion'--", 'silver."ego_motion', "silver.",
    ".ego_motion", "silver.ego motion", "silver.ego_motion;drop", "SILVER.ego_motion", "silver.ego_motion.extra",
    "s3://bucket.key", "silver.\u0000", "silver.ego_motion\n", "$(id).x", "`id`.x", "silver.%2e%2e", "~.x", "x.*",
    "information_schema.tables'", "", ".", "..", "silver.é", "1silver.x", "silver.-x",
]  # fmt: skip


@pytest.mark.parametrize("query", FILE_READERS)
def test_no_query_reads_a_file_outside_its_tables(lake: Path, query: str) -> None:
    with pytest.raises(QueryError) as caught:
        longtail.sql(query)
    assert "root:" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_only_a_single_select_is_run(lake: Path, statement: str) -> None:
    with pytest.raises(QueryError) as caught:
        longtail.sql(statement)
    assert "\n" not in str(caught.value)
    assert not list(Path("/tmp").glob("longtail_hostile*"))  # noqa: S108 - that is where the attacks above aim


OTHER_THAN_SELECT = ("copy", "export", "attach", "force", "install", "load", "set", "reset")
REFUSED_BY_THE_CONNECTION = [*(s for s in STATEMENTS if s.startswith(OTHER_THAN_SELECT)), *FILE_READERS[:4]]


@pytest.mark.parametrize("statement", REFUSED_BY_THE_CONNECTION)
def test_even_without_the_parser_the_connection_itself_refuses(lake: Path, statement: str) -> None:
    """The second wall: what would happen if such a statement ever reached DuckDB."""
    with connection("select * from bronze.drives") as session, pytest.raises(duckdb.Error):
        session.execute(statement).fetchall()


def test_python_variables_are_not_tables(lake: Path) -> None:
    secret = longtail.sql("select 'hunter2' as password")
    assert secret.num_rows == 1
    with pytest.raises(QueryError, match="no table secret"):
        longtail.sql("select * from secret")


def test_another_table_of_the_lake_is_out_of_reach_by_its_path(lake: Path) -> None:
    path = next((lake / "silver" / "ego_motion").glob("*.parquet"))
    with pytest.raises(QueryError, match="disabled by configuration"):
        longtail.sql(f"select d.* from bronze.drives as d, read_parquet('{path}')")


@pytest.mark.parametrize("name", NAMES)
def test_hostile_table_names_have_no_location(lake: Path, name: str) -> None:
    with pytest.raises(LakeError):
        location(name)
    with pytest.raises((QueryError, LakeError)):
        longtail.slice("d-one", 0, 1, table=name)


@pytest.mark.parametrize("drive", [*NAMES, "' or 1=1 --", "d-one' union select * from bronze.drives --", "%", "d-%"])
def test_hostile_drive_names_match_no_drive(lake: Path, drive: str) -> None:
    with pytest.raises(QueryError, match="no drive"):
        longtail.slice(drive, 0, 1)
    assert longtail.events(drive=drive).num_rows == 0


@pytest.mark.parametrize("column", ["t_ns; drop", 'x" from bronze.drives --', "*", "count(*)", ""])
def test_hostile_column_names_are_refused(lake: Path, column: str) -> None:
    with pytest.raises(QueryError, match="has no column"):
        longtail.slice("d-one", 0, 1, columns=[column])


@pytest.mark.parametrize("event_id", ["%", "", "' or '1'='1", "_", "zz"])
def test_hostile_event_ids_are_no_event(lake: Path, event_id: str) -> None:
    with pytest.raises(QueryError, match="no event"):
        longtail.event(event_id)
