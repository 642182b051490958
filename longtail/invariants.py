"""What must add up exactly between files, bronze and silver: SQL that gives (drive_id, subject, expected, found).

`expected` and `found` are compared row by row; a null equals a null. The tables `wanted` (drive_id: which drives are
asked about), `landed` (bronze.messages by drive, file and topic) and `finished` (drive_id: drives that silver has seen
whole) are made by `longtail.verify`. dbt/tests says the same for every run of curate.
"""

from dataclasses import dataclass

from longtail.content_hash import SQL_A, SQL_B

TYPED = (
    "camera_frames",
    "can_frames",
    "ego_poses",
    "gnss_fixes",
    "imu_samples",
    "lane_boundaries",
    "map_elements",
    "objects",
)
SILVER_INPUTS = TYPED
TABLES = (
    "ops.ingest_ledger",
    "ops.ingest_topics",
    "bronze.messages",
    *(f"bronze.{name}" for name in TYPED),
    "silver.input_counts",
    "silver.can_signals",
    "silver.object_tracks",
)
_AGAIN = "restore the table's older version, or ingest the raw files into a new lake: longtail --lake NEW ingest PATH"

LANDED = f"""
    create temp table landed as
    select drive_id, file_id, topic, count(*) as num_messages, sum(num_payload_bytes) as num_payload_bytes,
        count(stream) as num_decoded, min(log_time_ns) as first_ns, max(log_time_ns) as last_ns,
        sum({SQL_A}) as hash_a, sum({SQL_B}) as hash_b
    from bronze.messages
    where drive_id in (select drive_id from wanted)
    group by drive_id, file_id, topic
"""  # noqa: S608 - both formulas are constants
FINISHED = """
    create temp table finished as
    select drive_id
    from ops.ingest_ledger
    where drive_id in (select drive_id from wanted) and state in ('bronze', 'silver')
    group by drive_id
    having count(*) filter (where state = 'bronze') = 0
        and sum(case when format in ('drive_json', 'dbc') then 0 else bronze_num_messages end) > 0
"""


@dataclass(frozen=True)
class Invariant:
    """One thing that must hold; `query` gives (drive_id, subject, expected, found), `way_out` says what to do if not.

    `is_time`: sums of the figures mean nothing.
    """

    name: str
    says: str
    query: str
    way_out: str
    is_time: bool = False


def _told(column: str, figure: str) -> str:
    """The figure of ops.ingest_topics beside the one recomputed from bronze.messages, by file and topic."""
    return f"""
    select coalesce(l.drive_id, t.drive_id) as drive_id, coalesce(l.topic, t.topic) as subject,
        t.{column} as expected, l.{figure} as found
    from landed as l
    full join (
        select * from ops.ingest_topics
        where bronze_num_messages > 0 and drive_id in (select drive_id from wanted)
    ) as t on l.drive_id = t.drive_id and l.file_id = t.file_id and l.topic = t.topic
    """  # noqa: S608 - both names are constants of this module


