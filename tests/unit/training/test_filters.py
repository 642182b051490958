"""A filter may choose samples and do nothing else."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.unit.training.conftest import sample_rows
from training import snapshot
from training.filters import FilterError, selection


def test_a_filter_keeps_the_samples_it_names_and_is_stored_as_the_query(mart: Callable[[pa.Table], None]) -> None:
    rows = sample_rows(6, 10)
    mart(rows)
    made = snapshot.create(where="light = 'night' and gap_m between 5 and 40 and not object_class in ('truck')")
    night = pc.equal(rows.column("light"), "night")
    near = pc.and_(pc.greater_equal(rows.column("gap_m"), 5), pc.less_equal(rows.column("gap_m"), 40))
    wanted = rows.filter(pc.and_(pc.and_(night, near), pc.not_equal(rows.column("object_class"), "truck")))
    assert made.num_items == wanted.num_rows > 0
    assert made.query.startswith("SELECT * FROM marts.fct_training_samples WHERE light = 'night'")
    assert made.query.endswith("ORDER BY sample_id")


@pytest.mark.parametrize(
    "where",
    [
        "light = 'night'; drop table ml.snapshots",
        "1 = (select count(*) from read_csv('/etc/passwd'))",
        "drive_id in (select drive_id from marts.dim_drives)",
        "light = current_setting('x')",
        "read_text('/etc/passwd') = 'x'",
        "is_cut_in_within_3s",
        "is_cut_in_within_3s = true",
        "lag0_gap_m > 3",
        "other.light = 'night'",
        '"light; drop" = 1',
        "light = 'night' union select 1",
        "light = 'night' order by 1",
        "light = 'night' limit 3",
        "gap_m + 1 > 3",
        "light like '%x'",
        "light = ?",
        "light = $1",
        "gap_m::varchar = '1'",
        "case when true then true end",
        "exists (select 1)",
        "light",
        "'night'",
        "1",
        "light = 'night' and",
        "light = 'night",
        "drop table x",
        "light = 'night' -- \n; select 1",
    ],
)
def test_anything_but_comparisons_of_allowed_columns_is_refused(where: str) -> None:
    with pytest.raises(FilterError):
        selection(where)


@pytest.mark.parametrize("value", ["'; drop table x; --", 'a"b', "`x`", "\\", "ünïcode", "a''b", "--", "/* */"])
def test_hostile_values_stay_values(value: str, mart: Callable[[pa.Table], None]) -> None:
    rows = sample_rows(3, 4)
    drives = [value] * 4 + rows.column("drive_id").to_pylist()[4:]
    mart(rows.set_column(rows.column_names.index("drive_id"), "drive_id", pa.array(drives)))
    literal = value.replace("'", "''")
    assert snapshot.create(where=f"drive_id = '{literal}'").num_items == 4
