"""Export every layout in a GeoPackage to PDF, atlases with all pages. Usage: print_atlas.py FILE.gpkg FOLDER"""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import QgsApplication, QgsLayoutExporter, QgsProject, QgsVectorLayer


def main(source, folder):
    """Exit 1 when a layout cannot be exported, or an atlas has no pages."""
    app = QgsApplication([], True)
    app.initQgis()
    project = QgsProject.instance()
    if not project.read(f"geopackage:{source}?projectName={Path(source).stem}"):
        sys.exit(f"{source}: no project inside")
    for layer in list(project.mapLayers().values()):
        if not isinstance(layer, QgsVectorLayer):
            project.removeMapLayer(layer.id())  # the background asks for a network
    Path(folder).mkdir(parents=True, exist_ok=True)
    faults = []
    for layout in project.layoutManager().printLayouts():
        target = str(Path(folder) / (layout.name().replace(": ", "-").replace(" ", "-").lower() + ".pdf"))
        settings = QgsLayoutExporter.PdfExportSettings()
        settings.dpi = 100
        atlas = layout.atlas()
        if atlas.enabled():
            code, _ = QgsLayoutExporter.exportToPdf(atlas, target, settings)
        else:
            code = QgsLayoutExporter(layout).exportToPdf(target, settings)
        pages = atlas.count() if atlas.enabled() else 1
        sys.stdout.write(f"{Path(target).name}: {pages} pages\n")
        if code != QgsLayoutExporter.Success or not pages:
            faults.append(layout.name())
    project.clear()
    app.exitQgis()
    if faults:
        sys.exit(f"not printed: {faults}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
