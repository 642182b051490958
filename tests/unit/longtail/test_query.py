"""`longtail.sql`: what it answers, and which version of a table it reads."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from small_lake import T0_NS, ego_motion, write

import longtail
from longtail.scan import Bounds, files
from longtail.statement import QueryError


def test_a_schema_qualified_and_a_bare_name_read_the_same_table(lake: Path) -> None:
    qualified = longtail.sql("select count(*) as n from silver.ego_motion")
    bare = longtail.sql("select count(*) as n from ego_motion")
    assert qualified.to_pylist() == bare.to_pylist() == [{"n": 400}]


def test_answers_come_as_arrow_polars_or_pandas(lake: Path) -> None:
    query = "select drive_id from bronze.drives order by 1"
    assert isinstance(longtail.sql(query), pa.Table)
    assert isinstance(longtail.sql(query, as_="polars"), pl.DataFrame)
    assert longtail.sql(query, as_="pandas")["drive_id"].tolist() == ["d-one", "d-two"]
    with pytest.raises(QueryError, match="arrow, polars or pandas"):
        longtail.sql(query, as_="excel")  # type: ignore[arg-type]


def test_a_pinned_version_returns_identical_rows_after_an_append(copied_lake: Path) -> None:
    query = "select * from silver.ego_motion order by drive_id, t_ns"
    before = longtail.sql(query)
    write(copied_lake, "silver.ego_motion", ego_motion("z-three", False))
    assert longtail.sql(query, version=0).equals(before)
    assert longtail.sql(query, version={"silver.ego_motion": 0}).equals(before)
    assert longtail.sql(query).num_rows == before.num_rows + 200


def test_a_version_that_does_not_exist_is_one_clear_line(lake: Path) -> None:
    with pytest.raises(Exception, match="99") as caught:
        longtail.sql("select 1 from silver.ego_motion", version=99)
    assert "\n" not in str(caught.value)
    with pytest.raises(QueryError, match="does not read"):
        longtail.sql("select 1 from silver.ego_motion", version={"silver.conditions": 0})
    with pytest.raises(QueryError, match="over one table"):
        longtail.sql("select 1 from silver.ego_motion, bronze.drives", version=0)


def test_a_table_with_a_contract_but_no_rows_is_empty_and_typed(lake: Path) -> None:
    answer = longtail.sql("select t_ns, signal_name, value from silver.can_signals")
    assert answer.num_rows == 0
    assert answer.schema.types == [pa.int64(), pa.string(), pa.float64()]


def test_a_delta_table_without_files_is_empty_and_typed(copied_lake: Path) -> None:
    DeltaTable(str(copied_lake / "silver" / "ego_motion")).delete()
    answer = longtail.sql("select t_ns, vx_ego_mps from silver.ego_motion")
    assert (answer.num_rows, answer.schema.types) == (0, [pa.int64(), pa.float64()])


def test_names_of_common_table_expressions_are_not_looked_up_in_the_lake(lake: Path) -> None:
    query = "with fast as (select drive_id from silver.ego_motion where vx_ego_mps > 24) select count(*) as n from fast"
    assert longtail.sql(query).to_pylist()[0]["n"] > 0


def test_a_common_table_expression_may_shadow_a_table(lake: Path) -> None:
    assert longtail.sql("with ego_motion as (select 7 as n) select n from ego_motion").to_pylist() == [{"n": 7}]


def test_parameters_are_bound_and_never_become_sql(lake: Path) -> None:
    query = "select count(*) as n from silver.ego_motion where drive_id = $drive"
    assert longtail.sql(query, parameters={"drive": "d-one"}).to_pylist() == [{"n": 200}]
    assert longtail.sql(query, parameters={"drive": "x' or '1'='1"}).to_pylist() == [{"n": 0}]


def test_a_misspelt_table_gets_a_suggestion(lake: Path) -> None:
    for wrong in ("silver.ego_moton", "ego_motions", "bronze.ego_motion"):
        with pytest.raises(QueryError, match=r"did you mean .*silver\.ego_motion"):
            longtail.sql(f"select 1 from {wrong}")


def test_a_mart_that_is_not_built_says_how_to_build_it(lake: Path) -> None:
    with pytest.raises(QueryError, match="longtail curate"):
        longtail.sql("select 1 from marts.zzz")


def test_a_misspelt_column_is_one_line(lake: Path) -> None:
    with pytest.raises(QueryError, match="vx_ego") as caught:
        longtail.sql("select vx_eg from silver.ego_motion")
    assert "\n" not in str(caught.value)


def test_sums_of_whole_numbers_stay_whole_numbers(lake: Path) -> None:
    assert longtail.sql("select sum(record_index) as n from bronze.messages").schema.types == [pa.int64()]


def test_files_that_cannot_hold_the_drive_or_the_time_are_not_opened(copied_lake: Path) -> None:
    write(copied_lake, "silver.ego_motion", ego_motion("z-three", False))
    delta = DeltaTable(str(copied_lake / "silver" / "ego_motion"))
    assert len(files(delta)[0]) == 2
    assert len(files(delta, Bounds("z-three"))[0]) == 1
    assert len(files(delta, Bounds("d-nobody"))[0]) == 0
    assert len(files(delta, Bounds(start_ns=T0_NS + 10**12))[0]) == 0
    assert len(files(delta, Bounds(end_ns=T0_NS))[0]) == 2


def test_a_grown_table_reads_null_where_old_files_lack_the_column(copied_lake: Path) -> None:
    from deltalake import write_deltalake

    row = pa.table({"event_id": ["e9"], "scenario_id": ["cut_in"], "note": ["new"]})
    write_deltalake(str(copied_lake / "marts" / "fct_scenario_events"), row, mode="append", schema_mode="merge")
    answer = longtail.sql("select event_id, note from marts.fct_scenario_events order by note nulls last").to_pylist()
    assert answer[0] == {"event_id": "e9", "note": "new"}
    assert [row["note"] for row in answer[1:]] == [None, None]


def test_a_partitioned_table_has_its_partition_column(copied_lake: Path) -> None:
    from deltalake import write_deltalake

    rows = pa.table({"drive_id": ["a", "b"], "n": [1, 2]})
    write_deltalake(str(copied_lake / "marts" / "fct_parts"), rows, partition_by=["drive_id"])
    assert longtail.sql("select drive_id, n from marts.fct_parts order by n").to_pylist() == rows.to_pylist()


def test_a_lake_behind_a_uri_answers_the_same(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from longtail.settings import settings

    query = "select drive_id, count(*) as n from silver.ego_motion group by all order by all"
    by_path = longtail.sql(query)
    monkeypatch.setenv("LONGTAIL_LAKE", f"file://{lake}")
    settings.cache_clear()
    assert longtail.sql(query).equals(by_path)
