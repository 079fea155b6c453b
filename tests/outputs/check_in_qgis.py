"""Open every layer of a GeoPackage in QGIS: valid, in RD New, drawn. Usage: check_in_qgis.py FILE.gpkg FOLDER"""

import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import QgsApplication, QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt.QtGui import QImage

WANTED = {
    "clusters",
    "kavels",
    "deelvlakken",
    "belemmeringen",
    "balans",
    "waterval",
    "bronnen",
    "afwijkingen",
    "begrippen",
}


def faults_of(layer):
    """What is wrong with one layer."""
    if not layer.isValid():
        return ["is not valid"]
    if not layer.isSpatial():
        return []
    faults = [] if layer.crs().authid() == "EPSG:28992" else [f"CRS {layer.crs().authid()}"]
    _, styled = layer.loadDefaultStyle()
    broken = sum(not feature.geometry().isGeosValid() for feature in layer.getFeatures())
    missing = [
        field.name()
        for index, field in enumerate(layer.fields())
        if field.name() != "fid" and not layer.attributeAlias(index)
    ]
    faults += [] if styled else ["no default style"]
    faults += [f"{broken} invalid shapes"] if broken else []
    return faults + ([f"fields without title: {missing}"] if missing else [])


def main(source, folder):
    """Exit 1 with every fault, if there is one."""
    app = QgsApplication([], True)
    app.initQgis()
    layers = {
        part.name(): QgsVectorLayer(part.uri(), part.name(), "ogr")
        for part in QgsProviderRegistry.instance().querySublayers(source)
    }
    faults = [f"{name}: {fault}" for name, layer in layers.items() for fault in faults_of(layer)]
    faults += [f"{name}: not there" for name in sorted(WANTED - set(layers))]
    pictures = Path(folder) / Path(source).stem
    subprocess.run([sys.executable, str(Path(__file__).with_name("render.py")), source, str(pictures)], check=True)
    for picture in pictures.glob("*.png"):
        image = QImage(str(picture))
        colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        if len(colours) < 2:
            faults.append(f"{picture.name}: an empty picture")
    for fault in faults:
        sys.stderr.write(f"{Path(source).name}: {fault}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if faults else 0)  # QGIS may crash on its way out


if __name__ == "__main__":
    main(*sys.argv[1:])
