"""Set up .venv: the libraries of the lock, the tool itself, and compiled kernels, saying what it does.

`make` calls it where .venv is missing or the lock changed; without make: python3 tools/set_up.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".venv"
INSTALL = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
COMPILE = 'from pipeline.stages.overlay.compilation import compile_kernels; compile_kernels("fast")'
DOT_SECONDS = 3.0  # a sign of life, also where the output goes to a file


def main() -> None:
    """Set up, or say in a sentence what is missing."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever calls it may have another
        sys.exit("Python 3.11 or later is needed; name one with: make PYTHON=python3.12")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        sys.exit("this Python cannot make a virtual environment; install python3-venv first")
    if PLACE.is_symlink():
        PLACE.unlink()
    elif PLACE.exists():
        shutil.rmtree(PLACE)
    python = str(PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    say(f"setting up .venv with Python {sys.version.split()[0]}, once: two to three minutes\n")
    step("virtual environment", [sys.executable, "-m", "venv", str(PLACE)])
    step("libraries, as pinned", [python, *INSTALL, "--require-hashes", "-r", "requirements.lock"])
    step("industrieruimte", [python, *INSTALL, "--no-deps", "--no-build-isolation", "-e", "."])
    step("kernels that cut land", [python, "-c", COMPILE])


def step(name: str, command: list[str]) -> None:
    """Do a step with a dot for every few seconds; what it wrote is shown where it fails, which ends the set-up."""
    say(f"  {name:<24}")
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        with subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT) as process:
            while not is_done(process):
                say(".")
        if process.returncode:
            output.seek(0)
            say(f" failed\n{output.read()}")
            sys.exit(process.returncode)
    say(f" {time.monotonic() - begun:.0f} s\n")


def is_done(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process ends within the time of a dot."""
    try:
        process.wait(DOT_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def say(text: str) -> None:
    """Write a text at once, whatever is still to follow on its line."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
