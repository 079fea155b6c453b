"""A project drafted from files: cards that say what was seen, and what is still to be filled in."""

from __future__ import annotations

import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.project.load import Project, read_project
from pipeline.project.source import FromColumnConfig
from pipeline.project.unfinished import TODO
from pipeline.queries.drafting.cards import as_toml
from pipeline.queries.drafting.project import draft_project, empty_draft, slug_of, write_project

EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"
# What the cards of the example say of columns and no file can: constants, and a part of a word.
KNOWN_TO_PEOPLE = {
    "height_limits.height_limit_kind",
    "noise_attention_areas.limit_db_lden",
    "noise_attention_areas.limit_db_lnight",
}


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def write_haven(folder: Path) -> Path:
    """Two files of an office: a boundary of two clusters, and plots with their status."""
    folder.mkdir(parents=True)
    squares = [shapely.box(120_000 + 100 * n, 490_000, 120_100 + 100 * n, 490_100) for n in range(4)]
    boundary = {"id": ["G1", "G2"], "cluster": ["Haven West", "oost"]}
    halves = [shapely.union_all(squares[:2]), shapely.union_all(squares[2:])]
    gpd.GeoDataFrame(boundary, geometry=halves, crs=28992).to_file(folder / "grenzen.gpkg")
    plots = {
        "KAVELNR": ["P-1", "P-2", "P-3", "P-4"],
        "UITGIFTESTATUS": ["Uitgegeven", "In optie", "Uitgegeven", "Verpand"],
    }
    gpd.GeoDataFrame(plots, geometry=squares, crs=28992).to_file(folder / "kavels.gpkg")
    return folder


def card_of(folder: Path, name: str) -> dict[str, Any]:
    return dict(tomllib.loads((folder / "sources" / f"{name}.toml").read_text(encoding="utf-8"))["source"])


