"""A landed file is read for its sha256 once; whatever could mean other bytes makes it read again."""

import os
from pathlib import Path

from spark_jobs.discover import discover
from spark_jobs.hashes import Hashes


def hashed(path: Path, rehash: bool = False) -> tuple[str, int]:
    """(sha256 of `path`, files read for it), with what the lake knows before and after."""
    hashes = Hashes(rehash)
    digest, _, is_steady = hashes.sha256(path)
    assert is_steady
    hashes.keep()
    return digest, hashes.num_hashed


def test_an_unchanged_file_is_read_once_and_again_when_asked(empty_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(b"some bytes")
    digest, read = hashed(path)
    assert read == 1
    assert hashed(path) == (digest, 0)
    assert hashed(path, rehash=True) == (digest, 1)


def test_other_bytes_of_the_same_size_and_modification_time_are_noticed(empty_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(b"some bytes")
    digest, _ = hashed(path)
    times = path.stat()
    path.write_bytes(b"SOME BYTES")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    other, read = hashed(path)
    assert read == 1
    assert other != digest


def test_a_file_put_in_the_place_of_another_is_noticed(empty_lake: Path, tmp_path: Path) -> None:
    path, new = tmp_path / "a.mcap", tmp_path / "b.mcap"
    path.write_bytes(b"some bytes")
    new.write_bytes(b"SOME BYTES")
    os.utime(new, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    digest, _ = hashed(path)
    new.rename(path)
    assert hashed(path)[0] != digest


def test_a_second_look_at_a_drive_reads_no_file(empty_lake: Path, tmp_path: Path) -> None:
    for name in ("a.mcap", "b.mcap", "drive.json"):
        (tmp_path / "drive").mkdir(exist_ok=True)
        (tmp_path / "drive" / name).write_text("{}")
    first = Hashes()
    before = discover([str(tmp_path / "drive")], hashes=first)
    first.keep()
    second = Hashes()
    assert discover([str(tmp_path / "drive")], hashes=second) == before
    assert (first.num_hashed, second.num_hashed) == (3, 0)
