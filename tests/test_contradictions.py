"""Contradictions: rule cards that contradict each other, that nothing reaches, or that stand on nothing, are refused
in words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from layers.closed_lists import CLOSED_LISTS
from layers.errors import ConfigRefusal
from pipeline.project.load import read_project
from pipeline.project.project import Project
from pipeline.project.validate import contradictions

ROOT = Path(__file__).parents[1]


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace the first of these words in a rule card."""

    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert re.search(old, text, flags=re.M), f"{old!r} is not in {name}"
        (folder / name).write_text(re.sub(old, new, text, count=1, flags=re.M), encoding="utf-8")

    return change


def constrain(old: str, new: str) -> Callable[[Path], None]:
    return edit("constrain.toml", old, new)


def effects(old: str, new: str) -> Callable[[Path], None]:
    return edit("effects.csv", old, new)


def assemble(old: str, new: str) -> Callable[[Path], None]:
    return edit("assemble.toml", old, new)


def balance(old: str, new: str) -> Callable[[Path], None]:
    return edit("balance.toml", old, new)


def publish(old: str, new: str) -> Callable[[Path], None]:
    return edit("publish.toml", old, new)


def rows(name: str, *lines: str) -> Callable[[Path], None]:
    """Add rows to a table of the rules."""

    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")

    return change


PROJECT = "A;a;westhaven;general_industry;2;2028;2030;1;;;;;;x"
DEMAND = "westhaven;2030;s;economie;10;x;1;1;"


