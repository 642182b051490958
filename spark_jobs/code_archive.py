"""The code that tasks run on a cluster: our two packages in one archive that Spark unpacks beside each executor."""

import hashlib
import os
import zipfile
from pathlib import Path

from longtail.settings import REPOSITORY

FOLDER = "longtail-code"
"""Where an executor finds the code, relative to its working directory."""

_PACKAGES = ("longtail", "spark_jobs")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same code is the same archive, byte for byte


def code_archive(cache: Path) -> Path:
    """`<cache>/code/<digest>.zip`, made when this code has none yet.

    An archive and not py-files: contracts are read from files beside the code, and a zip on sys.path has none.
    """
    files = sorted(
        path
        for package in _PACKAGES
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    contents = [(path.relative_to(REPOSITORY).as_posix(), path.read_bytes()) for path in files]
    digest = hashlib.sha256(repr([(name, hashlib.sha256(data).hexdigest()) for name, data in contents]).encode())
    archive = cache / "code" / f"{digest.hexdigest()[:16]}.zip"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        draft = archive.with_suffix(f".{os.getpid()}.tmp")
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in contents:
                target.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
        draft.replace(archive)
    return archive
