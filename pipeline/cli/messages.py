"""What is written after a run: the balance in hectares, and what the reader of the results should know."""

from collections.abc import Mapping, Sequence

from layers.columns import CASES
from layers.units import M2_PER_HA
from pipeline.cli.report_lines import width, wrapped
from pipeline.land.not_supplied import not_supplied
from pipeline.runner.forecast import Forecast
from pipeline.runner.stage import RunContext
from pipeline.storage.geopackages import NEIGHBOUR

# How wide the name of a cluster with a year is, and a cell; and both in a narrow terminal.
WIDE_ROW, NARROW_ROW = (28, 9), (12, 8)
BALANCE_HEADINGS = ("gross", "unknown", "none", "all", "none", "all", "used", "built")


def balance(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return the lines of the balance per cluster for the lead activity, in hectares."""
    project = context.project
    title = project.profiles[project.publish.lead_profile].title
    lines = [f"{project.card.title}, {project.card.reference_date:%d-%m-%Y}"]
    lines += [f"scenario: {project.scenario.title} ({project.scenario.basis})"] if project.scenario is not None else []
    lines += [
        wrapped(f"hectares; usable: for '{title}'; none, all: no option or extension is exercised, or each"),
        wrapped("unknown: nobody can say whether that land is usable (none)"),
        wrapped("used, built: of what is usable (none), in use and built on today"),
        "",
        _row("", "", ["", "", "", "free", "", "usable", "", "of which"]),
        _row("cluster", "year", BALANCE_HEADINGS),
    ]
    *first, last = _units(context, clusters)
    # Before the sum of all those of each kind of cluster.
    for unit in [*first, *(() if clusters else project.cluster_groups), last]:
        lines += _rows(context, unit)
    return lines


def _units(context: RunContext, clusters: Sequence[str]) -> list[str]:
    return list(clusters) or context.project.published_units


def places(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return a line for each file to open."""
    paths = [context.store.outputs / f"{unit}.gpkg" for unit in _units(context, clusters)]
    # Only a run of all clusters brings the files about all of them up to date.
    paths += [context.store.outputs / name for name in ("figures.csv", "report.html")] if not clusters else []
    return ["", "to open in QGIS, and report.html in a browser:", *(f"  {path}" for path in paths if path.exists())]


def _rows(context: RunContext, unit: str) -> list[str]:
    """The rows of a cluster, or of a sum, per year; its name and gross in the first alone."""
    from pipeline.runner.results import Results

    project = context.project
    source = unit if unit in project.clusters else project.balance.national_name
    balances, waterfall = Results.from_run(context).tables(("land_balance", "waterfall"), source).values()
    rows = balances[balances["cluster_id"] == unit]
    areas = rows.set_index(["measure", "profile", "year", "case", "heading"])["area_m2"].to_dict()
    gross_m2 = waterfall.query("cluster_id == @unit and heading == 'gross'")["area_m2"].iloc[0]
    lines = []
    for number, year in enumerate(project.years):
        gross = "" if number else f"{gross_m2 / M2_PER_HA:.1f}"
        cells = [gross, *_cells_of_year(areas, project.publish.lead_profile, year)]
        lines.append(_row("" if number else unit, str(year), cells))
    return lines


def _row(name: str, year: str, cells: Sequence[str]) -> str:
    """A row of the balance; a name that is too long for it stands above it."""
    before, cell_width = WIDE_ROW if width() >= WIDE_ROW[0] + len(BALANCE_HEADINGS) * WIDE_ROW[1] else NARROW_ROW
    is_long = len(name) > before - len(year) - 1
    head = f"{name}\n{'':<{before - len(year)}}" if is_long else f"{name:<{before - len(year)}}"
    return head + year + "".join(f"{cell:>{cell_width}}" for cell in cells)


def _cells_of_year(areas: Mapping[tuple[str, str, int, str, str], float], lead: str, year: int) -> list[str]:
    """Hectares in a year of what is unknown, free and usable in both cases, and in use and built on of the usable."""

    def hectares(measure: str, heading: str, case: str = CASES[0], profile: str = lead) -> str:
        """The land under a heading in a case, with one decimal."""
        return f"{areas.get((measure, profile, year, case, heading), 0.0) / M2_PER_HA:.1f}"

    # Of so much nobody can say whether it is built on.
    is_built_unknown = areas.get(("usable_built_today", lead, year, CASES[0], "unknown"))
    return [
        hectares("verdict", "unknown"),
        *(hectares("holding", "free", case, "all") for case in CASES),
        *(hectares("verdict", "usable", case) for case in CASES),
        hectares("usable_by_use_today", "in_use"),
        "unknown" if is_built_unknown else hectares("usable_built_today", "built"),
    ]


def notes(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return what the reader should know: cards without effect, layers not supplied, what was left out."""
    from pipeline.queries.check import ineffective_cards, notes_on_registers
    from pipeline.queries.not_supplied import not_supplied_note
    from pipeline.queries.unread import unread, unread_in_words

    about_cards = [*ineffective_cards(context, clusters), *notes_on_registers(context, clusters)]
    names = unread(context.project, context.data, filter(None, (context.store.outputs, context.store.base)))
    about_files = [f"note: nothing reads {unread_in_words(names)}"] if names else []
    return [*about_cards, *about_files, *not_supplied_note(context, clusters), *left_out(context)]


def what_it_takes(forecast: Forecast, context: RunContext) -> str:
    """Return what a run has to do, how long that takes if that is known, and where the results go."""
    where = f"results in {context.store.outputs.resolve()}"
    if forecast.seconds is None:
        return f"{forecast.units} steps to do, for the first time; {where}"
    return f"{forecast.units} steps to do, {duration(forecast.seconds)} at most; {where}"


def duration(seconds: float) -> str:
    """Return about how long something takes, in words."""
    if seconds < 10:
        return "some seconds"
    if seconds < 90:
        return f"about {5 * round(seconds / 5)} seconds"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3600)} hours"


def compiling(*, is_stored: bool) -> str:
    """Return what a run says before it compiles the kernels."""
    if is_stored:
        return "compiling the kernels that cut land: half a minute, once after an install or update"
    return (
        "compiling the kernels that cut land: half a minute, and again in every run, for no folder in which they could "
        "be kept may be written; name one in the variable INDUSTRIERUIMTE_KERNELS"
    )


def outdated_results(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return notes on results of an earlier run, on files of no cluster, and on layers that were not supplied."""
    project, outputs = context.project, context.store.outputs
    national = project.balance.national_name
    outdated = []
    if clusters and (outputs / f"{national}.gpkg").exists():
        outdated.append(
            f"only {', '.join(clusters)} was brought up to date; "
            f"{national}.gpkg, report.html and figures.csv are of an earlier run"
        )
    known = {f"{unit}{ending}" for unit in (*project.clusters, national) for ending in (".gpkg", NEIGHBOUR)}
    outdated += [
        f"{path} is of no cluster of this project; remove it if you do not need it"
        for path in sorted(outputs.glob("*.gpkg"))
        if path.name not in known
    ]
    # Only layers that decide over hectares: without one that is merely measured no land changes.
    missing = [layer for layer in not_supplied(project) if layer.decides]
    unknown = [layer.layer for layer in missing if layer.is_unknown and layer.layer not in project.not_supplied]
    if unknown:
        outdated.append(
            f"not supplied and therefore not known: {', '.join(unknown)}; land may be unknown because of it"
        )
    counted_as_none = [layer.layer for layer in missing if not layer.is_unknown]
    if counted_as_none:
        outdated.append(
            f"not supplied and counted as if there were none: {', '.join(counted_as_none)}; "
            "hectares may be fewer with them"
        )
    return outdated


def left_out(context: RunContext) -> list[str]:
    """Return what the public edition left out, and what may be shared; nothing for the internal edition."""
    if context.edition == "internal":
        return []
    from pipeline.stages.publish.tables.published import left_out as columns_left_out

    columns = columns_left_out(context.project, context.edition)
    names = [f"{row.layer}.{row.column}" if row.column != "all" else row.layer for row in columns.itertuples()]
    if not names:
        return []
    share = (
        "hand out the .gpkg files, report.html, figures.csv and figures/ only: "
        "work/, receipts/ and refused/ beside them hold what was left out"
    )
    return [f"public edition: left out {', '.join(names)}", share]