BAD = [
    pytest.param(
        publish('layer       = "levers"', 'layer       = "pieces"'),
        "'hefbomen' shows no publishable layer 'pieces', expected one of",
        id="a table that is made but cannot be published",
    ),
    pytest.param(
        publish(r'label_words = "\{cluster_name\}', 'label_words = "{naam}'),
        "is drawn or labelled by 'naam', no column",
        id="a label of what is no column",
    ),
    pytest.param(
        publish('label  = "parcel_id"', 'label  = "parcel"'),
        "is drawn or labelled by 'parcel', no column",
        id="a label that is no column",
    ),
    pytest.param(
        publish('published = "net_niet"', 'published = "net_wel"'),
        "is of 'net_wel', which is not published",
        id="a map of what is not published",
    ),
    pytest.param(
        publish("where = { theme =", "where = { thema ="), "asks for 'thema', no column", id="rows by what is no column"
    ),
    pytest.param(
        publish(r'shows = \["clusters", "net", "gross"\]', 'shows = ["clusters", "nett"]'),
        "shows 'nett', no entry",
        id="a theme of what is not shown",
    ),
    pytest.param(
        publish('child  = "contracten"', 'child  = "contractjes"'),
        "is of 'contractjes', no entry and no table",
        id="a relation to nothing",
    ),
    pytest.param(
        publish('parcel_id = "subject"', 'parcel_id = "onderwerp"'),
        "goes by 'onderwerp', no column",
        id="a relation by what is no column",
    ),
    pytest.param(
        publish('theme   = "Vrij en bruikbaar op {day}"', 'theme   = "Vrij"'),
        "is drawn in 'Vrij', no theme",
        id="an atlas in no theme",
    ),
    pytest.param(
        publish('palette = "holding"', 'palette = "bezit"'),
        "palette 'bezit' is not there",
        id="a palette that is not there",
    ),
    pytest.param(publish('"holding.free"', '"verdict.used"'), "has no 'used'", id="a swatch that is not there"),
    pytest.param(assemble(r'layer = "land_use"', 'layer = "bestrating"'), "no such layer", id="a bridge over no layer"),
    pytest.param(
        assemble(r"use_kind IN \('road', 'paved'\)", "use_kind = 'weg'"),
        "'weg' is no 'use_kind'",
        id="a bridge over no kind",
    ),
    pytest.param(assemble(r"^half_width_m = 10\n", ""), "lines need half_width_m", id="a road without a width"),
    pytest.param(
        assemble(r'half_width_column = "strip_m"', 'half_width_column = "substance"'),
        "no column in metres",
        id="a width from no metres",
    ),
    pytest.param(assemble(r'cost  = "low"', 'cost  = "high"'), "from cheap to dear", id="bridges out of order"),
    pytest.param(assemble(r"sizes_ha     = .*", "sizes_ha = [5, 2]"), "must rise", id="sizes that fall"),
    pytest.param(
        balance(r'not_liftable = \["holding.public_space"', 'not_liftable = ["wegen"'),
        "'wegen' is no constraint",
        id="a reason that is none",
    ),
    pytest.param(
        balance(r'heavy_category    = "5.1"', 'heavy_category = "9"'), "is no category", id="a category that is none"
    ),
    pytest.param(
        balance(r'profile = "electrolyser"', 'profile = "fabriek"'),
        "names no profile 'fabriek'",
        id="a segment of no activity",
    ),
    pytest.param(rows("proefpolder/projects.csv", PROJECT, PROJECT), "'A' stands there twice", id="a project twice"),
    pytest.param(
        rows("proefpolder/projects.csv", PROJECT.replace("westhaven", "elders")),
        "no cluster 'elders'",
        id="a project in no cluster",
    ),
    pytest.param(
        rows("proefpolder/projects.csv", PROJECT.replace("general_industry", "fabriek")),
        "no profile 'fabriek'",
        id="a project of no activity",
    ),
    pytest.param(
        rows("proefpolder/projects.csv", PROJECT.replace(";2;2028", ";2,5;2028")), "area_ha", id="a comma for a point"
    ),
    pytest.param(
        rows("proefpolder/projects.csv", PROJECT.replace("2028;2030", "2030;2028")),
        "lies after last_year",
        id="years the wrong way round",
    ),
    pytest.param(
        rows("proefpolder/projects.csv", PROJECT.replace(";;;;;;x", ";;;;P;;x")),
        "near and near_m go together",
        id="near without metres",
    ),
    pytest.param(
        rows("proefpolder/projects.csv", PROJECT.replace(";;;;;;x", ";;;B;;;x")),
        "needs land of 'B', which is no other project",
        id="land of nobody",
    ),
    pytest.param(
        rows(
            "proefpolder/projects.csv",
            PROJECT.replace(";;;;;;x", ";;;B;;;x"),
            PROJECT.replace("A;a", "B;b").replace(";;;;;;x", ";;;A;;;x"),
        ),
        "in the end needs its own land",
        id="two projects that wait for each other",
    ),
    pytest.param(
        rows(
            "proefpolder/projects.csv",
            PROJECT.replace(";;;;;;x", ";;K;;;;x"),
            PROJECT.replace("A;a", "B;b").replace(";;;;;;x", ";;K;;;;x"),
        ),
        "'K' is left by more than one project",
        id="a plot that two leave",
    ),
    pytest.param(rows("proefpolder/demand.csv", DEMAND, DEMAND), "stands there twice", id="demand twice"),
    pytest.param(
        rows("proefpolder/demand.csv", DEMAND.replace(";10;", ";-10;")), "demand_ha", id="demand below nothing"
    ),
    pytest.param(
        rows("proefpolder/demand.csv", DEMAND.replace("economie", "wonen")),
        "no [segment.wonen]",
        id="a segment without activity",
    ),
    pytest.param(
        constrain(r"^article   = \"art. 5.7 en 5.11\"\n", ""),
        "stands on law and names no article",
        id="a law without an article",
    ),
    pytest.param(constrain(r'^basis     = "zeefafstand.*"', 'basis = " "'), "basis", id="an empty basis"),
    pytest.param(constrain(r'^source    = "aanwijzingsbesluiten"', 'source = ""'), "source", id="an empty source"),
    pytest.param(constrain(r'^direction = "onto"', 'direction = "sideways"'), "'onto', 'from'", id="a third direction"),
    pytest.param(
        constrain(r'name      = "archaeology"', 'name      = "open_water"'),
        "'open_water' stands there twice",
        id="the same name twice",
    ),
    pytest.param(
        constrain(r"defence_zone = 'core'", "defence_zone = 'core' AND defence_zone = 'protection'"),
        "two things at once",
        id="a filter that can never hold",
    ),
    pytest.param(
        constrain(r"groundwater_kind = 'extraction'", "groundwater_kind = 'drinking'"),
        "'drinking' is no 'groundwater_kind'",
        id="a word outside the closed list",
    ),
    pytest.param(
        constrain(r'column = "budget_dba_m2"', 'column = "decibels"'),
        "no column of 'noise_budgets'",
        id="bands from no column",
    ),
    pytest.param(
        constrain(r'distance_column = "strip_m"', 'distance_column = "width"'),
        "no column of 'power_lines'",
        id="distances from no column",
    ),
    pytest.param(
        constrain(r'^from_year = "from_year"', 'from_year = "begin"'),
        "takes a year from 'begin'",
        id="years from no column",
    ),
    pytest.param(
        constrain(r'^from_year = "from_year"\nto_year   = "to_year"', "from_year = 2040\nto_year = 2030"),
        "before it begins",
        id="it ends before it begins",
    ),
    pytest.param(
        constrain(r'column = "permit_group"', 'column = "permit"'),
        "own site by 'permit'",
        id="its own site by no column",
    ),
    pytest.param(
        constrain(r'^area_kind = "quiet"', 'area_kind = "loud"'), "area_kind", id="a kind of area that is not there"
    ),
    pytest.param(
        constrain(r'"1500" = 1500 } }\narea_kind', '"1400" = 1400 } }\narea_kind'),
        "asks for 1500 m, no step",
        id="a distance without a step",
    ),
    pytest.param(
        constrain(r'"1500" = 1500 } }\narea_kind', '"1500" = 1500, "2000" = 2000 } }\narea_kind'),
        "that nothing reaches",
        id="a step beyond every category",
    ),
    pytest.param(constrain(r'"30" = 30, "50" = 50', '"30" = 50, "50" = 30'), "must rise", id="rings that do not rise"),
    pytest.param(effects(r"^open_water;office;.*\n", ""), "'open_water' on 'office': no effect", id="a missing cell"),
    pytest.param(
        effects(r"^(open_water;office;.*)\n", r"\1\n\1\n"), "stands there twice", id="a cell that stands there twice"
    ),
    pytest.param(
        effects(
            r"^open_water;office;always;blocks",
            "open_water;office;always;none;x\nopen_water;office;risk_reaches_band;blocks",
        ),
        "has no rings",
        id="a condition that cannot be",
    ),
    pytest.param(
        effects(
            r"^nature_site;office;always;blocks(.*)",
            r"nature_site;office;always;blocks\1\nnature_site;office;stores_hazardous;conditional;x",
        ),
        "is never reached",
        id="an effect weaker than what always holds",
    ),
    pytest.param(
        effects(r"^archaeology;office;always;conditional", "archaeology;office;sometimes;conditional"),
        "sometimes",
        id="a condition that is not there",
    ),
    pytest.param(
        effects(r"^archaeology;office;always;conditional", "archaeology;cathedral;always;conditional"),
        "cathedral",
        id="an object kind that is not there",
    ),
    pytest.param(
        effects(r"^archaeology;office;always;conditional;.*", "archaeology;office;always;conditional; "),
        "basis",
        id="an effect without a basis",
    ),
    pytest.param(
        effects(r"^archaeology;", "archeology;"), "'archeology' is no constraint", id="an effect of no constraint"
    ),
    pytest.param(
        edit("profiles.toml", r"risk_radius_m    = 100", "risk_radius_m = 150"),
        "expected 0 or a step of 'own_risk'",
        id="a radius that is no step",
    ),
    pytest.param(
        edit("profiles.toml", r'"unmanned_installation", "storage"\]', '"unmanned_installation", "silo"]'),
        "silo",
        id="a profile that builds something unknown",
    ),
    pytest.param(
        edit("profiles.toml", r'category         = "4.2"', 'category = "4"'),
        "category '4'",
        id="a category that is not there",
    ),
    pytest.param(
        edit("assess.toml", r'quiet = \{ "1" = 10, ', "quiet = { "),
        "must name each of",
        id="a category without a distance",
    ),
    pytest.param(
        edit("assess.toml", r'"5.3" = 1000, "6" = 1500', '"5.3" = 1500, "6" = 1000'),
        "must not fall",
        id="heavier, and yet nearer",
    ),
    pytest.param(
        edit("measure.toml", r'unit = "dB Lden"', 'unit = "dB(A) etmaalwaarde"'),
        "not converted into each other",
        id="a threshold in another unit than the grid",
    ),
    pytest.param(edit("measure.toml", r'unit = "dB Lden"', 'unit = "dB"'), "found 'dB'", id="a level without a kind"),
    pytest.param(
        edit("measure.toml", r"present = 40, eu_2030 = 20", "present = 20, eu_2030 = 40"),
        "must not rise",
        id="norms that grow milder",
    ),
    pytest.param(
        edit("measure.toml", r"\[500, 1000", "[1000, 500"), "must rise", id="rings of nature that do not rise"
    ),
    pytest.param(
        edit("measure.toml", r'"ramp"\]\nbasis', '"slip"]\nbasis'),
        "'slip' is no road_kind",
        id="a kind of road that is not there",
    ),
    pytest.param(
        constrain(r'distance_column = "strip_m"', 'distance_column = "line_id"'),
        "no column of float or int",
        id="distances from words",
    ),
    pytest.param(
        constrain(r'column = "budget_dba_m2"', 'column = "budget_id"'), "holds no numbers", id="decibels from words"
    ),
    pytest.param(
        constrain(r'(name      = "outside_zoned_sites"(?:.*\n)*?geometry .*\n)', r'\1to_year = "from_year"\n'),
        "takes a year from",
        id="years of features, outside all of them",
    ),
    pytest.param(
        constrain(r"area_kind IS NULL OR area_kind <> 'mixed'", "area_kind = 'quiet'"),
        "counted by 0 ladders",
        id="dwellings of an unknown area left out",
    ),
    pytest.param(
        constrain(r"^where     = \"area_kind IS NULL OR area_kind <> 'mixed'\"\n", ""),
        "counted by 2 ladders",
        id="dwellings counted by both ladders",
    ),
    pytest.param(
        constrain(r'^area_kind = "mixed"', 'area_kind = "quiet"'),
        "features of the other kind",
        id="mixed dwellings at quiet distances",
    ),
    pytest.param(
        constrain(r'"10" = 10, "30"', '"unknown" = 10, "30"'), "and not 'unknown'", id="a ring called unknown"
    ),
    pytest.param(
        edit("balance.toml", r'claim_constraint = "energy_claim"', 'claim_constraint = "energy_clam"'),
        "no constraint with values of 'claim_certainty'",
        id="claims from no constraint",
    ),
    pytest.param(
        edit("profiles.toml", r"^noise_dba_m2     = 60\n", ""),
        "noise_dba_m2: missing",
        id="an activity of unknown noise",
    ),
    pytest.param(
        edit("verdicts.csv", "free;usable;conditional;blocked;unknown", "free;usable;conditional;blocked;usable"),
        "only free land with open room can be",
        id="unknown room called usable",
    ),
    pytest.param(
        edit("verdicts.csv", "unknown;unknown;", "unknown;usable;"),
        "holding 'unknown' with room 'open'",
        id="land of unknown holder called usable",
    ),
    pytest.param(
        edit("assess.toml", r'when_unknown = "unknown"', 'when_unknown = "none"'),
        "when_unknown",
        id="a plan without category that bars nothing",
    ),
    *(
        pytest.param(
            constrain(f'effects      = "conditional when {condition}"', 'effects      = "conditional"'),
            f"states {need}, and no effect '{condition}' decides over",
            id=f"a need that no rule reads: {need}",
        )
        for need, condition in (("needs_rail", "needs_rail"), ("hydrogen", "takes_hydrogen"))
    ),
    pytest.param(
        rows("effects.csv", "noise_budget;dwelling;noise_above_band;conditional;x"),
        "effects.csv: line 364: condition 'noise_above_band' is read by nothing on kinds of housing",
        id="a condition that is not asked of dwellings",
    ),
    pytest.param(
        rows("effects.csv", "kade;storage;always;blocks;x", "kade;office;always;blocks;x"),
        "effects.csv: lines 364, 365: 'kade' is no constraint of constrain.toml",
        id="rows of a constraint without a card",
    ),
    pytest.param(
        effects("energy_claim;storage;claim_is_decided;blocks", "energy_claim;storage;claim_is_decided;attention"),
        "effects.csv: 'energy_claim' on 'storage': land under a decided claim would be open",
        id="a decided claim that takes nothing",
    ),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_a_bad_rule_is_refused_in_words(tmp_path: Path, change: Callable[[Path], None], words: str) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("data", "__pycache__"))
    change(tmp_path / "config")
    with pytest.raises(ConfigRefusal) as refusal:
        read_project(tmp_path / "config" / "proefpolder")
    assert words in str(refusal.value)


