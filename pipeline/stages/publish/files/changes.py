"""GeoPackages of one layer for questions on results: land that changed between runs, or between scenarios."""

import datetime as dt
from pathlib import Path

import pandas as pd

from layers.derived import DERIVED
from pipeline.project.project import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.stages.publish.files.geopackage import write
from pipeline.stages.publish.tables.published import bound, titles
from pipeline.stages.publish.text.translate import translate
from pipeline.storage.geopackages import refuse_other_layers


def write_changes(land: pd.DataFrame, days: tuple[dt.date, dt.date], card: PublishedLayerConfig, path: Path) -> None:
    """Write the land (EPSG:28992, ha) that changed between two runs as a GeoPackage with one styled layer; a
    run without changes writes none.
    """
    moved = land[(land["change"] != "unchanged") | (land["lineage"] != "same")]
    layer = DERIVED["land_changes"]
    days_text = " en ".join(f"{day:%d-%m-%Y}" for day in days)
    about = f"{card.description} Peildata {days_text}."
    if len(moved):
        refuse_other_layers(path, card.name)
        write([bound(card, about, translate(moved, layer, {}), (layer, (days[1].year,)))], path, days[1])


def write_moved(land: pd.DataFrame, project: Project, names: tuple[str, str], path: Path) -> None:
    """Write the land (EPSG:28992, ha) that two scenarios judge otherwise as a GeoPackage with one styled layer."""
    card, layer = project.publish.moved, DERIVED["scenario_changes"]
    about = f"{card.description} Van {names[0]} naar {names[1]}. {project.publish.disclaimer}"
    sheet = bound(card, about, translate(land, layer, titles(project)), (layer, project.years))
    refuse_other_layers(path, sheet.name)
    write([sheet], path, project.card.reference_date)
