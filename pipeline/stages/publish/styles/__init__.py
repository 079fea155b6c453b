"""Styles of published layers, as QML for QGIS and as SLD."""
