"""What a user's files say, in our words. The folder is the register: file name = layer name."""

from importlib import import_module
from pkgutil import iter_modules

from layers.layer import Layer, RasterLayer

SOURCES: dict[str, Layer | RasterLayer] = {
    name: import_module(f"{__name__}.{name}").LAYER for name in sorted(module.name for module in iter_modules(__path__))
}
TABLES = {name: layer for name, layer in SOURCES.items() if isinstance(layer, Layer)}
RASTERS = {name: layer for name, layer in SOURCES.items() if isinstance(layer, RasterLayer)}
