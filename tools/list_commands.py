"""Write the table of commands into a page, between its two markers: python tools/list_commands.py README.md"""

import re
import sys
from pathlib import Path

from pipeline.cli.main import main
from pipeline.line import VERBS

BEGIN, END = "<!-- commands: make docs -->", "<!-- end of commands -->"


def with_commands(text: str) -> str:
    """Return the page with the stages in order, and the other verbs with the first sentence of their help."""
    stages = ", ".join(f"`{name}`" for name in VERBS)
    rows = [f"| {stages} | The stages of the line, in order: run one, after what is stale before it. |"]
    for name, command in main.commands.items():
        if name in VERBS:
            continue
        sentence = re.split(r"(?<=\.)\s", " ".join((command.help or "").split()), maxsplit=1)[0]
        rows.append(f"| `{name}` | {sentence} |")
    table = "\n".join([BEGIN, "| command | what it does |", "|---|---|", *rows, END])
    return re.sub(f"{BEGIN}.*{END}", lambda _: table, text, flags=re.DOTALL)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_commands(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
