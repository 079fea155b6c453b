"""Opdrachtregel: parse, call, report; every refusal ends here, as a sentence and an exit code."""

from __future__ import annotations

import errno
import functools
import json
import re
import shutil
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from layers.errors import ConfigRefusal, Refusal
from layers.layer import Layer, RasterLayer
from pipeline.cli import messages as answers
from pipeline.cli.options import CONFIG, context_of, handing_out, nearest_config, shared, working
from pipeline.cli.progress import follow
from pipeline.line import LINE, VERBS, snapshot
from pipeline.project.load import read_project, read_sweeps
from pipeline.queries import diff as comparison
from pipeline.queries import docs as documents
from pipeline.queries import explain as explanation
from pipeline.queries import housing_impact as housing_question
from pipeline.queries import land_changes as monitoring
from pipeline.queries import rules as written_rules
from pipeline.queries import scenarios
from pipeline.queries.export import hand_out
from pipeline.runner.run import Order, known_clusters, plan
from pipeline.runner.stage import Context
from pipeline.runner.task import LAYERS, Report
from pipeline.stages.publish import write_changes, write_moved
from pipeline.stages.publish.charts.tornado import tornado

INTERRUPTED = 130
REFUSED_BY_DISK = (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError)
FULL_OR_READ_ONLY = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class Line(click.Group):
    """The commands; a refusal is told on stderr and ends with its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(f"refused: {refusal}", err=True)
            ctx.exit(refusal.exit_code)
        except OSError as fault:  # a folder or disk that does not let us; our own files are whole or not there
            if not isinstance(fault, REFUSED_BY_DISK) and fault.errno not in FULL_OR_READ_ONLY:
                raise
            click.echo(
                f"refused: '{fault.filename or 'a file'}': {fault.strerror}\n  check that the folder exists, may be written, and has room",
                err=True,
            )
            ctx.exit(ConfigRefusal.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted; what was finished is kept, nothing is half written", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=Line, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("industrieruimte"), prog_name="industrieruimte")
def main() -> None:
    """Which industrial land is really free and usable, why the rest is not, and what would change that.

    Example: industrieruimte run
    """


def _go(context: Context, order: Order, how: dict[str, bool]) -> None:
    if how["dry_run"]:
        _tell_plan(plan(context, order))
        return
    reports = follow(context, order, how)
    ran = [report for report in reports if report.reasons and report.stage != "acquire"]
    if how["quiet"]:
        return
    if order.pin:
        click.echo(f"{len(context.project.sources)} files pinned in {context.project.folder / 'sources.lock'}")
        return
    if not ran:
        click.echo("nothing changed: all results are up to date")
    if order.up_to == "publish":
        click.echo(answers.summary(context, order.clusters))
        for note in [*answers.warnings(context, order.clusters), *answers.left_out(context)]:
            click.echo(note, err=True)
        for note in answers.left_behind(context, order.clusters):
            click.echo(f"note: {note}", err=True)


def _tell_plan(found: list[Report]) -> None:
    stale = [report for report in found if report.reasons]
    for report in stale:
        click.echo(f"{report.stage:<10} {report.unit:<24} {'; '.join(report.reasons)}")
    if not stale:
        click.echo("nothing would run: all results are up to date")


@main.command("run", epilog="Example: industrieruimte run -c westhaven --jobs 2")
@shared
@working
@click.option("--from", "anew_from", type=click.Choice(VERBS), default=None, help="Run anew from this verb on.")
@click.option("--to", "up_to", type=click.Choice(VERBS), default="publish", help="Stop after this verb.")
def run_line(**given: Any) -> None:
    """Bring the whole line up to date, from files to GeoPackages; what did not change is left alone."""
    context, order, how = _given(given)
    _go(context, order, how)


def _given(given: dict[str, Any]) -> tuple[Context, Order, dict[str, bool]]:
    context = context_of(given)
    order = Order(
        tuple(given["clusters"]), given.get("anew_from"), given.get("up_to", "publish"), given["jobs"], given["locked"]
    )
    return context, order, {name: given[name] for name in ("dry_run", "verbose", "quiet")}


def _verb(name: str, question: str) -> click.Command:
    @functools.wraps(run_line.callback or run_line)
    def command(**given: Any) -> None:
        context, order, how = _given(given)
        anew = None if name == "acquire" else name
        _go(context, replace(order, anew_from=anew, up_to=name, pin=name == "acquire"), how)

        if name == "publish" and (given["formats"] or given["postgis"]) and not how["dry_run"]:
            address = (given["postgis"], given["schema"]) if given["postgis"] else None
            for told in hand_out(context, order.clusters, given["formats"], address):
                click.echo(told)

    command.__doc__ = f"{question[0].upper()}{question[1:]} Runs what comes before it only where that is stale."
    command.__dict__.pop("__click_params__", None)
    example = f"Example: industrieruimte {name}"
    if name == "publish":
        return click.command(name, epilog=f"{example} --format xlsx --format filegdb", help=command.__doc__)(
            shared(handing_out(working(command)))
        )
    return click.command(name, epilog=example, help=command.__doc__)(shared(working(command)))


main.add_command(_verb("acquire", "have we got it, and is it the one we pinned? Pins the files in sources.lock."))
for _stage in LINE:
    main.add_command(_verb(_stage.name, _stage.question))


@main.command(epilog="Example: industrieruimte check --config config --json")
@shared
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def check(as_json: bool, **given: Any) -> None:
    """Read all cards and all files, and say what would be refused; writes nothing."""
    context = context_of(given)
    known_clusters(context, given["clusters"])
    found = answers.check(context)
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        for row in found:
            click.echo(f"{row['state']:<8} {row['source']:<28} {row['said']}")
    worst = max((row["exit_code"] for row in found), default=0)
    sys.exit(worst)


@main.command(epilog="Example: industrieruimte status --json")
@shared
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def status(as_json: bool, **given: Any) -> None:
    """Say what is stale, and because of which input."""
    context = context_of(given)
    found = plan(context, Order(tuple(given["clusters"])))
    if as_json:
        click.echo(
            json.dumps(
                [{"stage": r.stage, "unit": r.unit, "stale": bool(r.reasons), "reasons": r.reasons} for r in found],
                indent=1,
            )
        )
    else:
        _tell_plan(found)


@main.command(epilog="Example: industrieruimte explain WH-0012 --on 2041-01-01")
@click.argument("identifier", metavar="ID")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only who has it on this day.")
@click.option("--profile", metavar="NAME", help="For this activity (default: the lead one of publish.toml).")
@shared
def explain(identifier: str, on: Any, profile: str | None, **given: Any) -> None:
    """Say of one plot or piece who has it, until when, and what stands in the way of an activity."""
    context = context_of(given)
    if given["scenario"]:
        scenarios.up_to_date(context, given["scenario"], "assemble")
    click.echo(explanation.explain(context, identifier, on.date() if on else None, profile))


@main.command(epilog="Example: industrieruimte describe parcels; industrieruimte describe rules --config config")
@click.argument("name", metavar="[LAYER|rules]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="With rules: folder of TOML cards (default: this folder if it holds a project, else config).",
)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the dictionary and a page per rule there, in Dutch.",
)
def describe(name: str | None, as_json: bool, config: Path | None, pages: Path | None) -> None:
    """The data dictionary: all layers, or the columns of one; or with `rules` the written rules: matrix, bases, activities."""
    from layers.sources import SOURCES

    if pages is not None:
        click.echo(f"{documents.write_pages(read_project(config or nearest_config()), pages)} pages in {pages}")
        return
    if name == "rules":
        project = read_project(config or nearest_config())
        told = json.dumps(written_rules.rules(project), indent=1, ensure_ascii=False) if as_json else ""
        click.echo(told or written_rules.rules_text(project))
        return
    known: dict[str, Layer | RasterLayer] = {**SOURCES, **LAYERS}
    if name is not None and name not in known:
        raise ConfigRefusal("describe", actual=f"no layer '{name}'", expected=f"one of {sorted(known)}")
    found = answers.dictionary([known[name]] if name else list(known.values()), whole=name is not None)
    click.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else answers.dictionary_text(found))


@main.command(epilog="Example: industrieruimte impact plan.geojson -c westhaven")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--alone", is_flag=True, help="Against land as if there were no other plan.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON: every activity and year, categories, shifts.")
@shared
def impact(plan: Path, alone: bool, as_json: bool, **given: Any) -> None:
    """Say what the housing plans in a file would cost of usable industrial land; from the last run, nothing is cut anew."""
    context = context_of(given)
    known_clusters(context, given["clusters"])
    found = housing_question.impact(context, plan, tuple(given["clusters"]), alone=alone)
    lead = context.project.publish.lead_profile
    click.echo(json.dumps(found, indent=1) if as_json else housing_question.impact_text(found, lead))


@main.command(epilog="Example: industrieruimte diff outputs-2026 outputs-2027 --gpkg wijzigingen.gpkg")
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON: figures, land per piece, sums, lineage.")
@click.option(
    "--gpkg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Also write the land that changed."
)
def diff(old: str, new: str, as_json: bool, gpkg: Path | None) -> None:
    """Compare two folders of results: figures, and m2 of land freed, taken, lapsed, extended, corrected, split and merged,
    laid to data, rules and time. FOLDER@2030-01-01 is what that run foresees for a later day. Two figures.csv files compare as
    figures alone. Exit 5 when they differ."""
    figures = comparison.difference(Path(old), Path(new)) if "@" not in old + new else None
    is_land = all("@" in name or (Path(name) / snapshot.FILE).is_file() for name in (old, new))
    sides = (snapshot.read(old), snapshot.read(new)) if is_land else None
    land = monitoring.changes(*sides) if sides else None
    if gpkg is not None and land is not None and sides is not None:
        write_changes(land, (sides[0].today, sides[1].today), sides[1].changes, gpkg)
    click.echo(comparison.difference_json(figures, land) if as_json else comparison.difference_words(figures, land))
    moved = land is not None and bool(((land["change"] != "unchanged") | (land["lineage"] != "same")).any())
    sys.exit(5 if moved or (figures is not None and len(figures)) else 0)


@main.command(epilog="Example: industrieruimte compare base geen_geluidverdeling --gpkg verschil.gpkg")
@click.argument("first")
@click.argument("second")
@click.option("--profile", metavar="NAME", help="For this activity (default: the lead one of publish.toml).")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON: m2 per cluster, year, verdicts and reasons.")
@click.option(
    "--gpkg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Also write the land that moved."
)
@shared
def compare(first: str, second: str, profile: str | None, as_json: bool, gpkg: Path | None, **given: Any) -> None:
    """Say what land has another verdict in one scenario than in another (base: the project itself), and which reasons came and
    went. Exit 5 when they differ."""
    sides = [
        scenarios.Side(context_of({**given, "scenario": None if name == scenarios.BASE else name}), name)
        for name in (first, second)
    ]
    project = sides[0].context.project
    asked = profile or project.publish.lead_profile
    for side in sides:
        known_clusters(side.context, given["clusters"])
        known = side.context.project.profiles
        if asked not in known:
            raise ConfigRefusal(
                "compare", actual=f"no activity '{asked}' in '{side.name}'", expected=f"one of {sorted(known)}"
            )
    found = scenarios.moved(sides[0], sides[1], asked)
    if given["clusters"]:
        found = found[found["cluster_id"].isin(list(given["clusters"]))]
    if gpkg is not None and len(found):
        write_moved(found, project, (first, second), gpkg)
    if as_json:
        click.echo(json.dumps(scenarios.moved_table(found).to_dict("records"), indent=1))
    else:
        click.echo(scenarios.moved_text(found, (first, second), asked))
    sys.exit(5 if len(found) else 0)


@main.command(epilog="Example: industrieruimte sweep")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON: every number, side, cluster, year and case.")
@shared
def sweep(as_json: bool, **given: Any) -> None:
    """Try the numbers of sweeps.toml lower and higher, one by one: usable hectares of the lead activity, as a table and a picture."""
    context = context_of(given)
    sweeps = read_sweeps(context.project.folder)
    if not sweeps:
        raise ConfigRefusal("sweep", actual="no sweeps.toml, or nothing in it", todo="copy it from the example project")
    rows: list[dict[str, Any]] = []
    known_clusters(context, given["clusters"])
    for row in scenarios.sweep(context, sweeps):
        if given["clusters"] and row["cluster"] not in given["clusters"]:
            continue
        if not rows or (rows[-1]["name"], rows[-1]["side"]) != (row["name"], row["side"]):
            click.echo(f"{row['title']}: {row['value']:g}", err=True)
        rows.append(row)
    scenarios.write_sweep(context, rows, tornado(rows, context.project))
    click.echo(json.dumps(rows, indent=1) if as_json else scenarios.sweep_text(rows))


@main.command(epilog="Example: industrieruimte init ../havenproject")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make a new project folder with commented cards; refuses a folder that holds something."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigRefusal(f"folder '{folder}'", actual="files in it", expected="a new or empty folder")
    left_out = shutil.ignore_patterns("data", "*.py", "sources.lock", "overrides.csv", "projects.csv", "__pycache__")
    shutil.copytree(CONFIG / "proefpolder", folder, dirs_exist_ok=True, ignore=left_out)
    shutil.copytree(CONFIG / "scenarios", folder / "scenarios", dirs_exist_ok=True)
    for path in sorted([*CONFIG.glob("*.toml"), *CONFIG.glob("*.csv")]):
        if path.name != "project.toml" and not (folder / path.name).exists():
            shutil.copy(path, folder / path.name)
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-")[:40] or "project"
    card = folder / "project.toml"
    lines = card.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("extends", "# The embedded example"))]
    text = (
        "\n".join(kept)
        .replace('"proefpolder"', f'"{name}"', 1)
        .replace('"Proefpolder (verzonnen voorbeeld)"', f'"{name}"', 1)
    )
    card.write_text(f"# What counts as today, and which years are asked.\n{text}\n", encoding="utf-8")
    click.echo(
        f"{folder}: the cards are those of the example.\n"
        f"  1. clusters/*.toml: one file per cluster of yours, the name of the file as in your boundary file\n"
        f"  2. sources/*.toml: point each card at a file of yours; remove a card that you have no file for, and declare its\n"
        f'     layer in project.toml under [absent] with treat_as = "unknown" (not known) or "none" (nothing there)\n'
        f"  3. industrieruimte check --config {folder}"
    )


if __name__ == "__main__":
    main()
