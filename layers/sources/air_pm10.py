"""Yearly mean background of PM10 on cells of a kilometre; says nothing at the scale of a plot."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    "air_pm10",
    "yearly mean background concentration of PM10; a signal for the permit, no exceedance of a limit",
    "Achtergrond PM10",
    kind="concentration",
    unit="ug/m3",
    minimum=0,
    maximum=1000,
)