def test_the_rules_as_they_are_contradict_nothing() -> None:
    assert read_project(ROOT / "config" / "proefpolder").profiles


@pytest.mark.parametrize(
    ("name", "field", "value", "fault"),
    [
        ("verdict", "dutch", " ", "verdict 'blocked' has no Dutch word"),
        ("verdict", "colour", "red", "verdict 'blocked' has no colour, found 'red', expected one such as #009e73"),
        ("verdict", "waterfall", None, "verdict 'blocked' has no place in the waterfall"),
        ("room", "sentence", "", "room 'blocked' has no sentence"),
        ("room", "opening", "", "room 'blocked' has no opening"),
        ("holding", "sentence", "", "holding 'leased' has no sentence"),
        ("holding", "when_lifted", "", "holding 'leased' has no words for when_lifted"),
        ("holding", "vacancy", "", "holding 'leased' has vacancy '', expected one of"),
        ("holding", "firmness", 0, "holding 'leased' is held, and has no firmness"),
    ],
)
def test_a_value_of_a_closed_list_has_all_that_is_said_of_it(
    rules: Project, monkeypatch: pytest.MonkeyPatch, name: str, field: str, value: object, fault: str
) -> None:
    terms = [
        replace(term, **{field: value}) if term.key in ("blocked", "leased") else term for term in CLOSED_LISTS[name]
    ]
    monkeypatch.setitem(CLOSED_LISTS, name, tuple(terms))
    assert any(text.startswith(f"layers/closed_lists.py: {fault}") for text in contradictions(rules))


