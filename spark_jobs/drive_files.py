"""Which files make up a drive: one walk over what landed, each file sorted in by the rule of its format."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spark_jobs.declaration import BadDeclaration, Declaration, parse_declaration
from spark_jobs.readers import formats
from spark_jobs.readers.limits import MAX_COMPANION_BYTES

_WITH_BUS = ("", "comma2k19")  # data sets whose drives take the DBC files beside them
_Identity = tuple[Path, str, str]


@dataclass
class DriveFiles:
    """The files of one drive. `key` tells the drives of one folder and data set apart, "" where the folder is one.

    `name`: what the drive is called before it is made safe as an id. `bad_declaration`: why its drive.json is not used.
    `unreadable`: folders of it that cannot be listed, with what the system says.
    `is_part`: one file, given by its path, of a folder whose other files would belong to the same drive.
    """

    folder: Path
    name: str
    dataset: str = ""
    key: str = ""
    files: list[Path] = field(default_factory=list)
    declaration: Declaration | None = None
    declaration_text: str | None = None
    bad_declaration: str | None = None
    unreadable: dict[Path, str] = field(default_factory=dict)
    is_part: bool = False
    has_records: bool = False

    @property
    def identity(self) -> _Identity:
        """What no two drives have in common."""
        return self.folder, self.dataset, self.key

    def longer_ids(self) -> Iterator[str]:
        """Ids for when the wanted one is taken: with the data set, with the folders above, at last with a hash."""
        if self.dataset:
            yield safe_id(f"{self.name}-{self.dataset}")
        above = self.folder.parent if self.name.startswith(self.folder.name) else self.folder
        yield safe_id(f"{above.name}-{self.name}")
        yield safe_id(f"{above.parent.name}-{above.name}-{self.name}")
        place = "/".join((*self.folder.parts[-3:], self.dataset, self.key)).encode(errors="surrogateescape")
        yield f"{safe_id(self.name)[:115]}-{hashlib.sha256(place).hexdigest()[:12]}"


def safe_id(name: str) -> str:
    """`name` as a drive id: letters, digits, dot, dash and underscore, at most 128 of them."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("._-")[:128] or "drive"


def drive_files(paths: Iterable[Path]) -> list[DriveFiles]:
    """The drives at or under `paths` (resolved, existing), each with its files sorted; in the order of their folders.

    A path with nothing in it is a drive without files. One recording given by its path is a drive by itself, unless a
    drive.json beside it says which drive it belongs to.
    """
    merged: dict[_Identity, DriveFiles] = {}
    for path in paths:
        for drive in _at(path):
            known = merged.setdefault(drive.identity, drive)
            known.files = sorted({*known.files, *drive.files})
            known.unreadable |= drive.unreadable
    owned = {file for drive in merged.values() if not drive.is_part for file in drive.files}
    kept = (drive for drive in merged.values() if not (drive.is_part and owned.issuperset(drive.files)))
    return sorted(kept, key=lambda drive: tuple(map(str, drive.identity)))


def _at(path: Path) -> list[DriveFiles]:
    if path.is_file():
        if (path.parent / "drive.json").exists():
            return _walk(path.parent)
        form = formats.BY_NAME.get(_format(path))
        drive = _place(path, form)
        if form is None or form.drive == "folder":
            drive = DriveFiles(path.parent, path.stem, drive.dataset, path.name, is_part=True)
        drive.files = [path]
        return [drive]
    return _walk(path) or [DriveFiles(path, path.name)]


def _walk(root: Path) -> list[DriveFiles]:
    """The drives at and under `root`: every folder is listed once, every file opened once for its first bytes."""
    drives: dict[_Identity, DriveFiles] = {}
    dbc: dict[Path, list[Path]] = {}
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        folders, files, trouble = _entries(folder)
        if not folders and not files:
            empty = drives.setdefault((folder, "", ""), DriveFiles(folder, _folder_name(folder)))
            empty.unreadable |= trouble
        if folder / "drive.json" in files:
            own = drives[folder, "", ""] = _declared(folder)
            if own.declaration is not None:  # all that lies under it is one drive
                own.files += _whole(folders, files, own.unreadable)
                continue
        waiting += folders
        for file in files:
            _sort_in(file, drives, dbc)
    for drive in drives.values():
        if drive.declaration is None and drive.dataset in _WITH_BUS:
            drive.files += [*dbc.get(drive.folder, ()), *dbc.get(drive.folder / "dbc", ())]
    # A calibration or a map index without the recording it belongs to is no drive.
    return [
        drive
        for drive in drives.values()
        if drive.has_records or not drive.files or drive.declaration_text or drive.bad_declaration
    ]


