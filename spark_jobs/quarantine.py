"""bronze.quarantine as the driver writes it: what readers find while they read comes with their own files."""

from collections.abc import Iterable

import pyarrow as pa

from spark_jobs.commit import append_new
from spark_jobs.readers.source import Problem, SourceFile, quarantine_rows


def quarantine(problems: Iterable[tuple[SourceFile, Problem]]) -> int:
    """Append `problems` that are not there yet; returns their number."""
    pieces = [quarantine_rows(source, [problem]) for source, problem in problems]
    return append_new("bronze.quarantine", pa.concat_tables(pieces), "quarantine_id") if pieces else 0
