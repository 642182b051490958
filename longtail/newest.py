"""The newest snapshot: what `train` and `evaluate` take when none is named."""

from longtail.query import sql
from longtail.statement import QueryError


def newest_snapshot() -> str:
    """Id of the snapshot made last.

    Raises:
        QueryError: there is none.
    """
    rows = sql("select snapshot_id from ml.snapshots order by created_at_ns desc, snapshot_id limit 1").to_pylist()
    if not rows:
        raise QueryError("there is no snapshot yet; make one with `longtail snapshot create`")
    return str(rows[0]["snapshot_id"])
