"""Inname: one layer from all the sources that fill it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from layers.derived.refused import LAYER as REFUSED
from layers.derived.source_facts import LAYER as FACTS
from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import RASTERS, TABLES
from pipeline.project.load import Project
from pipeline.project.raw_table import RawTable
from pipeline.runner.stage import Tables
from pipeline.stages.acquire import read_source
from pipeline.stages.harmonise import harmonise


def harmonise_layer(project: Project, layer: str, roots: Mapping[str, Path]) -> Tables:
    """One layer from all its sources in our words: the table or grid, rows refused, and what was done to them."""
    cards = {name: card for name, card in project.sources.items() if card.layer == layer}
    raws = {name: read_source(card, roots[name]) for name, card in cards.items()}
    if layer in RASTERS:
        (grid,) = raws.values()
        return {layer: grid}
    done = [harmonise(raw, cards[name], TABLES[layer]) for name, raw in raws.items() if isinstance(raw, RawTable)]
    no_key_twice(layer, {name: one.table for name, one in zip(raws, done, strict=True)})
    whole = TABLES[layer].conform(pd.concat([one.table for one in done]))
    if layer == "cluster_boundaries":
        match_clusters(whole, project)
    return {
        layer: whole,
        "refused": REFUSED.conform(pd.concat([one.refused for one in done])),
        "source_facts": FACTS.conform(pd.concat([one.facts for one in done])),
    }


def no_key_twice(layer: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a key that two sources of one layer share: nobody can say which of the two is right."""
    key = list(TABLES[layer].key)
    every = pd.concat([pd.DataFrame(table[key]).assign(source=name) for name, table in tables.items()])
    twice = every[every.duplicated(key, keep=False)]
    if len(twice):
        names = sorted(set(twice["source"]))
        raise SourceRefusal(
            f"sources {names} of layer '{layer}'",
            actual=f"{len(twice)} rows that share a key, first {twice[key].iloc[0].to_dict()}",
            expected="each key in one source",
            todo="pick rows with `where` in one of the cards, or remove a card",
        )


def match_clusters(boundaries: pd.DataFrame, project: Project) -> None:
    """Refuse boundaries of a cluster without a card, and cards of a cluster without a boundary."""
    drawn, known = set(boundaries["cluster_id"]), set(project.clusters)
    found = [f"cluster '{name}' has a boundary and no card clusters/{name}.toml" for name in sorted(drawn - known)]
    found += [f"cluster '{name}' has a card and no boundary" for name in sorted(known - drawn)]
    if found:
        raise ConfigRefusal(
            "clusters", actual=found, todo="add or remove cards, or pick boundaries with `where` in their source card"
        )
