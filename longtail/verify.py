"""Proof that nothing is missing: every invariant of `longtail.invariants` over the lake, with its numbers. No Spark."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from longtail.invariants import FINISHED, INVARIANTS, LANDED, TABLES, Invariant
from longtail.query import connection

_SHOWN = 20
_WANTED = """
    create temp table wanted as
    select drive_id from ops.ingest_ledger
    union select drive_id from ops.ingest_topics
    union select drive_id from bronze.messages
"""
_FILES = """
    select drive_id, file_id, source_path, format, num_bytes, quarantined_num_messages, reason
    from ops.ingest_ledger
    where state in ('bronze', 'silver') and drive_id in (select drive_id from wanted)
    order by drive_id, source_path
"""
_TOLD = "select * from ops.ingest_topics where drive_id in (select drive_id from wanted)"


class VerifyError(RuntimeError):
    """A drive that the lake does not hold."""


@dataclass(frozen=True)
class Failure:
    """Where an invariant does not hold. `subject` is a topic, a file or a table."""

    invariant: str
    drive_id: str
    subject: str
    expected: int | str | None
    found: int | str | None
    way_out: str

    def __str__(self) -> str:
        numbers = f"expected {_number(self.expected)}, found {_number(self.found)}"
        return f"{self.invariant}: drive {self.drive_id}, {self.subject}: {numbers}; {self.way_out}"


@dataclass(frozen=True)
class Finding:
    """One invariant: how many cases were compared, the sum of both sides, and where they differ (20 at most).

    Sums are None where adding up means nothing.
    """

    name: str
    says: str
    num_cases: int
    expected: int | None
    found: int | None
    num_failed: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Verdict:
    """All findings. `waiting`: drives that silver has not seen whole, so only their bronze could be checked.

    `notes`: what a deep check could not compare, and why.
    """

    num_drives: int
    findings: tuple[Finding, ...]
    waiting: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure found, in the order of the invariants."""
        return tuple(failure for finding in self.findings for failure in finding.failures)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"is_complete": not self.failures}


def verify(
    drive_ids: Sequence[str] = (), on_step: Callable[[str, int, int], None] | None = None, deep: bool = False
) -> Verdict:
    """Check every invariant for `drive_ids`, or for all drives. `on_step(name, done, total)` hears of each.

    `deep` reads the raw files again, through the official readers and not ours.

    Raises:
        VerifyError: one of `drive_ids` is not in the ledger.
    """
    tell = on_step or (lambda name, done, total: None)
    total = len(INVARIANTS)
    with connection(f"select 1 from {', '.join(TABLES)}") as session:  # noqa: S608 - names are constants
        known = _prepare(session, drive_ids)
        findings = []
        for done, invariant in enumerate(INVARIANTS):
            tell(invariant.name, done, total)
            findings.append(_check(session, invariant))
        tell("", total, total)
        waiting = session.execute(
            "select distinct drive_id from ops.ingest_ledger where state = 'bronze' and bronze_num_messages > 0"
            " and drive_id in (select drive_id from wanted) order by drive_id"
        ).fetchall()
        files = session.sql(_FILES).to_arrow_table().to_pylist() if deep else []
        told = session.sql(_TOLD).to_arrow_table().to_pylist() if deep else []
    notes: list[str] = []
    if deep:
        from longtail.verify_deep import deep_findings

        found, notes = deep_findings(files, told, tell)
        findings += found
    return Verdict(known, tuple(findings), tuple(drive_id for (drive_id,) in waiting), tuple(notes))


def _prepare(session: duckdb.DuckDBPyConnection, drive_ids: Sequence[str]) -> int:
    """Make the tables that the invariants read; the number of drives asked about."""
    session.execute(_WANTED)
    if drive_ids:
        held = {drive_id for (drive_id,) in session.execute("select drive_id from wanted").fetchall()}
        strangers = sorted(set(drive_ids) - held)
        if strangers:
            raise VerifyError(f"the lake holds no drive {', '.join(strangers)}; `longtail status` shows what there is")
        session.execute("delete from wanted where not list_contains($drives, drive_id)", {"drives": list(drive_ids)})
    session.execute(LANDED)
    session.execute(FINISHED)
    return int(session.execute("select count(*) from wanted").fetchall()[0][0])


def _check(session: duckdb.DuckDBPyConnection, invariant: Invariant) -> Finding:
    differ = "expected is distinct from found"
    counted = f"select count(*), sum(expected), sum(found), count(*) filter ({differ}) from ({invariant.query})"  # noqa: S608
    num_cases, expected, found, num_failed = session.execute(counted).fetchall()[0]
    failures: list[Failure] = []
    if num_failed:
        rows = f"from ({invariant.query}) where {differ} order by drive_id, subject limit {_SHOWN}"
        for drive_id, subject, promised, there in session.execute(rows).fetchall():
            failures.append(Failure(invariant.name, drive_id, subject, promised, there, invariant.way_out))
    left, right = (None, None) if invariant.is_time else (int(expected or 0), int(found or 0))
    return Finding(invariant.name, invariant.says, int(num_cases), left, right, int(num_failed), tuple(failures))


def _number(value: int | str | None) -> str:
    return "nothing" if value is None else str(value)
