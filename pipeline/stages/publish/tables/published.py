"""Published tables: every layer that can be published under its contract, and the tables that publish.toml asks for."""

import dataclasses
from collections.abc import Mapping
from functools import cache

import pandas as pd

from layers.derived import DERIVED
from layers.derived.layers_not_supplied import LAYER as LAYERS_NOT_SUPPLIED
from layers.derived.layers_not_supplied import TREATMENTS
from layers.glossary import columns as dutch_columns
from layers.glossary import terms
from layers.layer import Layer
from layers.sources import SOURCES, TABLES
from pipeline.land.not_supplied import not_supplied
from pipeline.project.project import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.stages.publish.styles.style import fields, looks
from pipeline.stages.publish.tables import overviews as views
from pipeline.stages.publish.tables.confidential_columns import confidential_columns, private_sources
from pipeline.stages.publish.tables.near_misses import near_miss_overview
from pipeline.stages.publish.tables.pieces import StageTables
from pipeline.stages.publish.tables.placements import placement_overview
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.tables.refused_rows import refused_overview
from pipeline.stages.publish.text.reasons import plot_reasons
from pipeline.stages.publish.text.three_lines import plot_texts_of
from pipeline.stages.publish.text.translate import translate

ACCOUNTS = ("land_balance", "waterfall")
FIGURES_KEY = ["cluster_id", "year", "case", "profile", "measure", "heading"]


def overviews(tables: StageTables, project: Project, edition: str = "internal") -> dict[str, pd.DataFrame]:
    """Every layer that can be published, in our words, each under its contract; m2, RD New."""
    plot_texts = plot_texts_of(project, tables, project.publish.lead_profile, edition)
    rooms = views.room_overview(tables, plot_texts.story.narrator)
    names = titles(project) | {name: card.title for name, card in project.clusters.items()}
    pieces = views.piece_overview(tables, project, rooms)
    stories = plot_texts.texts().merge(
        plot_reasons(pieces, project.years, project.balance.slivers), on=views.PARCEL_KEY
    )
    deviations = views.deviations(tables)
    if edition == "public":
        deviations = views.veiled(deviations, private_sources(project))
    joined = {
        "cluster_overview": views.cluster_overview(tables, project),
        "parcel_overview": views.parcel_overview(tables, project, stories),
        "piece_overview": pieces,
        "room_overview": rooms,
        "placement_overview": placement_overview(tables["placements"], names),
        "near_miss_overview": near_miss_overview(tables["near_misses"]),
        "usable_land": views.usable_land(tables, project),
        "constraint_areas": views.constraint_areas(tables, project.publish.law_links),
        "source_overview": views.source_overview(tables),
        "deviations": deviations,
        "refused_overview": refused_overview(tables, project, edition),
        "terms": pd.DataFrame(terms()),
        "holding_overview": views.holding_overview(tables),
        "layers_not_supplied": layers_not_supplied(project),
        "left_out": left_out(project, edition).replace({"column": dutch_columns()}),
    }
    # As it stands: what was read was checked, and put in order, by the stage that wrote it.
    published = {name: table for name, table in tables.items() if name in DERIVED and DERIVED[name].is_published}
    for name, frame in joined.items():
        layer = _of_years(name, project.years)
        published[name] = layer.conform(frame) if len(frame) else layer.empty()
        # Of what is made here no column slips in because it was joined.
        layer.check(published[name], project.card.name)
    return published


@cache
def _of_years(name: str, years: tuple[int, ...]) -> Layer:
    """A derived layer with its columns per year, which is the same for all units."""
    return DERIVED[name].for_years(years)


def sheets(
    overviews_by_name: Mapping[str, pd.DataFrame], project: Project, edition: str = "internal"
) -> list[PublishedTable]:
    """The layers and tables of the GeoPackage (EPSG:28992, ha) as the cards of publish.toml ask for them."""
    names = {name: layer.title for name, layer in SOURCES.items()} | titles(project)
    ending = _ending(project, edition)
    rights = (project.publish.disclaimer, credit(project))
    published = []
    for card in project.publish.published:
        if card.is_internal and edition != "internal":
            continue
        whole = _of_years(card.layer, project.years)
        layer = public(whole) if edition == "public" else whole
        content = translate(overviews_by_name[card.layer], layer, names, account=card.layer in ACCOUNTS)
        sheet = bound(card, f"{card.description} {ending}", content, (layer, project.years))
        published.append(dataclasses.replace(sheet, rights=rights))
    return published


