"""The ten rooms: imports go down only (contracts in pyproject.toml), and the clock is never read."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"cli", "queries", "line", "runner", "stages", "land", "kernels", "storage", "spatial", "project"}


def test_pipeline_has_ten_rooms_and_nothing_else() -> None:
    entries = {path.name for path in (ROOT / "pipeline").iterdir() if not path.name.startswith("__")}
    assert entries == ROOMS


@pytest.mark.parametrize("call", ["date.today(", "datetime.now(", "time.time(", "Timestamp.now("])
def test_the_clock_is_never_read(call: str) -> None:
    modules = [path for folder in ("layers", "pipeline") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in modules if call in path.read_text(encoding="utf-8")] == []
