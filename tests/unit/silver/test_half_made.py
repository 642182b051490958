"""A table whose maker was killed before its first commit is made by the next run."""

from pathlib import Path
from typing import Any

import pytest

from longtail import lake
from spark_jobs.silver.run import create_table


@pytest.mark.spark
@pytest.mark.parametrize("left", ["_delta_log", "_delta_log/.00000000000000000000.json.a1b2.tmp"])
def test_a_table_whose_maker_was_killed_before_its_first_commit_is_made_again(
    spark: Any, empty_lake: Path, left: str
) -> None:
    place = Path(lake.location("silver.conditions")) / left
    (place if place.suffix == "" else place.parent).mkdir(parents=True)
    if place.suffix:
        place.touch()
    spark.sql("drop table if exists silver.conditions")
    create_table(spark, "silver.conditions")
    assert lake.version("silver.conditions") == 0
    assert spark.table("silver.conditions").count() == 0
