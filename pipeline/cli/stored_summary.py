"""What is written of results after a run, stored beside them: said again, it is taken from there and not from tables.

It is taken from the store only under a digest of all that it depends on: every receipt, which names each table by its
checksum and was compared with it in this run; every card; the edition, clusters and width; and our own code.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields

from pipeline.cli import messages
from pipeline.cli.report_lines import width
from pipeline.project.config_view import flat
from pipeline.runner.code_closure import ROOT
from pipeline.runner.stage import RunContext
from pipeline.storage.checksums import checksum_of_json
from pipeline.storage.whole_files import PRIVATE, replace

FILE = "work/summary.json"
PLACES = ("folder", "rules_folder")  # of the project: where it stands decides nothing


def balance_and_notes(context: RunContext, clusters: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines of the balance in hectares, and what the reader of the results should know."""
    path, key = context.store.outputs / FILE, _key(context, clusters)
    with suppress(OSError, ValueError, KeyError, TypeError):  # not there, or damaged
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["key"] == key:
            return stored["balance"], stored["notes"]
    balance, notes = messages.balance(context, clusters), messages.notes(context, clusters)
    with suppress(OSError):  # a full disk: it is read from the tables once more
        replace(path, json.dumps({"key": key, "balance": balance, "notes": notes}).encode(), PRIVATE)
    return balance, notes


def _key(context: RunContext, clusters: Sequence[str]) -> str:
    stores = [folder for folder in (context.store.outputs, context.store.base) if folder is not None]
    files = [path for folder in stores for path in sorted((folder / "receipts").rglob("*.json"))]
    files += [path for name in ("layers", "pipeline") for path in sorted((ROOT / name).rglob("*.py"))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    cards = [field.name for field in fields(context.project) if field.name not in PLACES]
    return checksum_of_json(
        [digest.hexdigest(), flat(context.project, cards), context.edition, list(clusters), width()]
    )
