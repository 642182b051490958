"""Small batches for the crash matrix: what a source file brings, written and committed by the product's own code."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from longtail import lake
from longtail.contracts import conform
from spark_jobs.bronze import parquet
from spark_jobs.commit import Part, append_new, commit_parts
from spark_jobs.readers.source import Problem, SourceFile, quarantine_rows
from spark_jobs.upsert import upsert

START_NS = 1_795_000_000_000_000_000
BULK = ("bronze.imu_samples", "bronze.messages")
TABLES = (*BULK, "bronze.files", "bronze.quarantine")
Said = Callable[[str], None]


def source(batch: int) -> SourceFile:
    """The file that `batch` came in."""
    return SourceFile(f"/landing/{batch}.mcap", f"{batch:064}", "p", f"drive-{batch % 7}", "mcap", 100 + batch)


def rows(batch: int) -> dict[str, list[dict[str, object]]]:
    """The rows of `batch` by table: always the same ones."""
    at, num = source(batch), 3 + batch % 6
    place = {"project_id": "p", "drive_id": at.drive_id, "file_id": at.file_id, "topic": "/imu"}
    each = [place | {"record_index": n, "log_time_ns": START_NS + batch * 10**9 + n} for n in range(num)]
    index = {"message_encoding": "cdr", "stream": "imu", "num_payload_bytes": 8}
    return {
        "bronze.messages": [row | index | {"sequence": n, "crc32": batch * 31 + n} for n, row in enumerate(each)],
        "bronze.imu_samples": [row | {"ax_mps2": batch + n / 8} for n, row in enumerate(each)],
        "bronze.files": [
            {name: getattr(at, name) for name in ("file_id", "project_id", "drive_id", "format", "num_bytes")}
            | {"source_path": at.path, "num_messages": num}
        ],
        "bronze.quarantine": quarantine_rows(at, [Problem("undecodable", f"of {batch}", "/imu", 0)]).to_pylist()
        if batch % 5 == 0
        else [],
    }


def deliver(wave: Sequence[int], say: Said) -> None:
    """What ingest does with the files of one wave. `say` hears of each step before and after it."""
    content = [(batch, rows(batch)) for batch in wave]
    parts: dict[str, list[Part]] = defaultdict(list)
    for batch, found in content:
        for table in BULK:
            piece = conform(table, pa.Table.from_pylist(found[table]))
            name = f"{batch:x}-0"
            parts[table].append(parquet.write_part(table, [piece], lake.location(table), name, transaction(batch)))
            say("after-file")
    for table in BULK:
        commit_parts(table, parts[table])
        say("between-tables")
    upsert("bronze.files", [row for _, found in content for row in found["bronze.files"]], ["drive_id", "file_id"])
    aside = [row for _, found in content for row in found["bronze.quarantine"]]
    if aside:
        append_new("bronze.quarantine", conform("bronze.quarantine", pa.Table.from_pylist(aside)), "quarantine_id")


def transaction(batch: int) -> str:
    """The application transaction of `batch`, as ingest names them."""
    return f"{source(batch).drive_id}/{source(batch).file_id}"


def wrong(delivered: Iterable[int]) -> dict[str, int]:
    """How many rows of the lake are lost, twice, or not of `delivered`; empty when all is exact."""
    wanted = [rows(batch) for batch in sorted(set(delivered))]
    found = {}
    for table in TABLES:
        held = Counter(map(_text, _conformed(table, lake.read(table).to_pylist())))
        should = Counter(map(_text, _conformed(table, [row for each in wanted for row in each[table]])))
        for name, count in (
            ("lost", sum((should - held).values())),
            ("twice", sum(count - 1 for text, count in held.items() if text in should and count > 1)),
            ("strange", sum(count for text, count in held.items() if text not in should)),
        ):
            if count:
                found[f"{table} {name}"] = count
    return found


def commits_by_transaction(table: str) -> Counter[str]:
    """In how many commits of `table` each application transaction stands."""
    counted: Counter[str] = Counter()
    for path in Path(lake.location(table)).glob("_delta_log/*.json"):
        for line in path.read_text().splitlines():
            if "txn" in (entry := json.loads(line)):
                counted[entry["txn"]["appId"]] += 1
    return counted


def unreadable_versions(table: str, every: int = 1) -> list[int]:
    """Versions of `table` that name a file which is not there or has another number of rows than they say."""
    newest, bad = lake.version(table), []
    for version in {*range(0, newest + 1, every), newest}:
        actions = pa.table(lake.open_table(table, version).get_add_actions()).to_pylist()
        paths = [Path(lake.location(table)) / unquote(action["path"]) for action in actions]
        promised = sum(action["num_records"] for action in actions)
        if not all(path.exists() for path in paths) or lake.read(table, version=version).num_rows != promised:
            bad.append(version)
    return sorted(bad)


def _conformed(table: str, found: list[dict[str, object]]) -> list[dict[str, object]]:
    return conform(table, pa.Table.from_pylist(found)).to_pylist() if found else []


def _text(row: dict[str, object]) -> str:
    return json.dumps(row, sort_keys=True)
