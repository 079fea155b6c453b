"""The source layers that a project does without, and whether they could change hectares. Loads no table."""

from collections import defaultdict
from dataclasses import dataclass

from layers.sources import SOURCES
from pipeline.land.tenure_sources import TENURE_SOURCES
from pipeline.project.project import Project

# What is asked of land beside rules: who holds it, and quay. Corrections are no evidence that a project lacks.
EVIDENCE_LAYERS = (*(name for name in TENURE_SOURCES if name != "overrides"), "quays")


@dataclass(frozen=True)
class NotSupplied:
    """A source layer that no source fills: its name and title, whether it counts as not known (else as nothing there),
    what the project states of it, and the rules that read it (titles); `is_proof`: it says who holds land, or whether
    land has its quay."""

    layer: str
    title: str
    is_unknown: bool
    basis: str | None
    rules: tuple[str, ...]
    is_proof: bool

    @property
    def decides(self) -> bool:
        """Whether it could change which land is free or usable."""
        return bool(self.rules) or self.is_proof


def not_supplied(config: Project) -> list[NotSupplied]:
    """The source layers that a project does without, those that decide first."""
    absences = config.card.absences
    treated: dict[str, tuple[bool, str | None]]
    treated = {name: (absences[name].treat_as == "unknown", str(absences[name].basis)) for name in absences}
    treated |= {name: (True, None) for name in config.not_supplied if name not in treated}
    rules: dict[str, list[str]] = defaultdict(list)
    for rule in config.constrain.constraint:
        for name in (*rule.located_by, *([rule.own_site.layer] if rule.own_site else [])):
            rules[name].append(rule.title)
    every = [
        NotSupplied(name, SOURCES[name].title, is_unknown, basis, tuple(rules[name]), name in EVIDENCE_LAYERS)
        for name, (is_unknown, basis) in treated.items()
        if name in SOURCES
    ]
    return sorted(every, key=lambda layer: (not layer.decides, layer.title))