def test_a_layer_is_absent_once(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("data", "__pycache__"))
    card = tmp_path / "config" / "proefpolder" / "project.toml"
    twice = '\n[[absent_together]]\nlayers = ["air_no2", "air_no2"]\ntreat_as = "unknown"\nbasis = "x"\n'
    card.write_text(card.read_text(encoding="utf-8") + twice, encoding="utf-8")
    with pytest.raises(ConfigRefusal, match="declared absent more than once"):
        read_project(card.parent)


def rules_with(tmp_path: Path, *changes: Callable[[Path], None]) -> Project:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("data", "__pycache__"))
    for change in changes:
        change(tmp_path / "config")
    return read_project(tmp_path / "config" / "proefpolder")


def without_rows(name: str, start: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join(line for line in lines if not line.startswith(start)), encoding="utf-8")

    return change


def test_a_constraint_may_hold_its_effects_itself(tmp_path: Path) -> None:
    held = 'name      = "open_water"\neffects = "blocks"\neffects_basis = "IBIS: water is bruto, geen netto grond"'
    moved = [without_rows("effects.csv", "open_water;"), constrain('name      = "open_water"', held)]
    in_card = {tuple(effect.model_dump().items()) for effect in rules_with(tmp_path, *moved).effects}
    assert in_card == {tuple(effect.model_dump().items()) for effect in read_project(ROOT / "config").effects}


