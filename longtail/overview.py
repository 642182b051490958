"""What is in the lake: drives, files by state, messages accounted for, tables, last runs, models against baselines."""

from typing import Any

from longtail import lake
from longtail.query import sql

# Messages are counted where they come in (the recorder's own statistics, or what was found when there are none),
# where they landed, and where they can be queried: three independent numbers that have to agree.
_MESSAGES = """
    select
        coalesce(sum(coalesce(recorder_num_messages, bronze_num_messages + quarantined_num_messages)), 0) as num_in,
        coalesce(sum(bronze_num_messages), 0) as num_landed,
        coalesce(sum(quarantined_num_messages), 0) as num_quarantined,
        coalesce(sum(decoded_num_messages), 0) as num_decoded
    from ops.ingest_ledger
    where state <> 'superseded'
"""
_RUNS = """
    select job, status, started_at_ns, (ended_at_ns - started_at_ns) / 1e9 as duration_s, num_rows_out
    from ops.job_runs
    order by started_at_ns desc
    limit $limit
"""
_QUARANTINE = "select source_path, reason, num_messages, detail from bronze.quarantine order by source_path, reason"
_EVENTS = """
    select scenario_id, severity, count(*) as num_events, count(distinct drive_id) as num_drives
    from marts.fct_scenario_events
    group by all
    order by scenario_id, num_events desc, severity
"""
_MODELS = """
    with newest as (
        select * from ml.evaluations
        where snapshot_id = (select snapshot_id from ml.snapshots order by created_at_ns desc, snapshot_id limit 1)
            and slice_name = 'all' and split = 'test'
    )
    select model_name, model_version, metric, value, ci_low, ci_high, num_samples, num_positives
    from newest
    where model_version is null
        or try_cast(model_version as bigint) = (select max(try_cast(model_version as bigint)) from newest)
    order by metric, value desc nulls last, model_name
"""


def overview(num_runs: int = 8) -> dict[str, Any]:
    """Everything `longtail status` shows, as plain values."""
    states = sql("select state, count(*) as num_files from ops.ingest_ledger group by state order by state")
    return {
        "lake": lake.root(),
        "num_drives": _one("select count(distinct drive_id) as n from bronze.drives"),
        "files_by_state": {row["state"]: row["num_files"] for row in states.to_pylist()},
        "messages": messages(),
        "quarantine": sql(_QUARANTINE).to_pylist(),
        "tables": tables(),
        "runs": sql(_RUNS, parameters={"limit": num_runs}).to_pylist(),
    }


def messages() -> dict[str, Any]:
    """Messages in, landed, quarantined, decoded, in tables; `is_balanced` says that nothing is missing."""
    counts: dict[str, Any] = dict(sql(_MESSAGES).to_pylist()[0])
    counts["num_in_tables"] = _one("select count(*) as n from bronze.messages")
    adds_up = counts["num_in"] == counts["num_landed"] + counts["num_quarantined"]
    counts["is_balanced"] = adds_up and counts["num_landed"] == counts["num_in_tables"]
    return counts


def tables() -> list[dict[str, Any]]:
    """Each table of the lake: newest version, rows and files by its log; no data file is opened."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    for name in lake.tables():
        delta = lake.open_table(name)
        actions = pa.table(delta.get_add_actions(flatten=True))
        num_rows = pc.sum(actions.column("num_records")).as_py() if actions.num_rows else 0
        num_bytes = pc.sum(actions.column("size_bytes")).as_py() if actions.num_rows else 0
        found.append(
            {
                "table": name,
                "version": int(delta.version()),
                "num_rows": num_rows or 0,
                "num_files": actions.num_rows,
                "num_bytes": num_bytes or 0,
            }
        )
    return found


def scenario_counts() -> list[dict[str, Any]]:
    """Events by scenario and severity; empty before the first `longtail curate`."""
    return list(sql(_EVENTS).to_pylist()) if lake.exists("marts.fct_scenario_events") else []


def model_results() -> list[dict[str, Any]]:
    """Metrics of the newest model and of the baselines on the test drives of the newest snapshot."""
    return list(sql(_MODELS).to_pylist())


def _one(query: str) -> int:
    return int(sql(query).column(0)[0].as_py() or 0)
