"""The QGIS project inside a GeoPackage: the model of the map, the project file, pages to print."""
