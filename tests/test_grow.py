"""A grown project is a project: it is accepted, and its land is so many times that of the example."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from layers.layer import area_m2
from pipeline.cli.main import main
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store
from tools.grow import grow, parse

CLUSTERS = ("papierfabriek", "zuivelfabriek", "steenbakkerij")
ARGUMENTS = ["--times", "2", "--clusters", "3", "--zones", "10", "--profiles", "2", "--horizons", "4"]
ARGUMENTS += ["--repeat", *CLUSTERS]


@pytest.fixture(scope="module")
def grown(proefpolder: RunContext, tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """The land of three clusters twice, for two activities and four years, run until it is judged."""
    folder = tmp_path_factory.mktemp("grown")
    grow(*parse([str(folder / "project"), *ARGUMENTS]), proefpolder.store)
    context = RunContext(read_project(folder / "project"), folder / "project", Store(folder / "outputs"), line=LINE)
    list(run(context, Order(up_to="assess")))
    return context


def test_it_is_accepted(grown: RunContext) -> None:
    answer = CliRunner().invoke(main, ["check", "--config", str(grown.project.folder)])
    assert answer.exit_code == 0, answer.output
    assert (len(grown.project.clusters), len(grown.project.profiles), len(grown.project.card.horizons)) == (3, 2, 4)


def test_its_plots_are_twice_those_of_the_example(grown: RunContext, proefpolder: RunContext) -> None:
    for number, name in enumerate(CLUSTERS, start=1):
        facts = grown.store.load("measure", f"{name}-{number}", "parcel_facts")
        example = proefpolder.store.load("measure", name, "parcel_facts")
        assert len(facts) == 2 * len(example)
        assert area_m2(facts) == pytest.approx(2 * area_m2(example), rel=1e-9)


def test_no_row_is_refused_and_copies_are_no_clones(grown: RunContext) -> None:
    assert not any(
        len(grown.store.load("harmonise", card.layer, "refused"))
        for card in grown.project.sources.values()
        if grown.store.receipt("harmonise", card.layer).outputs.get("refused")
    )
    leases = grown.store.load("harmonise", "ground_leases", "ground_leases")
    copies = [leases[leases["contract_id"].str.endswith(suffix)] for suffix in (".1-1", ".1-2")]
    assert len(copies[0]) == len(copies[1]) > 0
    assert (copies[0]["starts_on"].to_numpy() != copies[1]["starts_on"].to_numpy()).any()


def test_zones_come_on_top(grown: RunContext) -> None:
    keys = [
        *grown.store.load("harmonise", "noise_zones", "noise_zones")["noise_zone_id"],
        *grown.store.load("harmonise", "safety_contours", "safety_contours")["contour_id"],
    ]
    assert sum(key.startswith("extra-") for key in keys) == 10


def test_the_same_arguments_write_the_same_project(grown: RunContext, tmp_path: Path) -> None:
    """Also where it reads the example anew."""
    grow(*parse([str(tmp_path / "again"), *ARGUMENTS]))
    for path in sorted(grown.project.folder.rglob("*.*")):
        again = tmp_path / "again" / path.relative_to(grown.project.folder)
        assert path.name == "sources.lock" or again.read_bytes() == path.read_bytes(), path


def test_what_does_not_fit_into_the_country_is_refused(proefpolder: RunContext, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="do not fit into the Netherlands"):
        grow(*parse([str(tmp_path / "huge"), "--times", "9000", "--clusters", "1"]), proefpolder.store)


def test_land_where_a_grid_of_the_example_ends_grows_too(proefpolder: RunContext, tmp_path: Path) -> None:
    grow(*parse([str(tmp_path / "project"), "--clusters", "1", "--repeat", "steenbakkerij"]), proefpolder.store)
    answer = CliRunner().invoke(main, ["check", "--config", str(tmp_path / "project")])
    assert answer.exit_code == 0, answer.output
