"""Each recipe of CONTRIBUTING.md, done in a copy of the tree: the files that it takes, and that the line runs with it.

`touched` is the cost of a change: files beside those that a project itself supplies.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from recipes.tree import CLUSTER, PROJECT, ROOT, Answer, Tree, copy_tree

from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest cluster of the example, run on the tree as it is, up to where most recipes begin to differ."""
    outputs = tmp_path_factory.mktemp("finished")
    project = read_project(ROOT / PROJECT)
    context = RunContext(project, project.folder, Store(outputs), engine="reference", line=LINE)
    list(run(context, Order((CLUSTER,), up_to="balance")))
    return outputs


@pytest.fixture
def tree(finished: Path, tmp_path: Path) -> Tree:
    copy_tree(tmp_path / "tree")
    shutil.copytree(finished, tmp_path / "outputs")
    return Tree(tmp_path / "tree", tmp_path / "outputs")


def table_of(tree: Tree, stage: str, name: str, unit: str = CLUSTER) -> pd.DataFrame:
    """A table that a stage wrote, without its shapes."""
    return pd.read_parquet(tree.outputs / "work" / stage / unit / f"{name}.parquet")


SOIL_LAYER = '''"""Kinds of soil."""

from layers.column import Column
from layers.layer import Layer

LAYER = Layer(
    name="soil_types",
    meaning="areas with one kind of soil",
    title="Bodemsoorten",
    key=("soil_id",),
    shape="polygon",
    columns={
        "soil_id": Column("str", "key of the area", "Bodem-id"),
        "soil_kind": Column("str", "what the ground is made of", "Grondsoort", choices=("clay", "sand")),
    },
)
'''
SOIL_CARD = """[source]
layer   = "soil_types"
path    = "data/bodem.geojson"
columns = { soil_id = "id", soil_kind = "soort" }
licence = "CC0 1.0, verzonnen"
dated   = 2026-10-01
basis   = "bodemkaart"
"""


def test_a_source_layer(tree: Tree) -> None:
    """A project without it still runs, and is told so; one that supplies it reads it, in its own language."""
    tree.write("layers/sources/soil_types.py", SOIL_LAYER)
    tree.insert("layers/glossary.toml", "[columns]", 'soil_id = "bodem_id"\nsoil_kind = "grondsoort"\n')
    tree.insert("layers/glossary.toml", "[choices]", 'clay = "klei"\nsand = "zand"\n')
    assert tree.touched() == {"layers/sources/soil_types.py", "layers/glossary.toml"}
    shutil.copytree(tree.root / PROJECT, tree.root / "config" / "without")
    tree.write(f"{PROJECT}/sources/soil_types.toml", SOIL_CARD)
    areas = gpd.read_file(tree.root / PROJECT / "data" / "archeologie.geojson")
    soil = gpd.GeoDataFrame({"id": ["B1"], "soort": ["klei"]}, geometry=areas.geometry[:1], crs=areas.crs)
    soil.to_file(tree.root / PROJECT / "data" / "bodem.geojson")
    without, _, described = tree.run(
        "run --to acquire --config config/without", "run --to harmonise", "describe soil_types.grondsoort"
    )
    assert "no source card fills soil_types" in without.text
    assert table_of(tree, "harmonise", "soil_types", "soil_types")["soil_kind"].tolist() == ["clay"]
    assert "soil_kind" in described.text


NOISY_CONSTRAINT = """
[[constraint]]
name      = "near_buildings"
title     = "Dicht bij een pand"
layer     = "buildings"
theme     = "physical"
direction = "onto"
geometry  = { kind = "buffer", distance_m = 5 }
standing  = "guideline"
basis     = "voorbeeld"
source    = "voorbeeld"
certainty = "U"
effects   = { dwelling = "blocks", other = "conditional" }
"""


