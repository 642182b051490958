"""A file that arrives after its drive was curated: exactly its drive changes, and in the end nobody can tell."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import polars as pl
import pytest
from mcap.reader import NonSeekingReader
from mcap.writer import Writer

from longtail import lake
from longtail.settings import REPOSITORY, settings
from tests.conftest import LONGTAIL, environment

pytestmark = [pytest.mark.slow, pytest.mark.spark]
_NOT_CONTENT = {"fct_pipeline_latency"}  # its times are those of the runs


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generated drives; the recording of the first is split in two, its second half lies in `late`."""
    folder = tmp_path_factory.mktemp("late")
    fleet = ["--drives", "2", "--seconds", "20", "--seed", "19", "--out", folder / "landing", "--truth", folder / "t"]
    run(folder / "none", "fleet", "generate", *fleet)
    grows, _ = drives(folder / "landing")
    declared = json.loads((grows / "drive.json").read_text())
    del declared["files"]  # what is declared and not there yet would be reported as missing
    (grows / "drive.json").write_text(json.dumps(declared))
    (folder / "late").mkdir()
    split(grows / "recording.mcap", grows / "recording_0.mcap", folder / "late" / "recording_1.mcap")
    (grows / "recording.mcap").unlink()
    return folder


def drives(landing: Path) -> list[Path]:
    return sorted(path.parent for path in landing.rglob("drive.json"))


def run(lake_root: Path, *arguments: object) -> None:
    command = [str(LONGTAIL), *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment(lake_root), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def split(path: Path, first: Path, second: Path) -> None:
    """Cut a recording in the middle of its time, each half with the channels of the whole."""
    with path.open("rb") as stream:
        messages = list(NonSeekingReader(stream).iter_messages(log_time_order=False))
    times = sorted(message.log_time for _, _, message in messages)
    middle = times[len(times) // 2]
    for target, is_mine in ((first, lambda t: t < middle), (second, lambda t: t >= middle)):
        with target.open("wb") as stream:
            writer = Writer(stream)
            writer.start()
            schemas: dict[int, int] = {}
            channels: dict[int, int] = {}
            for schema, channel, message in messages:
                if schema.id not in schemas:
                    schemas[schema.id] = writer.register_schema(schema.name, schema.encoding, schema.data)
                if channel.id not in channels:
                    names = channel.topic, channel.message_encoding, schemas[schema.id]
                    channels[channel.id] = writer.register_channel(*names)
                if is_mine(message.log_time):
                    times = message.log_time, message.data, message.publish_time, message.sequence
                    writer.add_message(channels[channel.id], *times)
            writer.finish()


def silver(root: Path, drive_id: str | None = None) -> dict[str, pl.DataFrame]:
    """The rows of every silver table, sorted; of one drive or of all."""
    found = {}
    with at(root):
        for table in (name for name in lake.tables() if name.startswith("silver.")):
            rows = pl.DataFrame(pl.from_arrow(lake.read(table)))
            mine = rows if drive_id is None else rows.filter(pl.col("drive_id") == drive_id)
            found[table] = mine.sort(pl.all())
    return found


def silver_files(root: Path, drive_id: str) -> dict[str, set[str]]:
    """The data files in the newest version of each silver table that hold rows of the drive."""
    with at(root):
        return {
            table: {
                uri
                for uri in lake.open_table(table).file_uris()
                if pl.scan_parquet(uri).filter(pl.col("drive_id") == drive_id).select(pl.len()).collect().item()
            }
            for table in lake.tables()
            if table.startswith("silver.")
        }


def marts(root: Path, drive_id: str | None = None) -> dict[str, list]:
    """The rows of every mart; of one drive where a mart has drives, else none of them."""
    file = root.parent / f"{root.name}.duckdb"
    run(root, "curate", "--target", "duckdb", "--database", file)
    with duckdb.connect(str(file), read_only=True) as connection:
        query = "select table_name, list(column_name) from information_schema.columns where table_schema = 'marts'"
        query += " group by table_name"
        tables = {name: columns for name, columns in connection.execute(query).fetchall() if name not in _NOT_CONTENT}
        if drive_id is None:
            return {name: connection.execute(f"from marts.{name} order by all").fetchall() for name in tables}
        mine = f"where drive_id = '{drive_id}' order by all"
        with_drive = [name for name, columns in tables.items() if "drive_id" in columns]
        return {name: connection.execute(f"from marts.{name} {mine}").fetchall() for name in with_drive}


class at:  # noqa: N801 - reads as `with at(lake):`
    """The lake of the settings for a while."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __enter__(self) -> None:
        self.before = os.environ.get("LONGTAIL_LAKE")
        os.environ["LONGTAIL_LAKE"] = str(self.root)
        settings.cache_clear()

    def __exit__(self, *error: object) -> None:
        os.environ.pop("LONGTAIL_LAKE")
        if self.before is not None:
            os.environ["LONGTAIL_LAKE"] = self.before
        settings.cache_clear()


def test_a_late_file_changes_its_drive_alone_and_ends_where_one_ingest_of_everything_does(landing: Path) -> None:
    grows, stays = drives(landing / "landing")
    late, at_once = landing / "lake-late", landing / "lake-at-once"
    run(late, "ingest", stays)
    run(late, "ingest", grows)
    other, files, other_marts = silver(late, stays.name), silver_files(late, stays.name), marts(late, stays.name)
    half = silver(late, grows.name)

    shutil.copy(landing / "late" / "recording_1.mcap", grows)
    run(late, "ingest", landing / "landing")
    assert silver_files(late, stays.name) == files
    assert all(rows.equals(other[table]) for table, rows in silver(late, stays.name).items())
    assert marts(late, stays.name) == other_marts
    assert not silver(late, grows.name)["silver.ego_motion"].equals(half["silver.ego_motion"])

    run(at_once, "ingest", landing / "landing")
    everything = silver(at_once)
    assert set(everything) == set(silver(late))
    assert all(rows.equals(everything[table]) for table, rows in silver(late).items())
    assert marts(late) == marts(at_once)
    run(late, "verify", "--deep")