def _ending(project: Project, edition: str) -> str:
    """What ends the description of every table: for which day, scenario and readers it is."""
    scenario = f" Scenario: {project.scenario.title}." if project.scenario is not None else ""
    readers = "Openbare" if edition == "public" else "Interne"
    day = f"{project.card.reference_date:%d-%m-%Y}"
    return f"Peildatum {day}. {project.publish.disclaimer}{scenario} {readers} editie."


def titles(project: Project) -> dict[str, str]:
    """What a planner calls activities and constraints, by key."""
    names = {name: card.title for name, card in project.profiles.items()}
    return names | {rule.name: rule.title for rule in project.constrain.constraint}


def credit(project: Project) -> str:
    """Whose data it rests on, under which licences; the newest date among them."""
    licences = sorted({card.licence for card in project.sources.values()})
    newest = max((card.dated for card in project.sources.values()), default=project.card.reference_date)
    return f"Bronnen: {'; '.join(licences)}. Nieuwste bron {newest:%d-%m-%Y}; alle staan in de tabel Bronnen."


def layers_not_supplied(project: Project) -> pd.DataFrame:
    """Source layers that the results do without, and what each could change, in Dutch."""
    rows = []
    for layer in not_supplied(project):
        changes = [f"regel: {title}" for title in layer.rules]
        changes += ["kade en diepgang" if layer.layer == "quays" else "wie de grond heeft"] * layer.is_proof
        rows.append(
            {
                "layer": layer.layer,
                "treated_as": TREATMENTS[layer.is_unknown],
                "decides": layer.decides,
                "could_change": "; ".join(changes) or "kenmerken van kavels, geen oordeel",
                "stated_basis": layer.basis,
            }
        )
    return pd.DataFrame(rows, columns=[*LAYERS_NOT_SUPPLIED.columns])


def note_on_layers(project: Project) -> str:
    """How many source layers that could change hectares the results do without, as a sentence; empty for none."""
    count = sum(layer.decides for layer in not_supplied(project))
    if not count:
        return ""
    # Short, for it stands below every picture.
    return f"Niet meegenomen: {count} {'bronlaag' if count == 1 else 'bronlagen'} (zie de tabel)."


def left_out(project: Project, edition: str) -> pd.DataFrame:
    """What an edition leaves out: confidential columns of sources and of published layers, and tables for
    inside only.
    """
    if edition == "internal":
        return DERIVED["left_out"].empty()
    rows = {
        (card.layer, column, "source_column")
        for card in project.sources.values()
        if card.layer in TABLES
        for column in confidential_columns(TABLES[card.layer])
    }
    for card in project.publish.published:
        columns = ["all"] if card.is_internal else confidential_columns(DERIVED[card.layer])
        kind = "published_table" if card.is_internal else "published_column"
        rows |= {(card.title, column, kind) for column in columns}
    return DERIVED["left_out"].conform(pd.DataFrame(sorted(rows), columns=["layer", "column", "kind"]))


def bound(
    card: PublishedLayerConfig, about: str, content: pd.DataFrame, layer_and_years: tuple[Layer, tuple[int, ...]]
) -> PublishedTable:
    """A sheet with the fields (areas in ha) and looks that card and contract ask for."""
    shown = fields(*layer_and_years)
    drawn = looks(card.style, shown, layer_and_years[1], card.title)
    return PublishedTable(card.name, card.title, about, content, shown, drawn, card.layer)


def public(layer: Layer) -> Layer:
    """The layer without its confidential columns, also where they are of its key."""
    columns = {name: column for name, column in layer.columns.items() if not column.confidential}
    # A layer takes the shared columns of its key by itself: one that stays in the key would come back.
    return dataclasses.replace(layer, columns=columns, key=tuple(name for name in layer.key if name in columns))


def figures(tables: StageTables) -> pd.DataFrame:
    """The whole accounting as figures.csv has it: cluster, year, case, profile, measure, heading, m2, count; sorted."""
    falls = tables["waterfall"]
    # The waterfall stands there twice: in its order, and without order under a name of its own.
    shared = falls.assign(measure="waterfall_shapley", area_m2=falls["share_m2"])
    rows = pd.concat([tables["land_balance"], falls, shared], ignore_index=True)
    return rows.sort_values(FIGURES_KEY, ignore_index=True)[[*FIGURES_KEY, "area_m2", "count"]].rename(
        columns={"cluster_id": "cluster"}
    )
