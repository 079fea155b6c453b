"""What the stages make. The folder is the register: file name = layer name."""

from importlib import import_module
from pkgutil import iter_modules

from layers.layer import Layer

DERIVED: dict[str, Layer] = {
    name: import_module(f"{__name__}.{name}").LAYER for name in sorted(module.name for module in iter_modules(__path__))
}