def test_a_constraint(tree: Tree) -> None:
    """It draws zones, cuts the land and limits activities; its page is written."""
    tree.append("config/constrain.toml", NOISY_CONSTRAINT)
    assert tree.touched() == {"config/constrain.toml"}
    tree.run("run --to assess", f"describe --config {PROJECT} --pages docs")
    assert "near_buildings" in set(table_of(tree, "constrain", "zones")["constraint"])
    assert table_of(tree, "assess", "rooms")["reasons"].str.contains("near_buildings").any()
    assert "docs/regels/near_buildings.md" in tree.touched()


LARGE_PLOTS_LAYER = '''"""Plots from a size on."""

from layers.column import Column
from layers.columns import shared
from layers.layer import Layer

LAYER = Layer(
    name="large_plots",
    meaning="plots of at least a hectare, and their area",
    title="Grote kavels",
    key=("cluster_id",),
    stage="balance",
    is_published=True,
    published_as="grote_kavels",
    columns={
        **shared("area_m2"),
        "large_count": Column("int", "plots of at least a hectare", "Aantal grote kavels", minimum=0),
    },
)
'''
LARGE_PLOTS_ROWS = '''
def _large_plots(inputs: BalanceInputs) -> pd.DataFrame:
    """How many plots of a cluster are a hectare or more, and their m2."""
    area_m2 = inputs.tables["parcel_facts"]["area_m2"]
    large = area_m2[area_m2 >= 10_000]
    row = {"cluster_id": inputs.unit, "large_count": len(large), "area_m2": large.sum()}
    return DERIVED["large_plots"].conform(pd.DataFrame([row]))

'''


@dataclass(frozen=True)
class Published:
    """A tree in which three recipes were done, one after the other: what each touched, and what one run then says."""

    tree: Tree
    touched: dict[str, set[str]]
    answers: list[Answer]

    def table(self, name: str) -> pd.DataFrame:
        """What the file of the cluster has under a name."""
        return pyogrio.read_dataframe(self.tree.outputs / f"{CLUSTER}.gpkg", layer=name)


