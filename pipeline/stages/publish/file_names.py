"""What publishing puts in the folder of results, by name: light to import, for a run asks it before it begins."""

from pipeline.project.project import Project

FIGURES, IMAGE_KINDS = "figures", ("svg", "png")
REPORT, NATIONAL_FIGURES = "report.html", "figures.csv"
MAP_CHART = "kaart"
CHART_NAMES = (
    "aanbod",
    "papieren-leegstand",
    "verlengingsgolf",
    "waterval",
    "hefbomen",
    "overlap",
    "tekort",
    MAP_CHART,
)


def places(project: Project, unit: str) -> list[str]:
    """The files of a unit, figures with nothing to show among them."""
    return [*whole_files(project, unit), *(figure for figure in _figures(unit) if unit in project.published_units)]


def whole_files(project: Project, unit: str) -> list[str]:
    """The files of a unit that are no figures: its GeoPackage, and of all together the figures.csv and the report."""
    files = [f"{unit}.gpkg"] if unit in project.published_units else []
    return files + ([NATIONAL_FIGURES, REPORT] if unit == project.balance.national_name else [])


def _figures(unit: str) -> list[str]:
    return [f"{FIGURES}/{unit}-{name}.{kind}" for name in CHART_NAMES for kind in IMAGE_KINDS]