def _sort_in(file: Path, drives: dict[_Identity, DriveFiles], dbc: dict[Path, list[Path]]) -> None:
    form = formats.BY_NAME.get(_format(file))
    if form is not None and form.name == "dbc":
        dbc.setdefault(file.parent, []).append(file)
    elif form.name != "drive_json" if form is not None else formats.is_unsupported(file):
        drive = _place(file, form)
        drive = drives.setdefault(drive.identity, drive)
        drive.files.append(file)
        drive.has_records |= form is None or form.module is not None


def _place(file: Path, form: formats.Format | None) -> DriveFiles:
    """The drive that `file` belongs to, without files: `form` None is a recording that no reader takes."""
    if form is None:
        rule, dataset = ("folder" if file.name == ".zgroup" else "file"), ""
    else:
        rule, dataset = form.drive, form.dataset
    if isinstance(rule, re.Pattern) and (match := rule.search(str(file))):
        folder = Path(str(file)[: match.start()] or "/")
        key = "-".join(filter(None, match.groups()))
        return DriveFiles(folder, "-".join(filter(None, (folder.name, key))), dataset, key)
    if rule == "file":
        return DriveFiles(file.parent, file.name, dataset, file.name)
    return DriveFiles(file.parent, _folder_name(file.parent), dataset)


def _folder_name(folder: Path) -> str:
    """LOG/<device>/<session>, as CAN loggers write it, is called by both; else the folder's own name."""
    return f"{folder.parent.name}-{folder.name}" if folder.parent.parent.name.upper() == "LOG" else folder.name


def _declared(folder: Path) -> DriveFiles:
    """The drive of a folder with a drive.json, which is all it has so far."""
    drive = DriveFiles(folder, _folder_name(folder), files=[folder / "drive.json"])
    try:
        with (folder / "drive.json").open("rb") as file:
            raw = file.read(MAX_COMPANION_BYTES + 1)
    except OSError as error:
        drive.bad_declaration = f"drive.json cannot be read: {error.strerror or error}"
        return drive
    if len(raw) > MAX_COMPANION_BYTES:
        drive.bad_declaration = f"drive.json has more than {MAX_COMPANION_BYTES} bytes"
        return drive
    drive.declaration_text = raw.decode("utf-8", "replace")
    try:
        drive.declaration = parse_declaration(raw)
    except BadDeclaration as error:
        drive.bad_declaration = str(error)
    return drive


def _whole(folders: list[Path], files: list[Path], unreadable: dict[Path, str]) -> Iterator[Path]:
    """Every recording and description among `files` and under `folders`; `unreadable` takes what cannot be listed."""
    waiting = list(folders)
    while True:
        yield from (file for file in files if file.name != "drive.json" and _is_of_a_drive(file))
        if not waiting:
            return
        inner, files, trouble = _entries(waiting.pop())
        waiting += inner
        unreadable |= trouble


def _is_of_a_drive(file: Path) -> bool:
    return _format(file) in formats.BY_NAME or formats.is_unsupported(file)


def _format(file: Path) -> str:
    """The format of `file`, by its name where it cannot be opened: its hash is what fails then, with a clear reason."""
    try:
        return formats.sniff(file)
    except OSError:
        return formats.by_name(file)


def _entries(folder: Path) -> tuple[list[Path], list[Path], dict[Path, str]]:
    """(folders, files, trouble) in `folder`, hidden ones left out. A zarr store is the one file that makes it one.

    A folder that cannot be listed is empty, and `trouble` says why.
    """
    if folder.name.lower().endswith(".zarr"):
        return [], [folder / ".zgroup"] if (folder / ".zgroup").is_file() else [], {}
    folders: list[Path] = []
    files: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_file():
                    files.append(folder / entry.name)
                elif entry.is_dir() and not (entry.is_symlink() and folder.is_relative_to(Path(entry.path).resolve())):
                    folders.append(folder / entry.name)
    except OSError as error:
        return [], [], {folder: error.strerror or str(error)}
    return folders, files, {}