def finish(folder: Path) -> None:
    """Fill in what nobody but the office knows of the example."""
    for path, line in {
        "project.toml": f'reference_date = "{TODO}"',
        "sources/height_limits.toml": f'height_limit_kind = "{TODO}"',
    }.items():
        text = (folder / path).read_text(encoding="utf-8")
        assert line in text
        known = "reference_date = 2026-10-01" if "date" in line else 'height_limit_kind = { value = "airport" }'
        (folder / path).write_text(text.replace(line, known), encoding="utf-8")


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project that is drafted from the data of the example, with what is left to fill in filled in."""
    folder = tmp_path_factory.mktemp("drafted") / "proef"
    assert ask("init", folder, "--from", EXAMPLE / "data").exit_code == 0
    finish(folder)
    return read_project(folder)


def columns_by_name(project: Project) -> dict[str, str]:
    return {
        f"{card.layer}.{name}": spec.from_ if isinstance(spec, FromColumnConfig) else ""
        for card in project.sources.values()
        for name, spec in card.columns.items()
    }


def test_the_cards_name_the_columns_that_those_of_the_example_name(drafted: Project) -> None:
    ours, known = columns_by_name(drafted), columns_by_name(read_project(EXAMPLE))
    assert {name for name in ours.keys() | known.keys() if ours.get(name) != known.get(name)} <= KNOWN_TO_PEOPLE


def test_the_cards_read_cells_as_those_of_the_example_do(drafted: Project) -> None:
    for name, card in read_project(EXAMPLE).sources.items():
        mine = drafted.sources[name]
        assert (mine.geometry.kind, mine.crs, mine.dissolve_on) == (card.geometry.kind, card.crs, card.dissolve_on)
        for column, spec in card.columns.items():
            if isinstance(spec, FromColumnConfig) and name != "overrides" and spec.pattern is None:
                assert mine.columns[column] == spec, f"{name}.{column}"
    assert drafted.sources["safety_contours"].close_lines and drafted.sources["ground_leases"].csv.decimal == ","


def test_the_clusters_are_those_of_the_boundary_and_nothing_is_invented(drafted: Project) -> None:
    assert set(drafted.clusters) == set(read_project(EXAMPLE).clusters)
    assert not drafted.demand and not drafted.projects and not drafted.not_supplied


def test_a_file_of_plots_with_their_status_fills_both_layers(tmp_path: Path) -> None:
    data = write_haven(tmp_path / "data")
    assert ask("init", tmp_path / "haven", "--from", data).exit_code == 0
    status = card_of(tmp_path / "haven", "issue_register")
    assert status["columns"] == {"parcel_id": "KAVELNR", "issue_status": "UITGIFTESTATUS"}
    assert status["values"]["issue_status"] == {"Verpand": TODO}
    boundaries = card_of(tmp_path / "haven", "cluster_boundaries")
    assert boundaries["values"]["cluster_id"] == {"Haven West": "haven-west"}
    assert sorted(path.name for path in (tmp_path / "haven" / "clusters").iterdir()) == ["haven-west.toml", "oost.toml"]


def test_numbers_are_no_words_of_a_list_that_may_say_unknown(tmp_path: Path) -> None:
    """Speed limits in a column that is called as kinds of road may be: the kind is then not known."""
    write_haven(tmp_path / "data")
    speeds = {"WEGVAK_ID": ["1", "2"], "OMSCHR": ["80", "120"]}
    lines = [shapely.LineString([(119_000, 490_000 + n), (122_000, 490_000 + n)]) for n in (0, 500)]
    gpd.GeoDataFrame(speeds, geometry=lines, crs=28992).to_file(tmp_path / "data" / "wegen.gpkg")
    assert ask("init", tmp_path / "p", "--from", tmp_path / "data").exit_code == 0
    card = card_of(tmp_path / "p", "roads")
    assert card["columns"]["road_id"] == "WEGVAK_ID" and "road_kind" not in card["columns"] and "values" not in card


def test_check_collects_what_is_to_be_filled_in_with_file_line_and_words(tmp_path: Path) -> None:
    ask("init", tmp_path / "haven", "--from", write_haven(tmp_path / "data"))
    checked = ask("check", "--config", tmp_path / "haven", "--data", tmp_path / "data")
    assert checked.exit_code == 2
    assert "project.toml, line 6: reference_date: the day that counts as today" in checked.output
    assert "what 'Verpand' stands for, one of ['uitgeefbaar'" in checked.output
    for name, known in (("issue_register", "in optie"), ("project", "2026-10-01")):
        path = tmp_path / "haven" / (f"sources/{name}.toml" if name != "project" else "project.toml")
        date = f'"{TODO}"' if name == "project" else TODO
        path.write_text(path.read_text(encoding="utf-8").replace(date, known), encoding="utf-8")
    assert ask("check", "--config", tmp_path / "haven", "--data", tmp_path / "data").exit_code == 0


def test_what_no_file_was_brought_for_is_declared_unknown_in_a_line(tmp_path: Path) -> None:
    draft = draft_project("haven", write_haven(tmp_path / "data"), tmp_path / "data")
    (absent,) = tomllib.loads(draft.cards["project.toml"])["absent_together"]
    assert absent["treat_as"] == "unknown" and {"ground_leases", "noise_levels"} <= set(absent["layers"])
    assert not {"parcels", "issue_register", "overrides"} & set(absent["layers"])


def test_the_commands_that_init_prints_can_be_typed_as_they_are(tmp_path: Path) -> None:
    data = write_haven(tmp_path / "onze data's")
    shown = ask("init", tmp_path / "haven 2026", "--from", data).output
    command = next(line for line in shown.splitlines() if "check" in line and "--config" in line)
    assert shlex.split(command)[-4:] == ["--config", str(tmp_path / "haven 2026"), "--data", str(data)]


def test_data_within_the_project_folder_counts_from_that_folder(tmp_path: Path) -> None:
    data = write_haven(tmp_path / "haven" / "data")
    shown = ask("init", tmp_path / "haven", "--from", data)
    assert shown.exit_code == 0 and "--data" not in shown.output
    assert card_of(tmp_path / "haven", "parcels")["path"] == "data/kavels.gpkg"
    assert ask("init", tmp_path / "haven", "--from", data).exit_code == 2


def test_an_empty_project_asks_for_the_files_that_every_project_needs(tmp_path: Path) -> None:
    assert ask("init", tmp_path / "leeg").exit_code == 0
    checked = ask("check", "--config", tmp_path / "leeg")
    assert checked.exit_code == 2 and "sources/parcels.toml, line 5: source.path: the file" in checked.output
    assert not (tmp_path / "leeg" / "sources" / "noise_zones.toml").exists()
    assert "# plan_category = " in (tmp_path / "leeg" / "sources" / "parcels.toml").read_text(encoding="utf-8")


def test_contracts_are_read_as_they_are_written(tmp_path: Path) -> None:
    data = write_haven(tmp_path / "data")
    rows = ["Contractnr;Kavels;Soort recht;Einddatum", "C1;P-1 + P-2;erfpacht;31-12-2040", "C2;P-3;huur;eeuwigdurend"]
    (data / "contracten.csv").write_text("\n".join([*rows, "C3;P-4;huur;n.t.b.", "C4;P-4;vruchtgebruik;01-02-2030\n"]))
    ask("init", tmp_path / "haven", "--from", data)
    card = card_of(tmp_path / "haven", "ground_leases")
    assert card["columns"]["parcel_id"] == {"from": "Kavels", "split": "+"}
    assert card["columns"]["ends_on"] == {"from": "Einddatum", "date": "%d-%m-%Y", "perpetual": ["eeuwigdurend"]}
    assert card["empty_words"] == ["n.t.b."] and card["values"]["right_type"] == {"vruchtgebruik": TODO}


def test_rules_of_an_install_for_reading_only_can_be_written_in_the_project(tmp_path: Path) -> None:
    rules = tmp_path / "installed"
    shutil.copytree(EXAMPLE.parent, rules, ignore=shutil.ignore_patterns(EXAMPLE.name))
    paths = sorted(rules.rglob("*"), reverse=True)
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    write_project(tmp_path / "haven", empty_draft("haven"), rules)
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)
        there = tmp_path / "haven" / path.relative_to(rules)
        assert there.exists() and there.stat().st_mode & 0o200, there
        assert path.is_dir() or path.name == "project.toml" or there.read_bytes().endswith(path.read_bytes())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a"b\\c\nd', '"a\\"b\\\\c\\nd"'),
        (["a", 1, True], '["a", 1, true]'),
        ({"kind": "xy", "een kop": "x"}, '{ kind = "xy", "een kop" = "x" }'),
    ],
)
def test_any_text_of_a_file_stands_in_a_card_as_it_is(value: Any, text: str) -> None:
    assert as_toml(value) == text and tomllib.loads(f"key = {text}")["key"] == value


@pytest.mark.parametrize(
    ("text", "slug"), [("Haven West", "haven-west"), ("oost", "oost"), ("Moerdijk (N.)", "moerdijk-n")]
)
def test_a_slug_has_small_letters_and_signs_alone(text: str, slug: str) -> None:
    assert slug_of(text) == slug
