"""Write files so that whoever reads finds the old content or the new, whole, even after a crash."""

import errno
import os
import secrets
import stat
from contextlib import suppress

_IN_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)
"""The errors of a folder that takes no new file, and of a mounted file that none can replace."""


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text in UTF-8 beside the file, bring it to the disk, and put it in place of the file.

    A link stays, and the file that it leads to is written. What is no file, such as a pipe, and
    what cannot be replaced, is written as it is. When this fails, nothing is left behind.
    """
    path = os.fsdecode(path)
    data = text.encode("utf-8", "backslashreplace")
    target = os.path.realpath(path)
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        _write(path, "wb", data)
        return
    if mode is not None:
        with open(target, "r+b"):
            pass  # a file that may not be written is not replaced either
    try:
        _replace(target, data, mode)
    except OSError as error:
        if mode is None or error.errno not in _IN_PLACE:
            raise OSError(error.errno, error.strerror, path) from None
        _write(target, "wb", data)


def _write(path: str, how: str, data: bytes) -> None:
    """Write a file and bring it to the disk, where it lies on one."""
    with open(path, how) as file:
        file.write(data)
        file.flush()
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fsync(file.fileno())


def _replace(target: str, data: bytes, mode: int | None) -> None:
    """Write a new file and rename it."""
    folder = os.path.dirname(target)
    beside = os.path.join(folder, f".{secrets.token_hex(8)}.tmp")
    try:
        _write(beside, "xb", data)
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Bring the new name to the disk, where folders can be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
