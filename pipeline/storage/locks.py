"""A lock on a file that other processes see, alone or with others that only read: on POSIX and on Windows."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# Windows has no shared lock here: who shares takes one of so many bytes, and who wants the file alone all of them. They
# lie far behind the content, for what is locked there nobody else can read.
SHARED_PLACES, FIRST_PLACE = 64, 1 << 30
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)  # what file systems without locks answer


@contextmanager
def locked(path: Path, *, is_shared: bool) -> Iterator[IO[bytes] | None]:
    """Hold a lock on a file, made if it is not there; gives the file, None while another holds a lock that shuts
    this one out. Where the file system knows no locks nothing is held."""
    # Without a buffer: what a full disk refuses is not written once more when it is closed.
    with path.open("ab", buffering=0) as handle:
        if sys.platform != "win32":
            yield handle if _posix_lock(handle.fileno(), is_shared) else None
            return
        held = _windows_lock(handle.fileno(), is_shared)
        try:
            yield handle if held is not None else None
        finally:
            if held:
                _windows_unlock(handle.fileno(), *held)


def _posix_lock(number: int, is_shared: bool) -> bool:
    """Whether an open file is locked, for as long as it is open."""
    import fcntl

    try:
        fcntl.flock(number, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as fault:
        return fault.errno in NO_LOCKS
    return True


def _windows_lock(number: int, is_shared: bool) -> tuple[int, ...] | None:
    """First byte and number of the bytes that were locked; none of them where there are no locks; None where another
    holds what shuts this out."""
    import msvcrt

    for place, count in [(place, 1) for place in range(SHARED_PLACES)] if is_shared else [(0, SHARED_PLACES)]:
        os.lseek(number, FIRST_PLACE + place, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, count)  # type: ignore[attr-defined,unused-ignore]
        except OSError as fault:
            if fault.errno in NO_LOCKS:
                return ()
        else:
            return FIRST_PLACE + place, count
    return None


def _windows_unlock(number: int, place: int, count: int) -> None:
    import msvcrt

    os.lseek(number, place, os.SEEK_SET)
    msvcrt.locking(number, msvcrt.LK_UNLCK, count)  # type: ignore[attr-defined,unused-ignore]
