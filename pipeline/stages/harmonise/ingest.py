"""Make one source layer from all the sources that fill it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pandas as pd

from layers.derived import DERIVED
from layers.derived.source_facts import LAYER as FACTS
from layers.errors import ConfigRefusal, Refusal, SourceRefusal, concerning, together
from layers.sentences import Sentence
from layers.sources import SOURCES, TABLES
from pipeline.project.data_folders import Folders
from pipeline.project.project import Project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig, about_file
from pipeline.spatial.raster import GridInRd
from pipeline.stages.harmonise import harmonise
from pipeline.stages.harmonise.names import refuse_lost_rows, refuse_unknown_plots


def run(
    config: Project,
    layer: str,
    tables: Mapping[str, Any],
    *,
    source_roots: Mapping[str, Folders],
    read_source: Callable[[SourceConfig, Folders, str | None], RawTable | GridInRd],
    with_boxes: Callable[[SourceConfig, str], SourceConfig],
    notes: list[str],
) -> dict[str, Any]:
    """One layer from all the sources that fill it: the table (RD New) or grid, rows refused, and what was
    done to them; notes takes what was done to a grid. Of all layers together nothing is made: what the project and the
    registers name must be among them."""
    if layer not in SOURCES:
        with concerning(file="projects.csv"):
            refuse_unknown_plots(config.projects, tables)
        refuse_lost_rows(config.sources, tables)
        return {}
    sources = {name: source for name, source in config.sources.items() if source.layer == layer}
    files = tables["source_files"]
    pinned = dict(zip(files["source"], files["sha256"], strict=True))
    boxes = dict(zip(files["source"], files["clip"], strict=True))
    results, refusals = {}, []
    for name, source in sources.items():
        try:
            raw = read_source(with_boxes(source, boxes.get(name, "")), source_roots[name], pinned.get(name))
            if not isinstance(raw, RawTable):
                return _grid(layer, name, raw, notes)  # grids are not merged: a layer has one source
            with about_file(source):
                results[name] = harmonise(raw, source, TABLES[layer])
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        raise together(refusals)
    with concerning(layer=layer):
        no_key_twice(layer, {name: result.table for name, result in results.items()})
        table = TABLES[layer].collect(result.table for result in results.values())
        if layer == "cluster_boundaries":
            match_clusters(table, config.clusters)
    return {
        layer: table,
        "refused": DERIVED["refused"].collect(result.refused for result in results.values()),
        "refused_shapes": DERIVED["refused_shapes"].collect(result.refused_shapes for result in results.values()),
        "source_facts": DERIVED["source_facts"].collect(result.facts for result in results.values()),
    }


def _grid(layer: str, source: str, brought: GridInRd, notes: list[str]) -> dict[str, Any]:
    """The grid of a layer, and how it came to RD New; what was changed in it is noted."""
    if brought.changes:
        notes.append(f"grid of source '{source}', in {brought.crs}, brought to RD New: {brought.changes}")
    counts = [name for name in FACTS.columns if name.startswith(("rows_", "area_"))]
    facts = dict.fromkeys(counts, 0) | {
        "source": source,
        "layer": layer,
        "crs": brought.crs,
        "crs_operation": "; ".join(filter(None, (brought.operation, brought.changes))),
        "accuracy_m": brought.accuracy_m,
    }
    nothing = {name: DERIVED[name].empty() for name in ("refused", "refused_shapes")}
    return {layer: brought.grid, **nothing, "source_facts": FACTS.collect([facts])}


def no_key_twice(layer: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a key that two sources of one layer share: nobody can say which of the two is right.

    The number of a contract says which contract it is, whatever the plot."""
    key = ["contract_id"] if "contract_id" in TABLES[layer].key else list(TABLES[layer].key)
    every = pd.concat(
        [pd.DataFrame(table[key]).drop_duplicates().assign(source=name) for name, table in tables.items()]
    )
    twice = every[every.duplicated(key, keep=False)]
    if len(twice):
        names = sorted(set(twice["source"]))
        raise SourceRefusal(
            Sentence("sources {names} of layer '{layer}'", names=names, layer=layer),
            actual=Sentence(
                "{count} rows that share a key, first {key}", count=len(twice), key=twice[key].iloc[0].to_dict()
            ),
            expected="each key in one source",
            todo=Sentence(
                "tell them apart with a prefix in each card that names them "
                '({key} = {{ from = "...", prefix = "A:" }}); '
                "or pick rows with `where` in one of the cards, or remove a card",
                key=key[0],
            ),
        )


def match_clusters(boundaries: pd.DataFrame, clusters: Collection[str]) -> None:
    """Refuse boundaries of a cluster without a card, and cards of a cluster without a boundary."""
    drawn, known = set(boundaries["cluster_id"]), set(clusters)
    faults: list[str] = [
        Sentence("cluster '{name}' has a boundary and no card clusters/{name}.toml", name=name)
        for name in sorted(drawn - known)
    ]
    faults += [Sentence("cluster '{name}' has a card and no boundary", name=name) for name in sorted(known - drawn)]
    if faults:
        raise ConfigRefusal(
            "clusters", actual=faults, todo="add or remove cards, or pick boundaries with `where` in their source card"
        )
