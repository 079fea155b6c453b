"""Publiceren: what does the planner open?

reads   all derived layers
writes  <cluster>.gpkg, nederland.gpkg, figures.csv, figures/, report.html
keeps   the same figures, in Dutch; nothing confidential in the public edition
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from layers.derived import DERIVED
from layers.errors import ContractRefusal
from layers.glossary import choices
from layers.layer import Layer
from layers.sources import SOURCES, TABLES
from pipeline.project.load import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.stages.publish.files.geopackage import write
from pipeline.stages.publish.qgis.map_model import Asked, plan
from pipeline.stages.publish.qgis.project import qgs
from pipeline.stages.publish.report.report import REPORT, Told, report
from pipeline.stages.publish.styles.style import fields, looks
from pipeline.stages.publish.tables import overviews as views
from pipeline.stages.publish.tables import room as room_views
from pipeline.stages.publish.tables.near_misses import near_miss_overview
from pipeline.stages.publish.tables.placements import placement_overview
from pipeline.stages.publish.tables.published_table import Sheet
from pipeline.stages.publish.text.parcel_story import Story
from pipeline.stages.publish.text.reasons import plot_reasons
from pipeline.stages.publish.text.sentences import Narrator
from pipeline.stages.publish.text.translate import translate

__all__ = [
    "REPORT",
    "Asked",
    "Sheet",
    "Told",
    "credit",
    "overviews",
    "plan",
    "prove_public",
    "qgs",
    "report",
    "sheets",
    "write",
]
ACCOUNTS = ("land_balance", "waterfall")
SHORTEST_SECRET = 4


def overviews(tables: Mapping[str, Any], project: Project, edition: str = "internal") -> dict[str, pd.DataFrame]:
    """Every layer that can be published, in our words, each under its contract; m2, RD New."""
    lead = project.publish.lead_profile
    narrator = Narrator(
        tables["zones"], project.constrain.constraint, project.effects, project.profiles, project.assess
    )
    told = room_views.room_overview(tables["rooms"], narrator)
    names = {name: card.title for name, card in project.profiles.items()}
    names |= {name: card.title for name, card in project.clusters.items()}
    story = Story(narrator, project.clusters, (lead, project.profiles[lead]), tables, lifted=project.lifted)
    pieces = views.piece_overview(tables, lead, project.profiles[lead], told)
    of_plots = story.told().merge(plot_reasons(pieces, project.years), on=["cluster_id", "parcel_id"])
    made: dict[str, pd.DataFrame] = {
        "cluster_overview": views.cluster_overview(tables, project.clusters, project.years, lead),
        "parcel_overview": views.parcel_overview(tables, project.years, lead, of_plots),
        "piece_overview": pieces,
        "room_overview": told,
        "placement_overview": placement_overview(tables["placements"], names),
        "near_miss_overview": near_miss_overview(tables["near_misses"]),
        "usable_land": views.usable_land(tables, project.profiles),
        "constraint_areas": views.constraint_areas(tables),
        "source_overview": views.source_overview(tables),
        "deviations": views.deviations(tables),
        "terms": views.glossary_terms(),
        "holding_overview": views.holding_overview(tables),
        "left_out": views.in_dutch(left_out(project, edition)),
    }
    made |= {name: tables[name] for name, layer in DERIVED.items() if layer.is_published and name not in made}
    if edition == "public":
        private = [
            name for name, card in project.sources.items() if card.layer in TABLES and _confidential(TABLES[card.layer])
        ]
        made["deviations"] = views.veiled(made["deviations"].reset_index(drop=True), private)
    checked = {}
    for name, frame in made.items():
        layer = DERIVED[name].for_years(project.years)
        checked[name] = layer.conform(frame) if len(frame) else layer.empty()
        layer.check(checked[name], project.card.name)
    return checked


def sheets(made: Mapping[str, pd.DataFrame], project: Project, edition: str = "internal") -> list[Sheet]:
    """The layers and tables of the GeoPackage as the cards of publish.toml ask for them."""
    titles = {name: card.title for name, card in project.profiles.items()}
    titles |= {name: layer.title for name, layer in SOURCES.items()}
    titles |= {constraint.name: constraint.title for constraint in project.constrain.constraint}
    shown = [card for card in project.publish.published if edition == "internal" or not card.is_internal]
    return [_sheet(card, made[card.layer], (project, edition), titles) for card in shown]


def credit(project: Project) -> str:
    """Whose data it rests on, under which licences; the newest date among them."""
    licences = sorted({card.licence for card in project.sources.values()})
    newest = max((card.dated for card in project.sources.values()), default=project.card.reference_date)
    return f"Bronnen: {'; '.join(licences)}. Nieuwste bron {newest:%d-%m-%Y}; alle staan in de tabel Bronnen."


def left_out(project: Project, edition: str) -> pd.DataFrame:
    """What an edition leaves out: confidential columns of sources and of published layers, and tables for inside only."""
    if edition == "internal":
        return DERIVED["left_out"].empty()
    rows = [
        (layer.name, column, "source_column")
        for layer in TABLES.values()
        for column in _confidential(layer)
        if layer.name in {card.layer for card in project.sources.values()}
    ]
    for card in project.publish.published:
        if card.is_internal:
            rows.append((card.title, "all", "published_table"))
            continue
        rows += [(card.title, column, "published_column") for column in _confidential(DERIVED[card.layer])]
    return DERIVED["left_out"].conform(pd.DataFrame(rows, columns=["layer", "column", "kind"]))


def _sheet(
    card: PublishedLayerConfig, frame: pd.DataFrame, of: tuple[Project, str], titles: Mapping[str, str]
) -> Sheet:
    project, edition = of
    whole = DERIVED[card.layer].for_years(project.years)
    layer = public(whole) if edition == "public" else whole
    about = f"{card.description} Peildatum {project.card.reference_date:%d-%m-%Y}. {project.publish.disclaimer}"
    about += f" Scenario: {project.scenario.title}." if project.scenario is not None else ""
    about += " Openbare editie." if edition == "public" else " Interne editie."
    content = translate(frame, layer, titles, account=card.layer in ACCOUNTS)
    sheet = _bound(card, about, content, (layer, project.years))
    return dataclasses.replace(sheet, rights=(project.publish.disclaimer, credit(project)))


def _bound(card: PublishedLayerConfig, about: str, content: pd.DataFrame, of: tuple[Layer, tuple[int, ...]]) -> Sheet:
    """A sheet with the fields and looks that card and contract ask for; `of` is the layer and the asked years."""
    drawn = looks(card.style, of[0], of[1], card.title) if card.style is not None else ()
    return Sheet(card.name, card.title, about, content, fields(*of), drawn, card.layer)


def write_changes(land: pd.DataFrame, days: tuple[dt.date, dt.date], card: PublishedLayerConfig, path: Path) -> None:
    """Write the land that changed between two runs as a GeoPackage with one styled layer; a run without changes writes none."""
    moved = land[(land["change"] != "unchanged") | (land["lineage"] != "same")]
    layer = DERIVED["land_changes"]
    told = " en ".join(f"{day:%d-%m-%Y}" for day in days)
    about = f"{card.description} Peildata {told}."
    if len(moved):
        write([_bound(card, about, translate(moved, layer, {}), (layer, (days[1].year,)))], path, days[1])


def write_moved(land: pd.DataFrame, project: Project, names: tuple[str, str], path: Path) -> None:
    """Write the land that has another verdict in one scenario than in another as a GeoPackage with one styled layer."""
    card, layer = project.publish.moved, DERIVED["scenario_changes"]
    titles = {rule.name: rule.title for rule in project.constrain.constraint}
    titles |= {name: profile.title for name, profile in project.profiles.items()}
    about = f"{card.description} Van {names[0]} naar {names[1]}. {project.publish.disclaimer}"
    sheet = _bound(card, about, translate(land, layer, titles), (layer, project.years))
    write([sheet], path, project.card.reference_date)


def public(layer: Layer) -> Layer:
    """The layer without its confidential columns."""
    return dataclasses.replace(
        layer, columns={name: column for name, column in layer.columns.items() if not column.confidential}
    )


def confidential_values(tables: Mapping[str, pd.DataFrame], titles: Collection[str] = ()) -> dict[str, str]:
    """Every text that the contracts call confidential, with the column it stands in.

    Very short ones, and words that the published file speaks anyway (onbekend, the name of a site), cannot be told apart.
    """
    names = [tables[name]["site_name"].dropna() for name in ("cluster_boundaries", "holdings") if name in tables]
    spoken = {
        str(word).casefold()
        for word in [*choices(), *choices().values(), *titles, *pd.concat([*names, pd.Series(dtype=object)])]
    }
    found: dict[str, str] = {}
    for name, layer in {**TABLES, "refused": DERIVED["refused"]}.items():
        for column in _confidential(layer) if name in tables else []:
            texts = tables[name][column].dropna().astype(str)
            found |= {
                text: f"{name}.{column}"
                for text in texts
                if len(text) >= SHORTEST_SECRET and text.casefold() not in spoken
            }
    return found


def prove_public(written: list[Sheet], secrets: Mapping[str, str]) -> None:
    """Refuse when a confidential value stands as such in any text."""
    for sheet in written:
        for name in sheet.content.columns:
            texts = sheet.content[name]
            if name == "geom" or not (pd.api.types.is_string_dtype(texts) or texts.dtype == object):
                continue
            for text in set(texts.dropna().astype(str)):
                leaked = next(
                    (
                        secret
                        for secret in secrets
                        if secret in text and re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text)
                    ),
                    None,
                )
                if leaked is not None:
                    raise ContractRefusal(
                        f"table '{sheet.name}', column '{name}'",
                        actual=f"a confidential value of {secrets[leaked]}",
                        expected="none in the public edition",
                        todo="take it out of the text in the source, or publish the internal edition",
                    )


def _confidential(layer: Layer) -> list[str]:
    return [name for name, column in layer.columns.items() if column.confidential]
