"""Which drives lie under the given paths, what they are called, and what is wrong before any file is opened."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from longtail.settings import settings
from spark_jobs.declaration import Declaration, DeclaredFile
from spark_jobs.drive_files import DriveFiles, drive_files, safe_id
from spark_jobs.hashes import Hashes
from spark_jobs.landed import LandedFile, absent, verified
from spark_jobs.readers import formats
from spark_jobs.readers.source import Problem, SourceFile

Check = tuple[SourceFile, Path, DeclaredFile | None, bool]
"""What `verified` is asked of one file."""

_BUS_RECORDINGS = {".mcap", ".mf4", ".mdf", ".bag", ".db3", ".blf", ".asc", ".trc", ".log"}


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


def discover(
    paths: Sequence[str], project: str | None = None, dbc: Sequence[str] = (), hashes: Hashes | None = None
) -> list[Drive]:
    """The drives under `paths`, sorted by id. `dbc` serves the drives that bring none of their own.

    `hashes` says which files need not be read to know their sha256; None: each is read.

    The project of a drive is what its drive.json says, else `project`, else its place in the landing zone.

    Raises:
        FileNotFoundError: one of `paths` or `dbc` does not exist.
    """
    for path in (*paths, *dbc):
        if not Path(path).exists():
            raise FileNotFoundError(f"there is no {path}")
    found = drive_files(Path(path).resolve() for path in paths)
    extra_dbc = tuple(Path(path).resolve() for path in dbc)
    hashes = hashes or Hashes(rehash=True)
    with ThreadPoolExecutor(settings().spark_cores) as pool:  # hashing lets go of the interpreter lock

        def check(wanted: Sequence[Check]) -> list[LandedFile]:
            is_quick = all(hashes.is_known(path) for _, path, _, _ in wanted)
            run = map if is_quick else pool.map
            return list(run(lambda each: verified(*each, hashes), wanted))

        ids = _ids(found)
        drives = [_drive(each, own, project, extra_dbc, check) for each, own in zip(found, ids, strict=True)]
    return sorted(_without_conflicts(drives), key=lambda drive: drive.drive_id)


def _ids(found: Sequence[DriveFiles]) -> list[str]:
    """The id of each drive. Drives without drive.json that would share one take longer ones, until each has its own.

    What a drive.json says is never changed: a conflict with it is left for _without_conflicts.
    """
    ids = [each.declaration.drive_id if each.declaration else None for each in found]
    is_fixed = [own is not None for own in ids]
    ids = [own or safe_id(each.name) for own, each in zip(ids, found, strict=True)]
    longer = [each.longer_ids() for each in found]
    while True:
        sharing: dict[str, list[int]] = {}
        for number, drive_id in enumerate(ids):
            sharing.setdefault(drive_id, []).append(number)
        moved = False
        for numbers in sharing.values():
            if len(numbers) > 1 and not any(is_fixed[number] for number in numbers):
                for number in _movers(found, numbers):
                    following = next(longer[number], None)
                    moved = moved or following is not None
                    ids[number] = following or ids[number]
        if not moved:
            return ids


def _movers(found: Sequence[DriveFiles], numbers: Sequence[int]) -> list[int]:
    """Of drives of one name those that take another: a folder's vehicle recordings keep it beside a data set."""
    guests = [number for number in numbers if found[number].dataset]
    is_one_place = len({found[number].folder for number in numbers}) == 1
    return guests if is_one_place and len(guests) == len(numbers) - 1 else list(numbers)


def _drive(
    each: DriveFiles,
    drive_id: str,
    project: str | None,
    extra_dbc: Sequence[Path],
    check: Callable[[Sequence[Check]], list[LandedFile]],
) -> Drive:
    named = each.declaration or Declaration()
    folder = each.folder
    project_id = named.project_id or project or _landing_project(folder) or settings().project
    place = SourceFile("", "", project_id, drive_id, "unknown", 0, named.model_dump(mode="json", exclude_unset=True))
    declared = {folder / entry.path: entry for entry in named.files}
    dbc = [(entry.bus, folder / entry.path) for entry in named.dbc]
    if not dbc:
        own = [path for path in each.files if path.suffix.lower() == ".dbc"]
        has_bus = any(path.suffix.lower() in _BUS_RECORDINGS for path in each.files)
        dbc = [(None, path) for path in own or (extra_dbc if has_bus else ())]
    said = {*declared, *(folder / entry.path for entry in named.dbc), folder / "drive.json"}
    wanted = sorted({*each.files, *declared, *(path for _, path in dbc)})
    place = replace(place, dbc_paths=tuple((bus, str(path)) for bus, path in dbc if path.is_file()))
    files = check([(place, path, declared.get(path), path in said) for path in wanted])
    if each.bad_declaration is not None:
        bad = Problem("bad_drive_json", each.bad_declaration)
        files = [replace(file, problem=bad) if file.source.format == "drive_json" else file for file in files]
    missing = [file for file in files if not file.source.format]
    present = [file for file in files if file not in missing]
    for path, why in each.unreadable.items():
        missing.append(absent(place, path, Problem("unreadable", f"{path} cannot be listed: {why}")))
    if not each.unreadable and not any(file.source.format not in formats.COMPANIONS for file in files):
        missing.append(absent(place, folder, Problem("empty_drive", f"{folder} holds no recording")))
    return Drive(project_id, drive_id, folder, each.declaration, each.declaration_text, tuple(present), tuple(missing))


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
