"""What a unit cost: seconds of processor and clock, the peak of memory, and bytes read and written.

cpu_s: of all threads of this process; wall_s: by the clock; peak_bytes: the most memory that the process had, what it
had before included; read_bytes, written_bytes: through files, without what is mapped into memory. Bytes are None where
the system does not count them for a process: only Linux does. There the peak begins anew with each unit, so that what
others measure of this process from outside (`time -v`) is that of its last unit.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PROCESS = Path("/proc/self")
RESET_PEAK = "5"  # what `clear_refs` takes to begin the peak of memory anew
COUNTED = {"read_bytes": "rchar", "written_bytes": "wchar"}

Cost = Mapping[str, float | None]


def begin() -> Cost:
    """Where the clocks and counts of this process stand; its peak of memory begins anew."""
    with suppress(OSError):  # not Linux, or not allowed: the peak is then that of the process since it began
        (PROCESS / "clear_refs").write_text(RESET_PEAK, encoding="utf-8")
    counts = _numbers("io")
    return {
        "cpu_s": time.process_time(),
        "wall_s": time.monotonic(),
        **{name: counts.get(theirs) for name, theirs in COUNTED.items()},
    }


def since(first: Cost) -> Cost:
    """What was spent since the clocks and counts stood so."""
    peak_kb = _numbers("status").get("VmHWM")
    spent = {name: None if stand is None else round(stand - (first[name] or 0.0), 3) for name, stand in begin().items()}
    return {**spent, "peak_bytes": None if peak_kb is None else peak_kb * 1024}


def _numbers(name: str) -> dict[str, int]:
    """The whole numbers that the system gives of this process, by their name; none where it gives none."""
    try:
        lines = (PROCESS / name).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    words = [line.replace(":", " ").split() for line in lines]
    return {parts[0]: int(parts[1]) for parts in words if len(parts) > 1 and parts[1].isdigit()}
