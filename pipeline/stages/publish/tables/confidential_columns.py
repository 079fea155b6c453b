"""What the contracts of layers keep from the public edition."""

from layers.layer import Layer
from layers.sources import TABLES
from pipeline.project.project import Project


def confidential_columns(layer: Layer) -> list[str]:
    """The columns that its contract keeps from the public edition."""
    return [name for name, column in layer.columns.items() if column.confidential]


def private_sources(project: Project) -> list[str]:
    """The sources of layers with confidential columns: what stood in a row of them is not for everybody."""
    private = {layer.name for layer in TABLES.values() if confidential_columns(layer)}
    return [name for name, card in project.sources.items() if card.layer in private]