_FILE = """
    select drive_id, source_path as subject, recorder_num_messages as expected,
        bronze_num_messages + quarantined_num_messages as found
    from ops.ingest_ledger
    where drive_id in (select drive_id from wanted) and state in ('bronze', 'silver', 'quarantined')
        and recorder_num_messages is not null
"""
_SUM_OF_TOPICS = """
    select l.drive_id, l.source_path as subject, l.bronze_num_messages + l.quarantined_num_messages as expected,
        coalesce(sum(t.bronze_num_messages + t.quarantined_num_messages), 0) as found
    from ops.ingest_ledger as l
    left join ops.ingest_topics as t on l.drive_id = t.drive_id and l.file_id = t.file_id
    where l.drive_id in (select drive_id from wanted) and l.state in ('bronze', 'silver')
    group by l.drive_id, l.file_id, l.source_path, l.bronze_num_messages, l.quarantined_num_messages
"""
# Records that were put aside before their topic was known stand for what is missing of any topic, never for more.
_TOPIC = """
    select t.drive_id, t.topic as subject, t.recorder_num_messages as expected,
        t.bronze_num_messages + t.quarantined_num_messages + greatest(least(
            t.recorder_num_messages - t.bronze_num_messages - t.quarantined_num_messages,
            coalesce(u.quarantined_num_messages, 0)
        ), 0) as found
    from ops.ingest_topics as t
    left join ops.ingest_topics as u on t.drive_id = u.drive_id and t.file_id = u.file_id and u.topic = ''
    where t.drive_id in (select drive_id from wanted) and t.topic <> '' and t.recorder_num_messages is not null
"""
_RECORDER_BYTES = """
    select drive_id, topic as subject, recorder_num_payload_bytes as expected, num_payload_bytes as found
    from ops.ingest_topics
    where drive_id in (select drive_id from wanted) and recorder_num_payload_bytes is not null
        and recorder_num_messages = bronze_num_messages
"""
_KNOWN_FILES = """
    select l.drive_id, l.file_id as subject, sum(l.num_messages) as expected,
        max(coalesce(f.bronze_num_messages, 0)) as found
    from landed as l
    left join ops.ingest_ledger as f
        on l.drive_id = f.drive_id and l.file_id = f.file_id and f.state in ('bronze', 'silver')
    group by l.drive_id, l.file_id
"""
_ONCE = """
    select drive_id, file_id as subject, count(*) as expected, count(distinct record_index) as found
    from bronze.messages
    where drive_id in (select drive_id from wanted)
    group by drive_id, file_id
"""
# A map file has no records, and so no record_index.
_TYPED = " union all ".join(
    f"""
    select drive_id, 'bronze.{name}' as subject, count(record_index) as expected, (
        count(*) filter (where (drive_id, file_id, record_index) in (
            select (drive_id, file_id, record_index) from bronze.messages where stream is not null
        ))) as found
    from bronze.{name}
    where drive_id in (select drive_id from wanted)
    group by drive_id
    """  # noqa: S608 - names are constants of this module
    for name in TYPED
)
_SILVER = " union all ".join(
    f"""
    select f.drive_id, 'bronze.{name}' as subject,
        (select count(*) from bronze.{name} as b where b.drive_id = f.drive_id) as expected,
        (select coalesce(sum(num_rows), 0) from silver.input_counts as c
            where c.drive_id = f.drive_id and c.input_table = 'bronze.{name}') as found
    from finished as f
    """  # noqa: S608 - names are constants of this module
    for name in SILVER_INPUTS
)
_FRAMES = """
    select f.drive_id, 'silver.can_signals' as subject,
        (select coalesce(sum(num_rows), 0) from silver.input_counts as c where c.drive_id = f.drive_id
            and c.input_table = 'bronze.can_frames' and c.outcome = 'decoded') as expected,
        (select count(distinct (file_id, record_index)) from silver.can_signals as s
            where s.drive_id = f.drive_id) as found
    from finished as f
"""
_TRACKS = """
    select f.drive_id, 'silver.object_tracks' as subject,
        (select coalesce(sum(num_tracks), 0) from silver.input_counts as c where c.drive_id = f.drive_id
            and c.outcome = 'in_track') as expected,
        (select count(distinct (role, track_id)) from silver.object_tracks as o where o.drive_id = f.drive_id) as found
    from finished as f
"""

INVARIANTS = (
    Invariant("file = bronze + quarantine", "messages of a file by its recorder", _FILE, _AGAIN),
    Invariant("file = its topics", "messages of a file and of its topics together", _SUM_OF_TOPICS, _AGAIN),
    Invariant("topic = bronze + quarantine", "messages of a topic by its recorder", _TOPIC, _AGAIN),
    Invariant("payload bytes of the recorder", "bytes of a topic by its recorder", _RECORDER_BYTES, _AGAIN),
    Invariant("rows of bronze", "messages of a topic", _told("bronze_num_messages", "num_messages"), _AGAIN),
    Invariant("payload bytes", "bytes of a topic", _told("num_payload_bytes", "num_payload_bytes"), _AGAIN),
    Invariant("content hash a", "(log time, sequence, CRC) of a topic", _told("content_hash_a", "hash_a"), _AGAIN),
    Invariant("content hash b", "(log time, sequence, CRC) of a topic", _told("content_hash_b", "hash_b"), _AGAIN),
    Invariant("first log time", "of a topic", _told("min_log_time_ns", "first_ns"), _AGAIN, is_time=True),
    Invariant("last log time", "of a topic", _told("max_log_time_ns", "last_ns"), _AGAIN, is_time=True),
    Invariant("decoded", "messages of a topic", _told("decoded_num_messages", "num_decoded"), _AGAIN),
    Invariant("files are known", "rows of a file by the ledger", _KNOWN_FILES, _AGAIN),
    Invariant("each record once", "records of a file", _ONCE, _AGAIN),
    Invariant("typed rows have their message", "rows of a typed table, their message decoded", _TYPED, _AGAIN),
    Invariant("bronze = silver + set aside", "rows that silver accounts for", _SILVER, "run: longtail ingest"),
    Invariant("frames in can_signals", "frames that were decoded", _FRAMES, "run: longtail ingest"),
    Invariant("tracks in object_tracks", "tracks that reached the grid", _TRACKS, "run: longtail ingest"),
)
