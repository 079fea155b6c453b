"""Afgeleide lagen: what the stages make. The folder is the register: file name = layer name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from layers.layer import Layer

DERIVED: dict[str, Layer] = {
    name: import_module(f"{__name__}.{name}").LAYER for name in sorted(module.name for module in iter_modules(__path__))
}
# Tables that tell of supply in time.
IN_TIME = ("supply_curve", "paper_vacancy", "renewal_wall", "decision_calendar", "double_occupation")
# Tables that tell of room: what is free and what may be there, what dwellings, rules and shared budgets take.
OF_ROOM = (
    "mismatch",
    "category_downgrades",
    "plan_impact",
    "plan_downgrades",
    "contour_protection",
    "tightness",
    "joint_headroom",
    "binding_receptors",
    "emission_supply",
)
# Tables that tell of what is asked: shortages by cause, projects, and plots that there are few of.
OF_WANTED = ("shortages", "placements", "scarce_plots", "scarcity")
# Tables that tell of reasons: what holds land back, alone and together, and what lifting them would free.
OF_REASONS = ("reason_sets", "attribution", "overlaps", "levers")
