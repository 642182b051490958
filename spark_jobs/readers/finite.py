"""No NaN and no infinity in a table: null where the contract allows it, else the row stands aside and is told."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longtail.contracts import contract
from spark_jobs.readers.source import Problem


def only_finite(name: str, rows: pa.Table) -> tuple[pa.Table, list[Problem]]:
    """`rows` of table `name` without numbers that are none, and what had to be left out.

    The message itself stays in bronze.messages, so nothing is lost and the problems count no messages.
    """
    kept = np.ones(rows.num_rows, np.bool_)
    culprits = []
    for index, field in enumerate(contract(name).schema):
        if not pa.types.is_floating(field.type) or _is_surely_finite(rows.column(index)):
            continue
        is_finite = pc.is_finite(rows.column(index))
        if pc.all(is_finite).as_py() is not False:  # null when every value is null
            continue
        if field.nullable:
            nothing = pa.scalar(None, field.type)
            rows = rows.set_column(index, rows.schema.field(index), pc.if_else(is_finite, rows.column(index), nothing))
        else:
            kept &= is_finite.to_numpy()
            culprits.append(field.name)
    if kept.all():
        return rows, []
    first = rows.filter(pa.array(~kept)).slice(0, 1)
    place = {key: first.column(key)[0].as_py() for key in ("topic", "record_index") if key in rows.column_names}
    detail = f"{int((~kept).sum())} row(s) of {name} have no finite {', '.join(culprits)}; messages are indexed only"
    return rows.filter(pa.array(kept)), [Problem("not_finite", detail, **place)]


def _is_surely_finite(column: pa.ChunkedArray) -> bool:
    """True when a sum shows it: what is not finite stays in it. A quarter of the time of asking each number."""
    with np.errstate(over="ignore", invalid="ignore"):
        return column.null_count == 0 and all(np.isfinite(chunk.to_numpy().sum()) for chunk in column.chunks)
