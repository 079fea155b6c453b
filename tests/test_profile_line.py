"""The profile of the line: a line per stage, and our functions that weigh most in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("pyinstrument", reason="pyinstrument is not installed")
EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"


def test_each_stage_is_measured_and_its_functions_are_ours(capsys: pytest.CaptureFixture[str]) -> None:
    from tools.profile_line import main

    main(["--config", str(EXAMPLE), "--to", "harmonise", "--most", "3"])
    lines = capsys.readouterr().out.splitlines()
    stages = [line.split()[0] for line in lines if not line.startswith(" ")]
    functions = [line for line in lines if line.startswith(" ")]
    assert stages == ["acquire", "harmonise"] and 0 < len(functions) <= 6
    assert all(re.search(r"\d+\.\d% .* pipeline/", line) for line in functions)
