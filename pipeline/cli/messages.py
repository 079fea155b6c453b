"""What is written after a run: the balance in hectares, and what the reader of the results should know."""

from collections.abc import Sequence

from layers.columns import CASES
from layers.units import M2_PER_HA
from pipeline.land.not_supplied import not_supplied
from pipeline.runner.stage import RunContext
from pipeline.storage.geopackages import NEIGHBOUR


def balance(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return the lines of the balance per cluster for the lead activity, in hectares."""
    project = context.project
    lead, years = project.publish.lead_profile, project.years
    title = project.profiles[lead].title
    names = ["gross", f"unknown {years[0]}", *(f"free {year}" for year in years), *(f"usable {year}" for year in years)]
    names.append(f"{years[-1]} used/built")
    lines = [f"{project.card.title}, {project.card.reference_date:%d-%m-%Y}"]
    lines += [f"scenario: {project.scenario.title} ({project.scenario.basis})"] if project.scenario is not None else []
    lines.append(f"hectares; usable for '{title}', in brackets if every option and extension is exercised")
    lines.append("unknown: nobody can say whether that land is usable")
    lines += [f"used/built: of what is usable in {years[-1]} if nothing is exercised, in use and built on today", ""]
    lines.append(f"{'cluster':<22}" + "".join(f"{name:>18}" for name in names))
    *first, last = _units(context, clusters)
    # Before the sum of all those of each kind of cluster.
    for unit in [*first, *(() if clusters else project.cluster_groups), last]:
        lines.append(f"{unit:<22}" + "".join(f"{cell:>18}" for cell in _cells(context, unit)))
    return lines


def _units(context: RunContext, clusters: Sequence[str]) -> list[str]:
    return list(clusters) or context.project.published_units


def places(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return a line for each file to open."""
    paths = [context.store.outputs / f"{unit}.gpkg" for unit in _units(context, clusters)]
    # Only a run of all clusters brings the files about all of them up to date.
    paths += [context.store.outputs / name for name in ("figures.csv", "report.html")] if not clusters else []
    return ["", "open in QGIS:", *(f"  {path}" for path in paths if path.exists())]


def _cells(context: RunContext, unit: str) -> list[str]:
    from pipeline.runner.results import Results

    project = context.project
    source = unit if unit in project.clusters else project.balance.national_name
    balances, waterfall = Results.from_run(context).tables(("land_balance", "waterfall"), source).values()
    rows = balances[balances["cluster_id"] == unit]
    areas = rows.set_index(["measure", "profile", "year", "case", "heading"])["area_m2"].to_dict()
    gross = waterfall.query("cluster_id == @unit and heading == 'gross'")["area_m2"].iloc[0]
    lead, first = project.publish.lead_profile, project.years[0]
    # Of so much nobody can say whether it is usable.
    unknown_m2 = areas.get(("verdict", lead, first, CASES[0], "unknown"), 0.0)
    cells = [f"{gross / M2_PER_HA:.1f}", f"{unknown_m2 / M2_PER_HA:.1f}"]
    for measure, profile, heading in (("holding", "all", "free"), ("verdict", lead, "usable")):
        for year in project.years:
            both = [areas.get((measure, profile, year, case, heading), 0.0) / M2_PER_HA for case in CASES]
            cells.append("{:.1f} ({:.1f})".format(*both))
    last, built = project.years[-1], "unknown"
    if not areas.get(("usable_built_today", lead, last, CASES[0], "unknown")):
        built = f"{areas.get(('usable_built_today', lead, last, CASES[0], 'built'), 0.0) / M2_PER_HA:.1f}"
    in_use_m2 = areas.get(("usable_by_use_today", lead, last, CASES[0], "in_use"), 0.0)
    return [*cells, f"{in_use_m2 / M2_PER_HA:.1f} / {built}"]


def notes(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return what the reader should know: cards without effect, layers not supplied, what was left out."""
    from pipeline.queries.check import ineffective_cards, notes_on_registers
    from pipeline.queries.not_supplied import not_supplied_note

    about_cards = [*ineffective_cards(context, clusters), *notes_on_registers(context, clusters)]
    return [*about_cards, *not_supplied_note(context, clusters), *left_out(context)]


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
