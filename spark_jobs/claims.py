"""Who reads which file: written to the ledger before anything is read, so that two ingests never load bytes twice."""

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs import ledger
from spark_jobs.ledger import Key, Row
from spark_jobs.readers.source import Problem
from spark_jobs.triage import SHARED, Triage, owners
from spark_jobs.upsert import change


def claim(found: Triage, rows: dict[Key, Row]) -> int:
    """Write `found.rows` to the ledger; returns how many changed it. `rows`, the ledger of this run, follow.

    Files that another ingest has landed since `rows` was read, or reads for another drive, leave `found.to_read`; the
    latter are problems. Of two ingests that claim the same bytes for two drives the one that commits first reads them.
    """
    lost: dict[Key, Problem] = {}
    landed: dict[Key, Row] = {}

    def decide(held: pa.Table) -> list[Row]:
        lost.clear()
        landed.clear()
        ids = pa.array({row["file_id"] for row in found.rows}, pa.string())
        here = {ledger.key_of(row): row for row in held.filter(pc.is_in(held.column("file_id"), ids)).to_pylist()}
        holders = owners(here.values())
        wanted = []
        for row in found.rows:
            key, before = ledger.key_of(row), here.get(ledger.key_of(row))
            if row["state"] == "verified":
                owner = holders.get(row["file_id"], row["drive_id"])
                if owner != row["drive_id"] and row["format"] not in SHARED:
                    lost[key] = Problem("duplicate_file", f"the same bytes are being ingested as part of drive {owner}")
                elif before is not None and before["state"] in ledger.DONE:
                    landed[key] = before
                # "verified" is news only for a file never seen: one that is tried again stays what it is until then.
                elif before is None:
                    wanted.append(row)
            elif before is None or not (before == row or ledger.is_behind(row, before)):
                wanted.append(row)
        return wanted

    changed = change(ledger.TABLE, ledger.KEYS, decide) if found.rows else 0
    _settle(found, lost, landed, rows)
    return changed + (ledger.record(rows[key] for key in lost) if lost else 0)


def _settle(found: Triage, lost: dict[Key, Problem], landed: dict[Key, Row], rows: dict[Key, Row]) -> None:
    """Take what is not ours to read out of `found`."""
    before = {key: rows.get(key) for key in lost}
    rows.update({ledger.key_of(row): row for row in found.rows} | landed)
    for file, plan in found.to_read:
        key = file.source.drive_id, file.source.file_id
        if key in lost:
            found.problems.append((file.source, lost[key]))
            rows[key] = ledger.quarantined(file, plan, before[key], lost[key])
    found.to_read = [
        (file, plan)
        for file, plan in found.to_read
        if (file.source.drive_id, file.source.file_id) not in lost.keys() | landed.keys()
    ]
