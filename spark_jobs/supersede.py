"""Growing files: when a path holds new bytes, the version with more messages stays and the other leaves bronze.

A recorder that still writes, or an upload that was cut, lands as far as it goes. The whole file comes later under the
same path with another sha256: both would count the same messages twice. A version that holds fewer messages never
replaces one that holds more, so that a broken upload takes nothing away.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from deltalake import CommitProperties

from longtail import lake
from longtail.contracts import all_tables, contract
from spark_jobs import ledger
from spark_jobs.bronze import topics
from spark_jobs.commit import WRITER, ensure_table, retried
from spark_jobs.declaration import SAFE_NAME
from spark_jobs.ledger import Key, Row
from spark_jobs.readers.source import Problem, SourceFile

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEPT = {"bronze.quarantine"}  # what was wrong with a version stays on record


def settle(rows: dict[Key, Row]) -> list[tuple[SourceFile, Problem]]:
    """Take all versions but one of each path out of bronze; `rows`, the ledger, follow.

    Returns what a person should hear of: versions that came later and hold less than the one that stays.
    Safe to kill at any point: rows go before the ledger says so, and the next run finds the same versions again.
    """
    worse = []
    for row, winner in outdone(rows.values()):
        _forget(row)
        done = _superseded(row, winner)
        ledger.record([done])
        rows[ledger.key_of(row)] = done
        if row["received_at_ns"] > winner["received_at_ns"]:
            names = ("file_id", "project_id", "drive_id", "format", "num_bytes")
            worse.append((SourceFile(path=row["source_path"], **{name: row[name] for name in names}), problem_of(done)))
    return worse


def outdone(rows: Iterable[Row]) -> list[tuple[Row, Row]]:
    """(version that leaves, version that stays) for every path of a drive that came in more than one version."""
    by_path: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["state"] in (*ledger.LANDED, "quarantined"):
            by_path[row["drive_id"], row["source_path"]].append(row)
    pairs = []
    for versions in by_path.values():
        landed = [row for row in versions if row["state"] in ledger.LANDED]
        if landed and len(versions) > 1:
            stays = max(landed, key=_weight)
            # Bytes that were refused before these came are history; those that came later are news.
            gone = [row for row in versions if row in landed or row["received_at_ns"] < stays["received_at_ns"]]
            pairs += [(row, stays) for row in gone if row is not stays]
    return pairs


def problem_of(row: Row) -> Problem:
    """What is said of a file whose bytes have been superseded and that lies there all the same."""
    detail = f"another version of this path, with at least as many messages, is in the lake ({row['reason']})"
    return Problem("superseded", detail, byte_offset=0)


def _weight(row: Row) -> tuple[int, int, str]:
    return row["bronze_num_messages"] or 0, row["bronze_at_ns"] or 0, row["file_id"]


def _superseded(row: Row, winner: Row) -> dict[str, Any]:
    none = dict.fromkeys(("bronze_num_messages", "quarantined_num_messages", "decoded_num_messages"), 0)
    return row | none | {"state": "superseded", "reason": f"superseded by {winner['file_id'][:12]}"}


def _forget(row: Mapping[str, Any]) -> None:
    """Delete the rows of one file from every table that ingest writes, but from quarantine and the ledger."""
    for table in (*(name for name in all_tables() if name.startswith("bronze.")), topics.TABLE):
        promise = contract(table)
        if table not in _KEPT and "file_id" in promise.schema.names and promise.writer == WRITER and lake.exists(table):
            _delete(table, row["drive_id"], row["file_id"])


def _delete(table: str, drive_id: str, file_id: str) -> None:
    if not SAFE_NAME.fullmatch(drive_id) or not _SHA256.fullmatch(file_id):
        raise ValueError(f"{drive_id!r} / {file_id!r} are no ids of a drive and a file")
    predicate = f"drive_id = '{drive_id}' and file_id = '{file_id}'"

    def attempt() -> int:
        delta = ensure_table(table)
        found = delta.delete(predicate, commit_properties=CommitProperties(max_commit_retries=0))
        return int(found["num_deleted_rows"] or 0)

    retried(attempt)