def test_effects_in_a_card_name_kinds_conditions_and_the_rest(tmp_path: Path) -> None:
    held = 'name      = "open_water"\neffects = { storage = "conditional when is_noise_maker", other = "blocks" }'
    moved = [without_rows("effects.csv", "open_water;"), constrain('name      = "open_water"', held)]
    effects = [effect for effect in rules_with(tmp_path, *moved).effects if effect.constraint == "open_water"]
    stated = {effect.object_kind: (effect.condition, effect.effect) for effect in effects}
    assert stated.pop("storage") == ("is_noise_maker", "conditional")
    assert len(stated) == 8
    assert set(stated.values()) == {("always", "blocks")}


@pytest.mark.parametrize(
    ("stated", "refusal"),
    [
        ('"blocs"', "constrain.toml'.*effect of 'open_water': found 'blocs', expected one of"),
        ('"blocks when dark"', "constrain.toml'.*condition of 'open_water': found 'dark', expected one of"),
        ('"blocks"', "constrain.toml: 'open_water' on 'office', always, stands there twice"),
    ],
)
def test_a_fault_of_an_effect_in_a_card_names_the_card(stated: str, refusal: str, tmp_path: Path) -> None:
    in_card = constrain('name      = "open_water"', f'name      = "open_water"\neffects = {stated}')
    with pytest.raises(ConfigRefusal, match=f"(?s){refusal}"):
        rules_with(tmp_path, in_card)


