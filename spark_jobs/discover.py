"""Which drives lie under the given paths, which files make them up, and what is wrong before any is opened."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from longtail.settings import settings
from spark_jobs.declaration import BadDeclaration, Declaration, parse_declaration
from spark_jobs.landed import LandedFile, absent, verified
from spark_jobs.readers import formats
from spark_jobs.readers.source import Problem, SourceFile

_BUS_RECORDINGS = {".mcap", ".mf4", ".mdf"}
_AV2_PARTS = {"map", "calibration"}


@dataclass(frozen=True)
class Drive:
    """A drive as it landed. `troubles` concern what is not there: a missing file, an empty folder."""

    project_id: str
    drive_id: str
    folder: Path
    declaration: Declaration | None
    declaration_text: str | None
    files: tuple[LandedFile, ...]
    troubles: tuple[LandedFile, ...] = ()


def discover(paths: Sequence[str], project: str | None = None, dbc: Sequence[str] = ()) -> list[Drive]:
    """The drives under `paths`, sorted by id. `dbc` serves the drives that bring none of their own.

    The project of a drive is what its drive.json says, else `project`, else its place in the landing zone.

    Raises:
        FileNotFoundError: one of `paths` or `dbc` does not exist.
    """
    for path in (*paths, *dbc):
        if not Path(path).exists():
            raise FileNotFoundError(f"there is no {path}")
    found = {place for path in paths for place in _drive_folders(Path(path).resolve())}
    places = [(folder, only) for folder, only in found if only is None or (folder, None) not in found]
    extra_dbc = tuple(Path(path).resolve() for path in dbc)
    drives = [_drive(folder, only, project, extra_dbc) for folder, only in sorted(places, key=str)]
    return sorted(_without_conflicts(drives), key=lambda drive: drive.drive_id)


def _drive_folders(path: Path) -> Iterator[tuple[Path, Path | None]]:
    """(folder, None) for each drive folder at or under `path`; (folder, file) when `path` is one recording."""
    if path.is_file():
        yield path.parent, None if (path.parent / "drive.json").exists() else path
        return
    found = list(_walk(path))
    yield from ((folder, None) for folder in found or [path])


def _walk(folder: Path) -> Iterator[Path]:
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(".")]
    if not entries or (folder / "drive.json").exists():
        yield folder
        return
    recordings = [entry for entry in entries if entry.is_file() and _is_recording(entry)]
    if recordings:
        yield folder
    for entry in entries:
        if entry.is_dir() and not (recordings and entry.name in _AV2_PARTS):
            yield from _walk(entry)


def _is_recording(path: Path) -> bool:
    """What no reader takes yet counts too, so that it ends in quarantine and not in silence."""
    return _has_records(formats.sniff(path)) or bool(formats.UNSUPPORTED.fullmatch(path.name.lower()))


def _has_records(form: str) -> bool:
    return form in formats.BY_NAME and form not in formats.COMPANIONS


def _drive(folder: Path, only: Path | None, project: str | None, extra_dbc: Sequence[Path]) -> Drive:
    declaration, text, files, bad = None, None, {}, None
    if only is None and (folder / "drive.json").exists():
        raw = (folder / "drive.json").read_bytes()
        text = raw.decode("utf-8", "replace")
        try:
            declaration = parse_declaration(raw)
        except BadDeclaration as error:
            bad = Problem("bad_drive_json", str(error))
    named = declaration or Declaration()
    drive_id = named.drive_id or _derived_id(folder, only)
    project_id = named.project_id or project or _landing_project(folder) or settings().project
    place = SourceFile("", "", project_id, drive_id, "unknown", 0, named.model_dump(mode="json", exclude_unset=True))

    declared = {folder / entry.path: entry for entry in named.files}
    dbc = [(entry.bus, folder / entry.path) for entry in named.dbc]
    found = [only] if only is not None else list(_own_files(folder, has_declaration=declaration is not None))
    if not dbc:
        own = [path for path in found if path.suffix.lower() == ".dbc"]
        has_bus = any(path.suffix.lower() in _BUS_RECORDINGS for path in found)
        dbc = [(None, path) for path in own or (extra_dbc if has_bus else ())]
    said = {*declared, *(folder / entry.path for entry in named.dbc), folder / "drive.json"}
    wanted = sorted({*found, *declared, *(path for _, path in dbc)})
    place = replace(place, dbc_paths=tuple((bus, str(path)) for bus, path in dbc if path.is_file()))
    with ThreadPoolExecutor(settings().spark_cores) as pool:  # hashing lets go of the interpreter lock
        files = list(pool.map(lambda path: verified(place, path, declared.get(path), path in said), wanted))
    if bad is not None:
        files = [replace(file, problem=bad) if file.source.format == "drive_json" else file for file in files]
    missing = [file for file in files if not file.source.format]
    present = [file for file in files if file not in missing]
    if not any(file.source.format not in formats.COMPANIONS for file in files):
        missing.append(absent(place, folder, Problem("empty_drive", f"{folder} holds no recording")))
    return Drive(project_id, drive_id, folder, declaration, text, tuple(present), tuple(missing))


def _own_files(folder: Path, has_declaration: bool) -> Iterator[Path]:
    """Recordings, DBC and drive.json of a drive: with drive.json from the whole subtree, else from the folder itself
    and the map folder of an Argoverse log.
    """
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and (has_declaration or entry.name in _AV2_PARTS):
            yield from _own_files(entry, has_declaration)
        elif entry.is_file() and (entry.name == "drive.json" or entry.suffix.lower() == ".dbc" or _is_recording(entry)):
            yield entry


def _derived_id(folder: Path, only: Path | None) -> str:
    """A drive id from where the drive lies: LOG/<device>/<session> as CAN loggers write it, else the folder's name."""
    name = only.stem if only is not None else folder.name
    if only is None and folder.parent.parent.name.upper() == "LOG":
        name = f"{folder.parent.name}-{folder.name}"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("._-")[:128] or "drive"


def _landing_project(folder: Path) -> str | None:
    root = Path(settings().landing).resolve()
    parts = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    return parts[0] if len(parts) == 2 else None


def _without_conflicts(drives: Sequence[Drive]) -> Iterator[Drive]:
    """The drives; where two folders claim one id, the files of the second are held back."""
    owners: dict[str, Drive] = {}
    for drive in drives:
        owner = owners.setdefault(drive.drive_id, drive)
        if owner is drive:
            yield drive
            continue
        why = Problem(
            "drive_id_conflict", f"{owner.folder} is drive {drive.drive_id} already; name one in a drive.json"
        )
        yield replace(drive, files=tuple(replace(file, problem=why) for file in drive.files))
