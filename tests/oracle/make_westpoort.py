"""Answers about Westpoort by QGIS alone.

Usage: QT_QPA_PLATFORM=offscreen /usr/bin/python3 make_westpoort.py SHARED_DATA > westpoort.csv

Reads the raw files with Python's csv module and QGIS's own readers; no code of the project is used.
"""

import csv
import os
import sys
import tempfile
import zipfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
)

SITES = {
    "Westpoort",
    "Hoogtij (Zaanstad)",
    "Achtersluispolder (Zaanstad)",
    "Cornelis Douwes",
    "Johan van Hasseltkanaal west",
    "Johan van Hasseltkanaal oost",
}
PLOTS = ("COR-0001", "WES-0100", "WES-0500", "WES-0900", "WES-1300", "HOO-1600", "ACH-1800", "JOH-1950")
csv.field_size_limit(10**9)


def rows(path):
    with Path(path).open(encoding="utf-8") as lines:
        return list(csv.reader(lines, delimiter="|"))


def to_rd(geometry):
    degrees, metres = QgsCoordinateReferenceSystem("EPSG:4258"), QgsCoordinateReferenceSystem("EPSG:28992")
    geometry.transform(QgsCoordinateTransform(degrees, metres, QgsProject.instance()))
    return geometry


def main(data):
    app = QgsApplication([], False)
    app.initQgis()
    noise = [row for row in rows(f"{data}/amsterdam_milieu/dro_geluid.csv") if len(row) == 9]
    sites = [
        to_rd(QgsGeometry.fromWkt(r[4])).makeValid() for r in noise if r[1].startswith("Gezoneerd") and r[3] in SITES
    ]
    land = QgsGeometry.unaryUnion(sites)
    zones = [to_rd(QgsGeometry.fromWkt(r[4])).makeValid() for r in noise if r[1].startswith("Geluidzone")]
    contours = rows(f"{data}/amsterdam_milieu/dmb_veilig_contouren.csv")
    risk = [QgsGeometry.fromWkt(r[6]).makeValid() for r in contours if r[3] == "Plaatsgebonden risico 10-6"]
    gas = [QgsGeometry.fromWkt(r[1]).makeValid() for r in rows(f"{data}/amsterdam_milieu/dmb_aardgas_pr10_6.csv")[1:]]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["question", "subject", "value"])
    out.writerow(["gross_m2", "six sites", f"{land.area():.6f}"])
    out.writerow(
        ["location_risk_m2", "six sites", f"{QgsGeometry.unaryUnion(risk + gas).intersection(land).area():.3f}"]
    )
    out.writerow(["noise_zone_m2", "six sites", f"{QgsGeometry.unaryUnion(zones).intersection(land).area():.6f}"])
    homes = [
        f.geometry()
        for name in ("verblijfsobjecten", "ligplaatsen")
        for f in QgsVectorLayer(f"{data}/ogcapi_samples/bag.gpkg|layername={name}").getFeatures()
    ]
    plots = {f["KAVELNR"]: f.geometry() for f in QgsVectorLayer(f"{data}/westpoort/percelen.gpkg").getFeatures()}
    near = QgsGeometry.collectGeometry(homes)
    for name in PLOTS:
        if name in plots:
            out.writerow(["distance_sensitive_m", name, f"{plots[name].distance(near):.6f}"])
    with tempfile.TemporaryDirectory() as folder:  # the file says UTF-8 and is not: only its letters are mended
        with zipfile.ZipFile(f"{data}/natura2000/PS_Natura200.zip") as archive:
            text = archive.read("PS_Natura200.xml").decode("cp1252")
        Path(folder, "sites.xml").write_text(text, encoding="utf-8")
        layer = QgsVectorLayer(f"{folder}/sites.xml", "sites", "ogr")
        move = QgsCoordinateTransform(layer.crs(), QgsCoordinateReferenceSystem("EPSG:28992"), QgsProject.instance())
        sites = []
        for feature in layer.getFeatures():
            shape = feature.geometry()
            shape.transform(move)
            sites.append(shape)
        sys.stderr.write(f"{len(sites)} parts of nature sites, CRS {layer.crs().authid()}\n")
    for name in PLOTS:
        if name in plots:
            nearest = min(plots[name].distance(site) for site in sites)
            out.writerow(["distance_nature_m", name, f"{nearest:.6f}"])
    sys.stdout.flush()
    os._exit(0)  # QGIS may crash on its way out, after all is told


if __name__ == "__main__":
    main(sys.argv[1])
