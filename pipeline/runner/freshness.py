"""Whether a unit is up to date, and if not, because of which input, config value or piece of code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.derived import DERIVED
from pipeline.project.config_view import file_and_key, flat
from pipeline.runner.code_closure import fingerprints
from pipeline.runner.inputs import load, origins, scope_of, tables_of, tables_read
from pipeline.runner.stage import OPTIONS, Origin, RunContext, Stage
from pipeline.storage.checksums import checksum_of_json
from pipeline.storage.store import Receipt

MOST_KEYS = 5  # so many keys of one file are named
OPTION_PREFIX = "option --"
# Config reaches a stage as objects of these classes: their methods are code that it runs.
CONFIG_MODULES = ("pipeline.project.project",)


@dataclass
class Evidence:
    """What units wrote, as far as it is known: by their receipts in the store, or by what a dry run found out.

    given_rows: rows that a stage gave in this run, which need no table to be looked at.
    """

    context: RunContext
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    code: dict[str, dict[str, str]] = field(default_factory=dict)
    config: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    given_rows: dict[Origin, list[dict[str, Any]]] = field(default_factory=dict)

    def receipt(self, stage: str, unit: str) -> Receipt | None:
        """The receipt of a unit; None where it did not run, or not all that it wrote is there."""
        known = self.receipts.get((stage, unit)) or self.context.store.receipt(stage, unit)
        if known is not None:
            self.receipts[stage, unit] = known  # to look is to take the checksum of all that it wrote
        return known

    def code_of(self, stage: Stage) -> dict[str, str]:
        """The parts of the code that a stage depends on, the same for all its units."""
        if stage.name not in self.code:
            self.code[stage.name] = code_of(stage)
        return self.code[stage.name]

    def config_of(self, stage: Stage, unit: str) -> dict[str, Any]:
        """The config that counts for a unit; the same for all units of which none has config of its own."""
        names, scope = stage.config_for(unit), scope_of(stage, self.context.project, unit)
        is_of_unit = any("{unit}" in name for name in names)
        key = (stage.name, *names, unit if is_of_unit else "", *sorted(scope.sources))
        if key not in self.config:
            self.config[key] = config_of(stage, self.context, unit)
        return self.config[key]

    def forget(self, stage: str, unit: str) -> None:
        """Look anew at what a unit wrote: it will be run."""
        self.receipts.pop((stage, unit), None)
        self.given_rows = {origin: rows for origin, rows in self.given_rows.items() if origin[:2] != (stage, unit)}

    def rows(self, origin: Origin) -> list[dict[str, Any]]:
        """The rows of a table that a unit wrote."""
        if origin not in self.given_rows:
            self.given_rows[origin] = load(self.context.store, [origin], origin[2]).to_dict("records")
        return self.given_rows[origin]


def expected_receipt(evidence: Evidence, stage: Stage, unit: str) -> Receipt:
    """What a unit would be made from now: its inputs by checksum, its config by value, its code by part."""
    context, inputs = evidence.context, dict[str, str]()
    reads = origins(context.line, stage, context.project, unit)
    row_columns = stage.reads_for(context.project, unit).rows
    for name, parts in reads.items():
        for origin in parts:
            # Only rows of this unit count: a change in those of another does not make it run again.
            if name in row_columns:
                inputs |= row_checksums(name, [row for row in evidence.rows(origin) if row[row_columns[name]] == unit])
                continue
            # Checksums, not times: an input that was written anew with the same bytes makes nothing run.
            earlier = evidence.receipt(origin[0], origin[1])
            inputs["/".join(origin)] = earlier.outputs.get(origin[2], "") if earlier else ""
    return Receipt(stage.name, unit, inputs, evidence.config_of(stage, unit), evidence.code_of(stage))


def row_checksums(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """A checksum for each row of a table, by its key."""
    return {"/".join([name, *(str(row[key]) for key in DERIVED[name].key)]): checksum_of_json(row) for row in rows}


def config_of(stage: Stage, context: RunContext, unit: str) -> dict[str, Any]:
    """The config that counts for a unit, by dotted key, and the options of a run that change what the stage writes."""
    project = context.project
    # Options stand in no card, and change what is written all the same.
    options = {f"{OPTION_PREFIX}{name}": getattr(context, name) for name in OPTIONS if name in stage.resources}
    return flat(project, stage.config_for(unit), scope_of(stage, project, unit)) | options


def code_of(stage: Stage) -> dict[str, str]:
    """The parts of the code that a stage depends on."""
    paths = [path for path in (stage.run, stage.shared, *stage.uses.values()) if path]
    seeds = [path.partition(":")[0] for path in paths] + [*(CONFIG_MODULES if stage.config else ())]
    return fingerprints(seeds, tables_read(stage).union(tables_of([stage.name])), with_words=stage.shows_words)


def line_version(line: Iterable[Stage]) -> str:
    """The code of a whole line as a digest, and what computes under it: what workers must have in common."""
    code = {name: part for stage in line for name, part in code_of(stage).items()}
    libraries = [
        f"{name.removeprefix('library ')} {code[name]}" for name in sorted(code) if name.startswith("library ")
    ]
    return ", ".join([f"code {checksum_of_json(code)[:12]}", *libraries])


def differences(now: Receipt, before: Receipt) -> list[str]:
    """In words, what differs between what a unit would be made from now and what it was made from."""
    words = [f"input '{name}' changed" for name in _changed(now.inputs, before.inputs)]
    return [*words, *_config_words(now.config, before.config), *_code_words(now.code, before.code)]


def _changed(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    names = list(dict.fromkeys([*now, *before]))
    return [name for name in names if name not in now or name not in before or now[name] != before[name]]


def _config_words(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Per file the keys that changed, each with its old and new value."""
    by_file: dict[str, list[str]] = {}
    for name in _changed(now, before):
        file, key = (name, "") if name.startswith(OPTION_PREFIX) else file_and_key(name, now if name in now else before)
        by_file.setdefault(file, []).append(f"{key} {_said(before, name)} -> {_said(now, name)}".strip())
    words = []
    for file, keys in by_file.items():
        more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
        words.append(f"{file}: {', '.join(keys[:MOST_KEYS])}{more}")
    # Where the first entry that fits counts, as in exercise of resolve.toml, order decides.
    if not words and list(now) != list(before):
        words.append("config: the same keys in another order")
    return words


def _said(values: Mapping[str, Any], name: str) -> str:
    if name not in values:
        return "(none)"
    text = str(values[name])
    return text if len(text) <= 60 else f"{text[:57]}..."


def _code_words(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The parts of the code that changed; of libraries the versions."""
    names = _changed(now, before)
    # A digest says nothing to a reader, a version does: of libraries both are told.
    libraries = [f"{name} {_said(before, name)} -> {_said(now, name)}" for name in names if name.startswith("library ")]
    parts = [name for name in names if not name.startswith("library ")]
    more = f" and {len(parts) - MOST_KEYS} more" if len(parts) > MOST_KEYS else ""
    return [*libraries, *([f"code: {', '.join(parts[:MOST_KEYS])}{more}"] if parts else [])]
