"""Momentopname: what a run knew of who holds the land, kept beside its results so that a later run can be held against it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from layers.derived.refused import LAYER as REFUSED
from layers.errors import ConfigRefusal
from layers.sources import TABLES
from pipeline.line.catalog import REGISTERS, RESOLVED_FROM
from pipeline.line.land import resolve_params
from pipeline.project.load import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.project.resolve import ResolveConfig
from pipeline.stages.resolve import Known, ResolveParams
from pipeline.storage.store import Store

FILE = "work/snapshot.json"


@dataclass(frozen=True)
class Snapshot:
    """One side of a comparison: where its tables are, its rules, what it knew and when, which clusters it
    knows, and the day that it is asked for."""

    store: Store
    card: ResolveConfig
    asked: ResolveParams
    clusters: dict[str, str]
    changes: PublishedLayerConfig
    today: dt.date

    def tables(self) -> dict[str, Any]:
        """The tables that say who holds the land, as this run read them; empty where it had none."""
        found = {name: self._table(name, name) for name in RESOLVED_FROM}
        refused = [self.store.load("harmonise", name, "refused") for name in REGISTERS if self._has(name)]
        return {**found, "refused": REFUSED.conform(pd.concat(refused)) if refused else REFUSED.empty()}

    def _has(self, layer: str) -> bool:
        return self.store.receipt("harmonise", layer) is not None

    def _table(self, layer: str, table: str) -> Any:
        return self.store.load("harmonise", layer, table) if self._has(layer) else TABLES[layer].empty()

    def data_key(self) -> str:
        """What tells whether two runs read the same data: the checksums of the tables, and the proof that there is."""
        sums = {}
        for name in RESOLVED_FROM:
            receipt = self.store.receipt("harmonise", name)
            sums[name] = receipt.outputs.get(name, "") if receipt else ""
        days = {k: str(v) for k, v in self.asked.dated.items()}
        told = [sums, _known(self.asked.known), days, str(self.asked.today), sorted(self.clusters)]
        return json.dumps(told, sort_keys=True)


def describe(project: Project) -> str:
    """What a run knows of its rules and days, as JSON."""
    asked = resolve_params(project)
    content = {
        "resolve": project.resolve.model_dump(mode="json"),
        "reference_date": str(asked.today),
        "dated": {name: str(day) for name, day in asked.dated.items()},
        "known": _known(asked.known),
        "changes": project.publish.changes.model_dump(mode="json"),
        "clusters": {slug: card.title for slug, card in project.clusters.items()},
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)


def read(place: str) -> Snapshot:
    """The snapshot in a folder of results; `FOLDER@2030-01-01` is what that run foresees for a later day."""
    name, _, day = place.rpartition("@") if "@" in place and not Path(place).is_dir() else (place, "", "")
    path = Path(name) / FILE
    if not path.is_file():
        raise ConfigRefusal(
            f"'{name}'",
            actual=f"no {FILE} in it",
            expected="a folder of results",
            todo="name a folder that `industrieruimte run` wrote",
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    own = dt.date.fromisoformat(content["reference_date"])
    today = _later_day(place, day, own) if day else own
    dated = {layer: dt.date.fromisoformat(text) for layer, text in content["dated"].items()}
    asked = ResolveParams(own, {own.year: own}, dated, Known(**content["known"]))
    card, changes = (
        ResolveConfig.model_validate(content["resolve"]),
        PublishedLayerConfig.model_validate(content["changes"]),
    )
    return Snapshot(Store(Path(name)), card, asked, content["clusters"], changes, today)


def _later_day(place: str, text: str, own: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigRefusal(f"'{place}'", actual=f"'{text}' is no date", expected="FOLDER@2030-01-01") from None
    if day < own:
        raise ConfigRefusal(
            f"'{place}'",
            actual=f"a day before the reference date {own} of that run",
            expected="that day or a later one",
            todo="name a run of an earlier date",
        )
    return day


def _known(known: Known) -> dict[str, bool]:
    return dict(known.__dict__)