@pytest.fixture(scope="module")
def published(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A table of the line published, a new table, and a stage between two with its table."""
    folder = tmp_path_factory.mktemp("published")
    copy_tree(folder / "tree")
    shutil.copytree(finished, folder / "outputs")
    tree, touched = Tree(folder / "tree", folder / "outputs"), dict[str, set[str]]()
    for recipe in (publish_a_table, write_a_new_table, put_a_stage_between):
        before = tree.contents()
        recipe(tree)
        touched[recipe.__name__] = {name for name, text in tree.contents().items() if before.get(name) != text}
    words = ("status", "run", "status", "describe grote_kavels.aantal_groot", "outline --help")
    return Published(tree, touched, tree.run(*words))


EMISSION_LAYER = "layers/derived/emission_supply.py"


def publish_a_table(tree: Tree) -> None:
    tree.insert(EMISSION_LAYER, "    stage=", '    is_published=True,\n    published_as="uitstootruimte",\n')


def test_a_table_of_the_line_published(published: Published) -> None:
    """Its layer says so, and under which name."""
    assert published.touched["publish_a_table"] == {EMISSION_LAYER}
    rows = published.table("uitstootruimte")
    assert list(rows.columns) == ["cluster", "kavel_id", "activiteit", "jaar", "oppervlakte_ha"]
    area_m2 = table_of(published.tree, "balance", "emission_supply")["area_m2"].sum()
    assert rows["oppervlakte_ha"].sum() == pytest.approx(area_m2 / 10_000, abs=0.01) and area_m2 > 0


BALANCE_TABLES = "pipeline/stages/balance/tables.py"


def write_a_new_table(tree: Tree) -> None:
    tree.write("layers/derived/large_plots.py", LARGE_PLOTS_LAYER)
    tree.replace(BALANCE_TABLES, "\n# Per table the rows", f"{LARGE_PLOTS_ROWS}\n# Per table the rows")
    tree.insert(BALANCE_TABLES, "BALANCE_TABLES: ", '    "large_plots": (_large_plots, listed),\n')
    tree.insert("layers/glossary.toml", "[columns]", 'large_count = "aantal_groot"\n')


def test_a_new_published_table(published: Published) -> None:
    """Its layer, and its rows in the stage that computes them."""
    files = {"layers/derived/large_plots.py", BALANCE_TABLES, "layers/glossary.toml"}
    assert published.touched["write_a_new_table"] == files
    rows = published.table("grote_kavels")
    assert list(rows.columns) == ["cluster", "oppervlakte_ha", "aantal_groot"]
    assert rows["aantal_groot"].tolist() == [
        int((table_of(published.tree, "measure", "parcel_facts")["area_m2"] >= 10_000).sum())
    ]
    assert "balance" in published.answers[3].text


OUTLINE_LAYER = '''"""The outline of each holding."""

from layers.column import Column
from layers.layer import Layer

LAYER = Layer(
    name="outlines",
    meaning="the length of the outline of each holding",
    title="Omtrek",
    key=("holding_id",),
    stage="outline",
    is_published=True,
    published_as="omtrek",
    columns={
        "holding_id": Column("str", "key of the holding", "Bezitsvlak-id"),
        "outline_m": Column("float", "length of its outline", "Omtrek", unit="m", minimum=0),
    },
)
'''
OUTLINE_STAGE = '''"""Measure the outline of holdings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.derived.outlines import LAYER as OUTLINES
from pipeline.project.project import Project


def run(config: Project, unit: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The length in m of the outline of each holding of a cluster (RD New)."""
    holdings = tables["holdings"]
    rows = pd.DataFrame({"holding_id": holdings["holding_id"], "outline_m": holdings.length})
    return {"outlines": OUTLINES.conform(rows)}
'''
OUTLINE_ENTRY = """    Stage(
        name="outline",
        help="Measure the outline of holdings. Reads holdings; writes outlines.",
        units=CLUSTERS,
        reads=Reads(tables=("holdings",)),
        run="pipeline.stages.outline:run",
    ),
"""


LINE_FILE = "pipeline/line/__init__.py"


def put_a_stage_between(tree: Tree) -> None:
    tree.write("pipeline/stages/outline/__init__.py", OUTLINE_STAGE)
    tree.replace(LINE_FILE, '    Stage(\n        name="assess",', f'{OUTLINE_ENTRY}    Stage(\n        name="assess",')
    tree.write("layers/derived/outlines.py", OUTLINE_LAYER)
    tree.insert("layers/glossary.toml", "[columns]", 'outline_m = "omtrek_m"\n')


def test_a_stage_between_two(published: Published) -> None:
    """Its verb, its target of make, its row in the README and its freshness follow from the entry in the line; its
    table is published as its layer says.
    """
    files = {"pipeline/stages/outline/__init__.py", LINE_FILE, "layers/derived/outlines.py", "layers/glossary.toml"}
    assert published.touched["put_a_stage_between"] == files
    stale, _, fresh, _, shown = published.answers
    assert f"outline    {CLUSTER}" in stale.text and "not run yet" in stale.text
    assert "outline " not in fresh.text and "Measure the outline of holdings." in shown.text
    outlines, rows = table_of(published.tree, "outline", "outlines")["outline_m"], published.table("omtrek")
    assert (outlines > 0).all() and rows["omtrek_m"].sum() == pytest.approx(outlines.sum(), abs=1)
    assert "`measure`, `outline`, `assess`" in published.tree.readme()
    assert "measure outline assess" in published.tree.menu()


def test_a_vector_format(tree: Tree) -> None:
    """A project may then give a source in it."""
    entry = '        FileFormat("geojsonseq", (".geojsonl",), "vector", (b"{",), ("GeoJSONSeq",), is_text=True),\n'
    tree.insert("pipeline/project/file_formats.py", "    for known in (", entry)
    assert tree.touched() == {"pipeline/project/file_formats.py"}
    data = tree.root / PROJECT / "data"
    areas = pyogrio.read_dataframe(data / "archeologie.geojson")
    pyogrio.write_dataframe(areas, data / "archeologie.geojsonl", driver="GeoJSONSeq")
    tree.replace(f"{PROJECT}/sources/archaeology_areas.toml", "archeologie.geojson", "archeologie.geojsonl")
    before = table_of(tree, "harmonise", "archaeology_areas", "archaeology_areas").drop(columns="geometry")
    (answer,) = tree.run("run --to harmonise -v")
    after = table_of(tree, "harmonise", "archaeology_areas", "archaeology_areas").drop(columns="geometry")
    assert "archaeology_areas 2" in answer.text and before.equals(after)


PROMISED = '    Term("promised", "toegezegd", "#5b3c88", 11, "forward", waterfall=11),\n'
SQUATTED = """    Term(
        "squatted",
        "gekraakt",
        "#5b3c89",
        10,
        totals=("in_use",),
        sentence="De grond is gekraakt",
        when_lifted="de krakers vertrekken",
        vacancy="none",
        firmness=1,
    ),
"""
DELAYED = """    Term(
        "delayed", "uitgesteld", "#5b3c88", 4, sentence="mag deze activiteit pas later", opening="Pas later ruimte"
    ),
"""


def test_a_verdict_a_holding_and_a_room(tree: Tree) -> None:
    """A project's table of verdicts and corrections may name them; words, colours and totals follow."""
    for name, term in {"VERDICT": PROMISED, "HOLDING": SQUATTED, "ROOM": DELAYED}.items():
        tree.insert("layers/closed_lists.py", f"{name}_TERMS = (", term)
    assert tree.touched() == {"layers/closed_lists.py"}
    header, *rows = (tree.root / "config" / "verdicts.csv").read_text(encoding="utf-8").splitlines()
    rows = [row.replace("claimed", "promised") if row.startswith("reserved") else row for row in rows]
    verdicts = [f"{header};delayed", *(f"{row};unknown" for row in rows), "squatted" + ";in_use" * 5]
    tree.write(f"{PROJECT}/verdicts.csv", "\n".join(verdicts))
    tree.append(f"{PROJECT}/overrides.csv", "SB-0001;squatted;grondzaken;gekraakt;2035-12-31\n")
    tree.run("run")
    balance = table_of(tree, "balance", "land_balance")
    counted = balance[balance["area_m2"] > 0]
    assert {("verdict", "promised"), ("holding", "squatted")} <= {
        *zip(counted["measure"], counted["heading"], strict=True)
    }
    file = tree.outputs / f"{CLUSTER}.gpkg"
    for name in ("balans", "waterval"):
        assert "toegezegd" in set(pyogrio.read_dataframe(file, layer=name)["post"])
    plots = pyogrio.read_dataframe(file, layer="kavels").set_index("kavel_id")
    assert "De grond is gekraakt; " in plots.loc["SB-0001", "toelichting"]
    styles = pyogrio.read_dataframe(file, layer="layer_styles")
    assert all(styles["styleQML"].str.contains(word).any() for word in ("toegezegd", "gekraakt", "uitgesteld"))


AREA_COMMAND = '''"""Verb `area`: the plots of each cluster."""

from __future__ import annotations

import click

from pipeline.cli.options import ProjectOptions, project_options


@click.command("area", epilog="Example: industrieruimte area")
@project_options
def command(options: ProjectOptions) -> None:
    """List the hectares of plots. Reads the project and its results; writes nothing."""
    from pipeline.cli.context import context_of
    from pipeline.runner.results import Results

    context = context_of(options)
    for name in options.clusters:
        plots = Results.from_run(context).table("parcel_facts", name)
        click.echo(f"{name} {plots['area_m2'].sum() / 10_000:.1f} ha")
'''


def test_a_verb_of_the_command_line(tree: Tree) -> None:
    """The folder is the register; the target of make and the row in the README follow."""
    tree.write("pipeline/cli/commands/area.py", AREA_COMMAND)
    assert tree.touched() == {"pipeline/cli/commands/area.py"}
    verb = f"area --config {PROJECT} --outputs {tree.outputs} -c {CLUSTER}"
    answer, shown = tree.run(verb, "--help")
    assert answer.text == f"{CLUSTER} 13.8 ha\n" and "area" in shown.text
    assert "| `area` | List the hectares of plots. |" in tree.readme() and " area " in tree.menu()


WAREHOUSE = """
[profile.warehouse]
title            = "Loods"
least_area_ha    = 0.1
least_width_m    = 10
category         = "3.1"
object_kinds     = ["storage"]
is_noise_maker   = false
emits_nitrogen   = false
noise_dba_m2     = 50
height_m         = 10
risk_radius_m    = 0
seveso           = "none"
basis            = "voorbeeld"
certainty        = "U"
"""


def test_an_activity(tree: Tree) -> None:
    """It is judged on every piece, year and case."""
    tree.append("config/profiles.toml", WAREHOUSE)
    assert tree.touched() == {"config/profiles.toml"}
    tree.run("run --to assess")
    by_activity = table_of(tree, "assess", "assessments").groupby("profile").size()
    assert by_activity["warehouse"] == by_activity["general_industry"]
    assert "usable" in set(table_of(tree, "assess", "assessments").query("profile == 'warehouse'")["verdict"])


def test_a_cluster(tree: Tree) -> None:
    """A card for a name that the boundaries have."""
    cards, boundaries = tree.root / PROJECT / "clusters", f"{PROJECT}/data/clustergrenzen.geojson"
    tree.replace(boundaries, '"cluster": "zuivelfabriek"', '"cluster": "melkfabriek"')  # the province renamed it
    (cards / "zuivelfabriek.toml").unlink()
    before = {path.name for path in cards.iterdir()}
    tree.write(
        f"{PROJECT}/clusters/melkfabriek.toml", 'title = "Melkfabriek"\nkind  = "cluster_6"\nbasis = "voorbeeld"\n'
    )
    assert {path.name for path in cards.iterdir()} - before == {"melkfabriek.toml"} and tree.touched() == set()
    tree.run("run --to resolve -c melkfabriek")
    assert set(table_of(tree, "resolve", "holdings", "melkfabriek")["cluster_id"]) == {"melkfabriek"}


CSV_WRITER = '''def _csv(sheets: Sequence[PublishedTable], target: Path, date: dt.date) -> None:
    """Every table without its shapes, as text that a spreadsheet opens."""
    target.mkdir()
    for sheet in sheets:
        plain = pd.DataFrame(sheet.content.drop(columns="geom", errors="ignore"))
        plain.to_csv(target / f"{sheet.name}.csv", sep=";", decimal=",", index=False)


'''


def test_an_output_format(tree: Tree) -> None:
    """It is offered, written, and can be read back."""
    formats = "pipeline/stages/publish/files/formats.py"
    tree.replace(formats, "OUTPUT_FORMATS = {", f"{CSV_WRITER}OUTPUT_FORMATS = {{")
    tree.insert(formats, '    "xlsx": OutputFormat', '    "csv": OutputFormat(".csv", _csv),\n')
    assert tree.touched() == {formats}
    (answer,) = tree.run("publish --format csv")
    assert f"{CLUSTER}.csv" in answer.text
    written = pd.read_csv(tree.outputs / f"{CLUSTER}.csv" / "kavels.csv", sep=";", decimal=",")
    assert len(written) == len(table_of(tree, "measure", "parcel_facts"))


RECIPES = {
    "A source layer": 1,
    "A constraint": 1,
    "A published table": 1,
    "A new table, or a column of one": 2,
    "A stage between two": 2,
    "A vector, grid or table format": 1,
    "A verdict, holding or room": 1,
    "A verb of the command line": 1,
    "An activity, a cluster": 1,
    "An output format": 1,
}


def test_every_recipe_stands_in_the_guide_with_its_steps() -> None:
    """Files by hand, beside the layers of a new stage and the words in the glossary."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Recipes")[1]
    sections = dict(part.split("\n", 1) for part in guide.split("### ")[1:])
    files = {
        name: len([line for line in text.splitlines() if line[:1].isdigit() and "glossary" not in line])
        for name, text in sections.items()
    }
    assert files == RECIPES
