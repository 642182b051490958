"""What `ingest` answers: figures over everything that was found, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from longtail import lake
from spark_jobs import ledger
from spark_jobs.discover import Drive
from spark_jobs.ledger import Key, Row
from spark_jobs.triage import Triage


@dataclass(frozen=True)
class IngestReport:
    """Counts are over all drives found, new or not. `num_messages_in` is the recorders' own count where there is one.

    `problems`: {"drive_id", "path", "reason", "detail"} of each trouble that stands. `unbalanced`: files whose records
    do not add up, one line each; must be empty. `num_cross_checked`: messages that other decoders read again.
    """

    num_drives: int
    num_files: int
    num_new_files: int
    num_bytes: int
    num_messages_in: int
    num_messages_landed: int
    num_messages_decoded: int
    num_messages_quarantined: int
    num_cross_checked: int
    silver_drives: tuple[str, ...]
    problems: tuple[dict[str, str], ...]
    unbalanced: tuple[str, ...]
    seconds: float

    @property
    def is_clean(self) -> bool:
        """True when nothing was put aside and all records add up."""
        return not self.problems and not self.unbalanced

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def summarise(
    drives: Sequence[Drive],
    rows: Mapping[Key, Row],
    found: Triage,
    num_new_files: int,
    num_cross_checked: int,
    silver_drives: Sequence[str],
    seconds: float,
) -> IngestReport:
    """The report on `drives` by the ledger `rows` as they now are."""
    keys = {(file.source.drive_id, file.source.file_id) for drive in drives for file in drive.files}
    mine = [rows[key] for key in sorted(keys & rows.keys()) if rows[key]["state"] != "superseded"]

    def total(name: str) -> int:
        return sum(row[name] or 0 for row in mine)

    counted = (row["recorder_num_messages"] for row in mine)
    arrived = ((row["bronze_num_messages"] or 0) + (row["quarantined_num_messages"] or 0) for row in mine)
    return IngestReport(
        num_drives=len({drive.drive_id for drive in drives}),
        num_files=len(keys),
        num_new_files=num_new_files,
        num_bytes=total("num_bytes"),
        num_messages_in=sum(own if own is not None else seen for own, seen in zip(counted, arrived, strict=True)),
        num_messages_landed=total("bronze_num_messages"),
        num_messages_decoded=total("decoded_num_messages"),
        num_messages_quarantined=total("quarantined_num_messages"),
        num_cross_checked=num_cross_checked,
        silver_drives=tuple(silver_drives),
        problems=tuple(_problems(mine, found)),
        unbalanced=tuple(ledger.unbalanced(rows)),
        seconds=round(seconds, 3),
    )


def _problems(mine: Sequence[Row], found: Triage) -> list[dict[str, str]]:
    """The troubles of this run, and those on record of files that landed all the same; the rest may be history."""
    now = [
        {"drive_id": source.drive_id, "path": source.path, "reason": problem.reason, "detail": problem.detail}
        for source, problem in found.problems
    ]
    odd = {(row["drive_id"], row["file_id"], why) for row in mine if row["reason"] for why in row["reason"].split(", ")}
    if odd:
        names = {"drive_id": "drive_id", "source_path": "path", "reason": "reason", "detail": "detail"}
        held = lake.read("bronze.quarantine", [*names, "file_id"]).to_pylist()
        standing = (row for row in held if (row["drive_id"], row["file_id"], row["reason"]) in odd)
        now += [{names[name]: row[name] for name in names} for row in standing]
    unique = {tuple(row.values()): row for row in now}
    return [unique[key] for key in sorted(unique)]
