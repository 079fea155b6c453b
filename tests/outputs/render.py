"""Draw each layer of a GeoPackage with QGIS: python3 render.py FILE.gpkg FOLDER; needs python3-qgis."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProviderRegistry,
    QgsRendererCategory,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

# Columns that tell of a theme, each drawn by its values.
COLOURED = (
    ("kavels", "overstroming"),
    ("kavels", "luchtklasse"),
    ("kavels", "netcongestie_afname"),
    ("kavels", "cemt_klasse"),
    ("deelvlakken", "hoogste_categorie_2050"),
)


def draw(layers, extent, path):
    """One picture of layers, the first on top."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(1400, 900))
    settings.setDestinationCrs(layers[0].crs())
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(path))


def main(source, folder):
    """Every layer alone, in its default style; the constraints also theme by theme, over the plots."""
    app = QgsApplication([], False)
    app.initQgis()
    Path(folder).mkdir(parents=True, exist_ok=True)
    layers = {}
    for part in QgsProviderRegistry.instance().querySublayers(source):
        layer = QgsVectorLayer(part.uri(), part.name(), "ogr")
        if layer.isSpatial():
            layers[part.name()] = layer
    extent = layers.get("kavels", next(iter(layers.values()))).extent()
    extent.scale(1.05)
    for name, layer in layers.items():
        draw([layer], extent, Path(folder) / f"{name}.png")
    rules = layers.get("belemmeringen")
    for theme in sorted(rules.uniqueValues(rules.fields().indexOf("thema"))) if rules else ():
        rules.setSubsetString(f"thema = '{theme}'")
        draw([rules, layers["kavels"]] if "kavels" in layers else [rules], extent, Path(folder) / f"thema_{theme}.png")
    for name, column in COLOURED if "kavels" in layers else ():
        layer = layers[name].clone()
        values = sorted(layer.uniqueValues(layer.fields().indexOf(column)), key=str)
        kinds = []
        for index, value in enumerate(values):
            symbol = QgsSymbol.defaultSymbol(layer.geometryType())
            symbol.setColor(QColor.fromHsv(int(300 * index / max(1, len(values))), 160, 220))
            kinds.append(QgsRendererCategory(value, symbol, str(value)))
        layer.setRenderer(QgsCategorizedSymbolRenderer(column, kinds))
        draw([layer], extent, Path(folder) / f"kaart_{column}.png")
        sys.stdout.write(f"{column}: {', '.join(map(str, values))}\n")
    if {"clusters", "deelvlakken"} <= set(layers):
        draw([layers["clusters"], layers["deelvlakken"]], extent, Path(folder) / "overzicht.png")
    sys.stdout.flush()
    os._exit(0)  # QGIS may crash on its way out, after all is drawn


if __name__ == "__main__":
    main(*sys.argv[1:])
