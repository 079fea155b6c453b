"""Fouten in het kaartje van publiceren: what it names must be there."""

from __future__ import annotations

import re

from layers.derived import DERIVED
from layers.layer import Layer
from pipeline.publish_card import PublishCard, StyleCard

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


def publish_faults(publish: PublishCard) -> list[str]:
    """Layers, columns, entries and themes that publish.toml names and that are not there."""
    faults = []
    for card in (*publish.published, publish.changes, publish.moved):
        layer = DERIVED.get(card.layer)
        if layer is None:
            faults.append(
                f"publish.toml: '{card.name}' shows no known layer '{card.layer}', expected one of {sorted(DERIVED)}"
            )
        elif card.style is not None:
            faults += _style_faults(card.style, layer, f"publish.toml: '{card.name}'")
    return faults or _map_faults(publish) + _report_faults(publish)


def _report_faults(publish: PublishCard) -> list[str]:
    """Layers that the report is made of and that are not published, or for inside only."""
    shown = {card.layer for card in publish.published if not card.is_internal}
    return [f"publish.toml: the report asks for '{name}', which is not published for everyone" for name in OF_REPORT if name not in shown]  # fmt: skip


def _style_faults(style: StyleCard, layer: Layer, named: str) -> list[str]:
    """Columns that a style names and the layer has not."""
    used = [name for name in (style.column, style.label, *style.tip) if name is not None and name not in layer.columns]
    return [f"{named} is drawn or told by '{name}', no column of '{layer.name}'" for name in used]


def _map_faults(publish: PublishCard) -> list[str]:
    """What the map names and is not there: published layers, columns, entries and themes."""
    layers = {card.name: DERIVED[card.layer] for card in publish.published}
    entries = {layer.key: layer.of for group in publish.map.group for layer in group.layers}
    keys = [layer.key for group in publish.map.group for layer in group.layers]
    faults = [f"publish.toml: map, '{key}' is there twice" for key in sorted(set(keys)) if keys.count(key) > 1]
    for layer in (layer for group in publish.map.group for layer in group.layers):
        named = f"publish.toml: map, '{layer.key}'"
        if layer.of not in layers:
            faults.append(f"{named} is of '{layer.of}', which is not published")
            continue
        own = layers[layer.of]
        faults += [
            f"{named} asks for '{name}', no column of '{own.name}'" for name in layer.where if name not in own.columns
        ]
        faults += _style_faults(layer.style, own, named) if layer.style is not None else []
        drawn = next(card.style for card in publish.published if card.name == layer.of)
        faults += [f"{named} has no style, nor has '{layer.of}'"] if layer.style is None and drawn is None else []
    for theme in publish.map.theme:
        faults += [
            f"publish.toml: map, theme '{theme.title}' shows '{key}', no entry"
            for key in theme.shows
            if key not in entries
        ]
    ends = {**entries, **{name: name for name in layers}}
    for relation in publish.map.relation:
        named = f"publish.toml: map, relation '{relation.title}'"
        faults += [
            f"{named} is of '{end}', no entry and no table"
            for end in (relation.parent, relation.child)
            if end not in ends
        ]
        for end, columns in ((relation.parent, relation.on.keys()), (relation.child, relation.on.values())):
            child = layers.get(ends.get(end, ""))
            faults += [
                f"{named} goes by '{name}', no column of '{child.name}'"
                for name in columns
                if child is not None and name not in child.columns
            ]
    titles = {theme.title for theme in publish.map.theme}
    for atlas in publish.map.atlas:
        named = f"publish.toml: map, atlas '{atlas.title}'"
        faults += [f"{named} is of '{atlas.of}', no entry"] if atlas.of not in entries else []
        covered = layers.get(entries.get(atlas.of, ""))
        used = {atlas.name_by, *atlas.tells, *re.findall(r"\{(\w+)\}", atlas.heading.replace("{year}", ""))} - COUNTS
        faults += [
            f"{named} tells '{name}', no column of '{covered.name}'"
            for name in sorted(used)
            if covered and name not in covered.columns
        ]
        faults += [f"{named} is drawn in '{atlas.theme}', no theme"] if atlas.theme not in titles else []
    return faults
