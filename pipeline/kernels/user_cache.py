"""Where a user's caches stand, by the habits of each system."""

import os
import sys
from pathlib import Path


def user_cache() -> Path | None:
    """The folder of this tool among the caches of the user; None for a user without a home.

    On Windows %LOCALAPPDATA%, which stays on the machine: with a roaming profile ~ does not.
    """
    local = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(local or Path.home() / ".cache") / "industrieruimte"
    except RuntimeError:
        return None
