"""One landed file: hashed, and compared with what its drive.json promises."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from spark_jobs.declaration import DeclaredFile
from spark_jobs.hashes import Hashes
from spark_jobs.readers import formats
from spark_jobs.readers.source import Problem, SourceFile


@dataclass(frozen=True)
class LandedFile:
    """A file of a drive. `problem`: why it must not be loaded. The declared count is None where nothing is declared."""

    source: SourceFile
    is_declared: bool = False
    declared_num_messages: int | None = None
    problem: Problem | None = None


def verified(
    place: SourceFile, path: Path, declared: DeclaredFile | None, is_declared: bool, hashes: Hashes
) -> LandedFile:
    """`path` hashed and compared with what drive.json says of it; `place` gives the drive."""
    messages = declared.messages if declared else None
    try:
        if not path.is_file():
            return absent(place, path, Problem("missing_file", f"drive.json names {path.name}, which is not there"))
        digest, size, is_steady = hashes.sha256(path)
        source = replace(place, path=str(path), file_id=digest, format=formats.sniff(path), num_bytes=size)
    except OSError as error:
        return absent(place, path, Problem("unreadable", f"{path.name} cannot be read: {error.strerror or error}"))
    problem = None
    if not is_steady:
        problem = Problem("still_changing", f"{path.name} changed while it was read; run again when it is complete")
    elif declared and declared.sha256 and declared.sha256.lower() != digest:
        problem = Problem(
            "hash_mismatch", f"drive.json gives {path.name} the sha256 {declared.sha256[:12]}.., it is {digest[:12]}.."
        )
    elif declared and declared.bytes is not None and declared.bytes != size:
        problem = Problem("hash_mismatch", f"drive.json gives {path.name} {declared.bytes} bytes, it has {size}")
    return LandedFile(source, is_declared, messages, problem)


def absent(place: SourceFile, path: Path, problem: Problem) -> LandedFile:
    """Something that is not there: no bytes, so its id is made from its place."""
    identity = hashlib.sha256(f"{place.project_id}/{place.drive_id}/{path.name}".encode()).hexdigest()
    return LandedFile(replace(place, path=str(path), file_id=identity, format=""), True, None, problem)
