"""Write which independent check holds which figures, as a page: python tools/list_truth.py docs/truth.md"""

import sys
import tomllib
from pathlib import Path
from typing import Any

REGISTER = Path(__file__).parents[1] / "tests" / "oracle" / "truth.toml"
HEAD = """# What holds each figure

Each family of measures of `figures.csv` (`measure.NAME`) and each table of the GeoPackage, with the check that holds
it: a test that imports nothing of the product, or recomputes it by other means; `none` where there is none yet, and
why. From `tests/oracle/truth.toml`, by `make docs`; a test holds that every measure and table stands here once, and
that every check is a test.
"""


def families() -> list[dict[str, Any]]:
    """The families of figures, in the order of the register."""
    listed: list[dict[str, Any]] = tomllib.loads(REGISTER.read_text(encoding="utf-8"))["family"]
    return listed


def page() -> str:
    """The page as text."""
    listed = families()
    every = sum(len(family["holds"]) for family in listed)
    without = sum(len(family["holds"]) for family in listed if family["check"] == "none")
    rows = [
        f"| {family['title']} | {', '.join(f'`{name}`' for name in family['holds'])} | "
        f"{'none' if family['check'] == 'none' else '`' + family['check'] + '`'} | {family['by']} | "
        f"{family.get('tolerance', '')} | {family.get('date', '')} |"
        for family in listed
    ]
    head = ["| what | measures and tables | check | made with | tolerance | date |", "|---|---|---|---|---|---|"]
    return "\n".join([HEAD, f"Without a check: {without} of {every}.", "", *head, *rows, ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8", newline="\n")