def test_a_layer_with_neither_card_nor_declaration_is_unknown_and_named(tmp_path: Path) -> None:
    def take_away(folder: Path) -> None:
        (folder / "proefpolder" / "sources" / "height_limits.toml").unlink()
        (folder / "proefpolder" / "sources" / "railways.toml").unlink()

    project = rules_with(tmp_path, take_away)
    assert project.not_supplied == ("height_limits", "railways")
    assert project.card.absences["railways"].treat_as == "unknown"
    assert [warning for warning in project.warnings if "height_limits, railways" in warning]


def test_a_project_needs_plots_and_boundaries(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefusal, match="no source card fills 'parcels'; every project needs it"):
        rules_with(tmp_path, lambda folder: (folder / "proefpolder" / "sources" / "parcels.toml").unlink())


def without_offices(folder: Path) -> str:
    """The cards of activities, none of which builds an office."""
    return (folder / "profiles.toml").read_text(encoding="utf-8").replace('"office", ', "").replace(', "office"', "")


def test_rows_for_what_no_activity_builds_are_refused_by_their_lines(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        (folder / "profiles.toml").write_text(without_offices(folder), encoding="utf-8")

    with pytest.raises(ConfigRefusal) as refusal:
        rules_with(tmp_path, change)
    lines = (ROOT / "config" / "effects.csv").read_text(encoding="utf-8").splitlines()
    of_offices = [str(number) for number, line in enumerate(lines, start=1) if line.split(";")[1] == "office"]
    refused = f"effects.csv: lines {', '.join(of_offices)}: object_kind 'office' is read by nothing"
    assert refused in str(refusal.value)


def test_a_project_with_activities_of_its_own_takes_the_matrix_of_the_rules_as_it_is(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        (folder / "proefpolder" / "profiles.toml").write_text(without_offices(folder), encoding="utf-8")

    kinds = {effect.object_kind for effect in rules_with(tmp_path, change).effects}
    assert "office" in kinds


def test_a_matrix_need_not_speak_of_what_nobody_builds(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        (folder / "profiles.toml").write_text(without_offices(folder), encoding="utf-8")
        matrix = folder / "effects.csv"
        lines = matrix.read_text(encoding="utf-8").splitlines(keepends=True)
        matrix.write_text("".join(line for line in lines if ";office;" not in line), encoding="utf-8")

    assert "office" not in {effect.object_kind for effect in rules_with(tmp_path, change).effects}


def test_an_effect_in_a_card_on_what_nobody_builds_is_refused(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        (folder / "profiles.toml").write_text(without_offices(folder), encoding="utf-8")
        matrix = folder / "effects.csv"
        lines = matrix.read_text(encoding="utf-8").splitlines(keepends=True)
        others = [line for line in lines if ";office;" not in line and not line.startswith("open_water;")]
        matrix.write_text("".join(others), encoding="utf-8")

    held = 'name      = "open_water"\neffects = { office = "conditional", other = "blocks" }'
    with pytest.raises(
        ConfigRefusal, match=r"'open_water' in constrain\.toml: object_kind 'office' is read by nothing"
    ):
        rules_with(tmp_path, change, constrain('name      = "open_water"', held))
