"""Validation of publish.toml: what it names must be there."""

import re
from collections.abc import Collection, Iterable, Mapping

from layers.derived import DERIVED
from layers.glossary import columns as dutch_words
from layers.layer import Layer
from pipeline.project.models import repeated
from pipeline.project.publish import MapAtlasConfig, MapRelationConfig, PublishConfig, StyleConfig

COUNTS = {"number", "total"}
OF_REPORT = (
    "cluster_overview",
    "parcel_overview",
    "piece_overview",
    "holding_overview",
    "site_sizes",
    "deviations",
    "source_overview",
    "terms",
)


def publish_faults(publish: PublishConfig) -> list[str]:
    """Layers, columns, entries and themes that publish.toml names and that are not there."""
    faults, words = [], dutch_words()
    publishable = {name: layer for name, layer in DERIVED.items() if layer.is_published}
    cards = [(card, publishable) for card in publish.published]
    for card, known in (*cards, (publish.changes, DERIVED), (publish.moved, DERIVED)):
        layer = known.get(card.layer)
        if layer is None:
            stated = "publishable layer" if card.layer in DERIVED else "known layer"
            faults.append(
                f"publish.toml: '{card.name}' shows no {stated} '{card.layer}', expected one of {sorted(known)}"
            )
            continue
        faults += [
            f"layers/glossary.toml: no Dutch word for column '{column}' of '{layer.name}'"
            for column in layer.columns
            if column not in words
        ]
        if card.style is not None:
            faults += _style_faults(card.style, layer, f"publish.toml: '{card.name}'")
    # The map goes by the names of layers: while those are wrong its faults would only repeat them.
    return faults or _map_faults(publish) + _report_faults(publish)


def _report_faults(publish: PublishConfig) -> list[str]:
    """Layers that the report is made of and that are not published, or for inside only."""
    shown = {card.layer for card in publish.published if not card.is_internal}
    return [
        f"publish.toml: the report asks for '{name}', which is not published for everyone"
        for name in OF_REPORT
        if name not in shown
    ]


def _style_faults(style: StyleConfig, layer: Layer, named: str) -> list[str]:
    """Columns that a style names and the layer has not."""
    # Columns in braces; a column per year ends in {year}, and so holds braces of its own.
    words = re.findall(r"\{((?:\w|\{year\})+)\}", style.label_words or "")
    named_columns = (style.column, style.label, *style.tip, *(word for word in words if word not in ("year", "lead")))
    used = (name for name in named_columns if name is not None)
    return _column_faults(used, layer, f"{named} is drawn or labelled by")


def _map_faults(publish: PublishConfig) -> list[str]:
    """What the map names and is not there: published layers, columns, entries and themes."""
    layers = {card.name: DERIVED[card.layer] for card in publish.published}
    entries = {layer.key: layer.published for group in publish.map.group for layer in group.layers}
    faults = _entry_faults(publish, layers)
    for theme in publish.map.theme:
        faults += [
            f"publish.toml: map, theme '{theme.title}' shows '{key}', no entry"
            for key in theme.shows
            if key not in entries
        ]
    titles = {theme.title for theme in publish.map.theme}
    shown = {key: layers[table] for key, table in entries.items() if table in layers}
    for relation in publish.map.relation:
        faults += _relation_faults(relation, layers | shown)
    for atlas in publish.map.atlas:
        faults += _atlas_faults(atlas, shown, titles)
    return faults


def _entry_faults(publish: PublishConfig, layers: Mapping[str, Layer]) -> list[str]:
    every = [layer for group in publish.map.group for layer in group.layers]
    faults = [f"publish.toml: map, '{key}' is there twice" for key in repeated(layer.key for layer in every)]
    drawn = {card.name: card.style for card in publish.published}
    for layer in every:
        named = f"publish.toml: map, '{layer.key}'"
        if layer.published not in layers:
            faults.append(f"{named} is of '{layer.published}', which is not published")
            continue
        shown_layer = layers[layer.published]
        faults += _column_faults(layer.where, shown_layer, f"{named} asks for")
        faults += _style_faults(layer.style, shown_layer, named) if layer.style is not None else []
        if not (layer.style or drawn[layer.published]):
            faults.append(f"{named} has no style, nor has '{layer.published}'")
    return faults


def _relation_faults(relation: MapRelationConfig, known: Mapping[str, Layer]) -> list[str]:
    named = f"publish.toml: map, relation '{relation.title}'"
    faults = []
    for end, columns in ((relation.parent, relation.on.keys()), (relation.child, relation.on.values())):
        if end not in known:
            faults.append(f"{named} is of '{end}', no entry and no table")
        else:
            faults += _column_faults(columns, known[end], f"{named} goes by")
    return faults


def _atlas_faults(atlas: MapAtlasConfig, shown: Mapping[str, Layer], themes: Collection[str]) -> list[str]:
    named = f"publish.toml: map, atlas '{atlas.title}'"
    faults = [f"{named} is drawn in '{atlas.theme}', no theme"] if atlas.theme not in themes else []
    if atlas.entry not in shown:
        return [*faults, f"{named} is of '{atlas.entry}', no entry"]
    used = {atlas.name_by, *atlas.tells, *re.findall(r"\{(\w+)\}", atlas.heading.replace("{year}", ""))} - {
        *COUNTS,
        "day",
    }
    return faults + _column_faults(sorted(used), shown[atlas.entry], f"{named} tells")


def _column_faults(names: Iterable[str], layer: Layer, said: str) -> list[str]:
    return [f"{said} '{name}', no column of '{layer.name}'" for name in names if name not in layer.columns]
