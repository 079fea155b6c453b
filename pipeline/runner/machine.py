"""What the machine and the session give a run: processors and memory, as far as the system says."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from layers.errors import ConfigRefusal

# What libraries set aside, most of which is never used: measured with two processors, where each has its own share.
ADDRESSED_BYTES, ADDRESSED_BYTES_PER_PROCESSOR = 2 * 2**30, 2**28
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def processors() -> int:
    """How many processors this process may use."""
    # A container or taskset may leave us fewer processors than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int | None:
    """The memory of the machine, or of the container that this runs in; None where the system does not say."""
    if sys.platform == "win32":
        import ctypes

        installed_kb = ctypes.c_ulonglong()
        is_known = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(installed_kb))
        return installed_kb.value * 1024 if is_known else None
    sizes: list[int] = []
    with suppress(ValueError, OSError, AttributeError):
        sizes.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(ValueError, OSError):  # no container, or one without a limit
        sizes.append(int(CONTAINER_LIMIT.read_text(encoding="utf-8")))
    return min(sizes, default=None)


def refuse_little_memory() -> None:
    """Refuse a session that may address too little memory: libraries end the program there without a word."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    needed = ADDRESSED_BYTES + ADDRESSED_BYTES_PER_PROCESSOR * processors()
    if limit != resource.RLIM_INFINITY and limit < needed:
        raise ConfigRefusal(
            "memory",
            actual=f"at most {limit / 2**30:.1f} GB may be addressed in this session",
            expected=f"at least {needed / 2**30:.1f} GB, of which a small project uses a fifth",
            todo="raise the limit: ulimit -v, or that of the container or scheduler",
        )
