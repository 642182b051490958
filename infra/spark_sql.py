"""Run the questions of sql/spark on the local Spark, as `spark-sql -f` does on a cluster.

python -m infra.spark_sql sql/spark/pipeline_latency.sql ...
"""

import logging
import sys
from pathlib import Path

from pyspark.errors import PySparkException

from spark_jobs.session import spark_session


def main(files: list[str]) -> int:
    """Prints the answer to each file; exit status 2 when none was given."""
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # repeats each error as pages of JSON
    spark = spark_session()
    for file in files:
        answer = spark.sql(Path(file).read_text()).toArrow()
        print("\t".join(answer.column_names))
        for row in answer.to_pylist():
            print("\t".join("NULL" if value is None else str(value) for value in row.values()))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PySparkException as error:
        sys.exit(f"spark: {str(error).splitlines()[0]}")
