"""Find the files of a table: each once, of one format, and none that is not meant."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sklearn_xent._messages import shorten, shorten_all

FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".feather": "feather",
           ".arrow": "feather"}  # fmt: skip
COMPRESSED = (".gz", ".bz2")
"""Endings that text files may have besides."""
NOT_READ = (".zst", ".zstd", ".xz", ".lz4", ".lzma", ".zip", ".br", ".snappy", ".z", *COMPRESSED)
"""Endings after which a file that belongs to the table could not be read."""

Identity = tuple[int, int] | str
"""What is the same for all names of one file."""


def files_of(paths: Any) -> list[str]:
    """Return the files that paths, folders and globs name; two may not name the same file.

    A folder, or a glob, is a set of files: each counts once, by whatever links it is reached.
    """
    listed = [paths] if isinstance(paths, str | bytes | os.PathLike) else list(paths)
    found: dict[Identity, str] = {}
    for path in map(os.fsdecode, listed):
        for identity, file in _expand(path).items():
            if identity in found:
                raise ValueError(
                    f"data must name each file once; got {shorten(found[identity], 200)} and "
                    f"{shorten(file, 200)}, which are one file."
                )
            found[identity] = file
    _check_compressed(found.values())
    return list(found.values())


def format_of(files: Sequence[str]) -> str:
    """Return the one format of the files."""
    kinds = {_kind(file) for file in files}
    if len(kinds) != 1 or None in kinds:
        odd = [file for file in files if _kind(file) is None]
        raise ValueError(
            f"data must be files of one of the formats {', '.join(FORMATS)}, or compressed text, "
            f".csv.gz or .csv.bz2; got {shorten_all(odd or files)}."
        )
    return str(kinds.pop())


def identity_of(path: str) -> Identity:
    """Return what all names of a file have in common; the path itself if it is not here."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def stamp_of(path: str) -> str:
    """Return size and time of a file; nothing where it cannot be asked for them."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_size} bytes of {status.st_mtime_ns}"


def _kind(file: str) -> str | None:
    """Return the format that the name of a file tells."""
    base, ending = os.path.splitext(file)
    if ending in COMPRESSED and FORMATS.get(os.path.splitext(base)[1].lower()) == "csv":
        return "csv"  # Arrow knows the compression by these endings, in small letters only
    return FORMATS.get(ending.lower())


def _expand(path: str) -> dict[Identity, str]:
    """Return the files that one path, folder or glob names."""
    if os.path.isdir(path):
        files = list(_inside(path))
        if not files:
            raise ValueError(
                f"data must be files of one of the formats {', '.join(FORMATS)}; the folder "
                f"{shorten(path, 200)} has none. Names that begin with . or _ are left out there."
            )
    elif os.path.exists(path) or not glob.has_magic(path):
        files = [path]
    else:
        files = list(_matching(path))
    if not files:
        raise ValueError(
            f"data must be files that are there; no file matches {shorten(path, 200)}."
        )
    for file in files:
        _check_file(file)
    found: dict[Identity, str] = {}
    for file in files:
        found.setdefault(identity_of(file), file)
    return found


def _check_file(path: str) -> None:
    """Check that there is such a file."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        far = " Open files elsewhere as a pyarrow dataset." if "://" in path else ""
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(
            f"data must be files that are there; {shorten(path, 200)} cannot be opened "
            f"({reason}; the current folder is {os.getcwd()}).{far}"
        ) from None
    if not stat.S_ISREG(mode):
        raise ValueError(f"data must be files; {shorten(path, 200)} is none.")


def _matching(pattern: str) -> Iterator[str]:
    """Yield the files that match a glob, and those in folders that do.

    Hidden folders match only where the glob names them. ``**`` stands for any number of folders.
    """
    parts = Path(pattern).parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    hidden = any(map(_is_hidden, parts[first:]))
    if "**" in parts:
        at = parts.index("**")
        for root in sorted(glob.glob(str(Path(*parts[:at])))):
            for here, files in _walk(root, hidden):
                inside = Path(here).relative_to(root).parts
                for name in files:
                    depth = _depth(parts[at:], (*inside, name))
                    if depth == len(inside) + 1 or (depth and _kind(name) is not None):
                        yield os.path.join(here, name)
        return
    for path in sorted(glob.glob(pattern)):
        is_folder = os.path.isdir(path)
        names = Path(path).parts[first : None if is_folder else -1]
        if hidden or not any(map(_is_hidden, names)):
            yield from _inside(path) if is_folder else [path]


def _depth(pattern: Sequence[str], names: Sequence[str]) -> int:
    """Return how many of the names, from the first on, a pattern matches; 0 if none."""
    return next((n for n in range(len(names), 0, -1) if _fits(pattern, names[:n])), 0)


def _fits(pattern: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a pattern matches all names."""
    if not pattern:
        return not names
    if pattern[0] == "**":
        return _fits(pattern[1:], names) or bool(names and _fits(pattern, names[1:]))
    return bool(names) and fnmatchcase(names[0], pattern[0]) and _fits(pattern[1:], names[1:])


def _is_hidden(name: str) -> bool:
    """Return whether a name is left out in folders, as Spark and Arrow do; `_a=1` holds a value."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _inside(folder: str) -> Iterator[str]:
    """Yield the files of known formats in a folder."""
    for here, files in _walk(folder):
        for name in files:
            base, ending = os.path.splitext(name.lower())
            if _kind(name) is not None:
                yield os.path.join(here, name)
            elif ending in NOT_READ and _kind(base) is not None:
                raise ValueError(
                    f"the folder holds {shorten(os.path.join(here, name), 200)}, which is not "
                    "read. Decompress it, or name the files that are meant."
                )


def _walk(root: str, hidden: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder and its files, sorted. Links to folders are followed, to each once."""

    def give_up(error: OSError) -> None:
        raise error  # a folder that cannot be read would lack rows

    seen: set[Identity] = set()
    for here, folders, files in os.walk(root, onerror=give_up, followlinks=True):
        identity = identity_of(here)
        if identity in seen:
            folders.clear()
            continue
        seen.add(identity)
        _check_unmanaged(here, folders)
        folders[:] = [name for name in sorted(folders) if hidden or not _is_hidden(name)]
        yield here, [name for name in sorted(files) if hidden or not _is_hidden(name)]


def _check_unmanaged(folder: str, inside: Sequence[str]) -> None:
    """Check that no other program says which files of a folder count."""
    by = None
    if ".hoodie" in inside:
        by = "Hudi"
    elif "_delta_log" in inside:
        log = Path(folder, "_delta_log")
        removed = any(
            '"remove":' in path.read_text("utf-8", "replace") for path in log.glob("*.json")
        )
        # before a checkpoint the log may be gone
        by = "Delta" if removed or any(log.glob("*.checkpoint*")) else None
    elif "metadata" in inside and any(Path(folder, "metadata").glob("*.metadata.json")):
        by = "Iceberg"
    if by is not None:
        raise ValueError(
            f"{shorten(folder)} is a table of {by}, which keeps files of deleted rows. Read it "
            f"with {by}, and pass the dataset or the batches."
        )


def _check_compressed(files: Iterable[str]) -> None:
    """Check that no file is there once as it is and once compressed."""
    names = set(files)
    for file in names:
        base, ending = os.path.splitext(file)
        if ending.lower() in COMPRESSED and base in names:
            raise ValueError(
                f"data must name each file once; got {shorten(base, 200)} and "
                f"{shorten(file, 200)}, which look like one file. Leave out one of them."
            )
