"""Words of what is published: sentences on room, what keeps land from use, Dutch names, hectares and decimals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from squared_paper import square

from layers.closed_lists import HOLDINGS, ROOMS
from layers.column import Column
from layers.derived import DERIVED
from layers.glossary import dutch_choice
from layers.layer import RD_NEW, Layer
from pipeline.project.models import SliverConfig
from pipeline.project.project import Project
from pipeline.project.rules import ConstraintConfig, EffectConfig, ProfileConfig
from pipeline.stages.publish.text.reasons import cause, in_words, plot_reasons, why_not
from pipeline.stages.publish.text.sentences import Narrator
from pipeline.stages.publish.text.translate import published_name, published_title, translate

KINDS = ("office", "storage")


@pytest.fixture(scope="module")
def profile(rules: Project) -> ProfileConfig:
    """An activity of category 4.2 that puts offices and storage on the ground and makes no noise."""
    update = {"title": "Fabriek", "category": "4.2", "object_kinds": KINDS, "is_noise_maker": False}
    sizes = {"least_area_ha": 2.5, "least_width_m": 37.5, "least_quay_m": 120.0}
    return rules.profiles["general_industry"].model_copy(update=update | sizes)


def zone(name: str, constraint: str | None = None, **more: Any) -> dict[str, Any]:
    common = {
        "cluster_id": "paper",
        "zone_title": name.title(),
        "band": None,
        "standing": "law",
        "basis": f"Wet {name}",
    }
    return {"zone_id": name, "constraint": constraint or name, "certainty": "C", "data_source": None, **common, **more}


@pytest.fixture(scope="module")
def narrator(rules: Project, profile: ProfileConfig) -> Narrator:
    """Zones of a few constraints, of which effects differ by kind of object and condition."""
    zones = [
        zone("noise", data_source="kaart 1, 01-10-2026"),
        zone("twice", certainty="L", standing="policy"),
        zone("unsure", certainty="U"),
        zone("worst", "noise", band="unknown"),
        zone("noise", cluster_id="elsewhere", zone_title="Een ander"),
        zone("none"),
        zone("ring-in", "ring", band="near"),
        zone("ring-out", "ring", band="far"),
        zone("ring-any", "ring", band="unknown"),
    ]
    effects = [
        ("noise", "office", "always", "blocks", "geen kantoor"),
        ("noise", "storage", "always", "attention", "opslag let op"),
        ("noise", "dwelling", "always", "blocks", "geen woning"),
        ("twice", "storage", "is_noise_maker", "blocks", "lawaai"),
        ("twice", "office", "always", "attention", "melden"),
        ("twice", "storage", "always", "conditional", "met maatregel"),
        ("unsure", "dwelling", "always", "blocks", "geen woning"),
        ("ring", "office", "category_reaches_band", "blocks", "te dicht bij"),
    ]
    names = ("constraint", "object_kind", "condition", "effect", "basis")
    rings = {
        "name": "ring",
        "title": "Afstand tot woningen",
        "layer": "dwellings",
        "theme": "noise",
        "direction": "from",
        "geometry": {"kind": "rings", "bands": {"near": 300.0, "far": 301.0}},
        "standing": "guideline",
        "basis": "VNG",
        "source": "bag",
        "certainty": "C",
    }
    return Narrator(
        pd.DataFrame(zones),
        (ConstraintConfig.model_validate(rings),),
        tuple(EffectConfig.model_validate(dict(zip(names, row, strict=True))) for row in effects),
        {"plant": profile},
        rules.assess,
    )


def room(**values: Any) -> dict[str, Any]:
    plain = {"profile": "plant", "year": 2030, "room": "blocked", "plan_category": "3.1", "reasons": None}
    return plain | {"attention": None} | values


NOISE = "Noise: geen kantoor"
TWICE = "Twice: met maatregel"

# Sentences on room


@pytest.mark.parametrize(
    ("answer", "opening"),
    [
        ("open", "Er is ruimte"),
        ("conditional", "Alleen onder voorwaarden ruimte"),
        ("blocked", "Geen ruimte"),
        ("unknown", "Niet bekend of er ruimte is"),
    ],
)
def test_a_sentence_opens_with_the_room_and_names_every_reason(narrator: Narrator, answer: str, opening: str) -> None:
    assert answer in ROOMS
    assert narrator.sentence(room(room=answer)) == f"{opening}."
    assert narrator.sentence(room(room=answer, reasons="")) == f"{opening}."
    assert narrator.sentence(room(room=answer, reasons="noise twice")) == f"{opening}: {NOISE}; {TWICE}."


def test_what_asks_attention_is_written_after_the_reasons(narrator: Narrator) -> None:
    note = "Let op (telt niet mee):"
    assert narrator.sentence(room(room="open", attention="unsure")) == (f"Er is ruimte. {note} Unsure.")
    assert narrator.sentence(room(reasons="noise", attention="twice unsure")) == (
        f"Geen ruimte: {NOISE}. {note} Twice; Unsure."
    )


def test_the_plan_is_written_by_what_it_admits(narrator: Narrator) -> None:
    low, silent = (
        narrator.sentence(room(reasons="plan_category", plan_category=plan)).partition("ruimte: ")[2]
        for plan in ("3.1", "unknown")
    )
    assert low == "het plan laat hoogstens categorie 3.1 toe, gevraagd is 4.2."
    assert silent == "het plan noemt geen milieucategorie, gevraagd is 4.2."


def test_the_strongest_effect_that_holds_is_written(narrator: Narrator) -> None:
    """Of the kinds of object that the activity puts on the ground only, and of conditions that are met only."""
    result = {name: narrator.parts(name, "plant", "")[0] for name in ("noise", "twice", "unsure", "worst", "none")}
    assert result == {
        "noise": "Noise: geen kantoor",
        "twice": "Twice: met maatregel",
        "unsure": "Unsure: geen gevolg",
        "worst": "Worst: zou gelden: geen kantoor",
        "none": "None: geen gevolg",
    }


def test_a_band_counts_by_its_own_distance(narrator: Narrator) -> None:
    """Category 4.2 keeps 300 m: it reaches the band that ends there and not the next."""
    result = [narrator.parts(f"ring-{band}", "plant", "")[0] for band in ("in", "out", "any")]
    assert result == [
        "Ring-In: te dicht bij",
        "Ring-Out: geen gevolg",
        "Ring-Any: zou gelden: te dicht bij",
    ]


def test_a_zone_that_is_not_drawn_is_written_by_its_key_alone(narrator: Narrator) -> None:
    assert narrator.sentence(room(room="blocked", reasons="nowhere", attention="never")).endswith(
        "ruimte: nowhere. Let op (telt niet mee): never."
    )
    assert narrator.parts("nowhere", "plant", "") == ("nowhere", "")


def test_each_activity_gets_its_own_words(narrator: Narrator, profile: ProfileConfig, rules: Project) -> None:
    """What was told of a zone comes back for the same activity, and for no other."""
    loud = profile.model_copy(update={"title": "Smederij", "is_noise_maker": True, "category": "5.1"})
    both = Narrator(
        narrator.zones, narrator.constraints, narrator.effects, {"plant": profile, "forge": loud}, rules.assess
    )
    result = [both.parts("twice", name, "")[0] for name in ("plant", "forge", "plant")]
    assert result == ["Twice: met maatregel", "Twice: lawaai", "Twice: met maatregel"]
    plans = [both.parts("plan_category", name, plan)[0] for name in ("plant", "forge") for plan in ("3.1", "4.1")]
    assert plans == [
        f"het plan laat hoogstens categorie {plan} toe, gevraagd is {category}"
        for category in ("4.2", "5.1")
        for plan in ("3.1", "4.1")
    ]


def test_a_constraint_is_called_by_its_title_and_another_by_its_key(narrator: Narrator) -> None:
    assert (narrator.title("ring"), narrator.title("square")) == ("Afstand tot woningen", "square")


def test_zones_with_shapes_are_read_as_those_without(
    narrator: Narrator, profile: ProfileConfig, rules: Project
) -> None:
    drawn = narrator.zones.assign(geometry=None)
    other = Narrator(drawn, narrator.constraints, narrator.effects, {"plant": profile}, rules.assess)
    said = (
        "Noise: geen kantoor",
        "grondslag: Wet noise (wet); zekerheid van de regel: zeker; bron: kaart 1, 01-10-2026",
    )
    assert other.parts("noise", "plant", "") == said == narrator.parts("noise", "plant", "")
    assert (
        narrator.parts("twice", "plant", "")[1]
        == "grondslag: Wet twice (beleid); zekerheid van de regel: waarschijnlijk"
    )


# Phrases of what keeps land from use

TITLES = {"a": "Geluidzone", "b": "Leidingstrook"}
PLAN = "Milieucategorie volgens plan"


@pytest.mark.parametrize(
    ("verdict", "tenure", "reasons", "phrase"),
    [
        ("usable", "free", None, None),
        ("too_small", "free", None, "aaneengesloten minder dan 2,5 ha"),
        ("too_narrow", "free", None, "smaller dan 37.5 m"),
        ("no_quay", "free", None, "minder dan 120 m kade"),
        ("not_serviced", "not_serviced", "a", "nog niet bouwrijp"),
        ("in_use", "leased", "a", "in gebruik gegeven"),
        ("unknown", "unknown", "a", "onbekend"),
        ("blocked", "free", "a", "Geluidzone"),
        ("blocked", "free", "a b c", "Geluidzone; Leidingstrook; c"),
        ("blocked", "free", "plan_category a", f"{PLAN} (3.1, gevraagd 4.2); Geluidzone"),
        ("unknown", "free", None, "onbekend"),
    ],
)
def test_why_a_piece_is_not_usable(
    profile: ProfileConfig, verdict: str, tenure: str, reasons: str | None, phrase: str | None
) -> None:
    assert why_not((verdict, tenure, reasons, "3.1"), TITLES, profile) == phrase


def test_every_holding_but_free_is_why_land_is_not_usable(profile: ProfileConfig) -> None:
    phrases = {name: why_not(("in_use", name, None, "3.1"), TITLES, profile) for name in HOLDINGS if name != "free"}
    expected = {name: dutch_choice(name) for name in phrases} | {"not_serviced": "nog niet bouwrijp"}
    assert phrases == expected


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("a", "Geluidzone"),
        ("b plan_category x", f"Leidingstrook; {PLAN}; x"),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_keys_of_zones_in_the_words_of_a_planner(keys: Any, words: str | None) -> None:
    assert in_words(keys, TITLES) == words


@pytest.mark.parametrize("verdict", ["too_small", "too_narrow", "no_quay"])
def test_size_is_one_cause(verdict: str) -> None:
    assert cause((verdict, "free", "a", "3.1"), {}) == "fit"


def test_a_cause_of_no_reason_is_not_known() -> None:
    result = [cause(("blocked", "free", reasons, "3.1"), {"a": "noise"}) for reasons in ("", float("nan"), "a")]
    assert result == ["unknown", "unknown", "noise"]


@pytest.mark.parametrize(
    ("areas", "text"),
    [
        ([50.0, 49.9], "0,01 ha: x\nen 1 strook van minder dan 0,01 ha"),
        ([20_000.0, 49.0, 48.0], "2,00 ha: x\nen 2 stroken van minder dan 0,01 ha"),
        ([49.0, 48.0], "0,00 ha: x\nen 1 strook van minder dan 0,01 ha"),
        ([60.0, 60.0], "0,01 ha: x\n0,01 ha: y"),
        ([200_000.0, 190.0, 300.0], "20,00 ha: x\n0,03 ha: z\nen 1 strook van minder dan 0,02 ha"),
    ],
)
def test_slivers_are_written_together(areas: list[float], text: str) -> None:
    pieces = pd.DataFrame(
        {"cluster_id": "paper", "parcel_id": "p", "area_m2": areas, "why_2030": list("xyz")[: len(areas)]}
    )
    assert plot_reasons(pieces, (2030,), SliverConfig())["why_2030"].tolist() == [text]


def test_reasons_of_each_year_stand_in_their_column() -> None:
    pieces = pd.DataFrame(
        {
            "cluster_id": "paper",
            "parcel_id": ["q", "p"],
            "area_m2": 1e4,
            "why_2030": ["x", None],
            "why_2040": [None, "y"],
        }
    )
    result = plot_reasons(pieces, (2030, 2040), SliverConfig())
    assert result.to_dict("list") == {
        "cluster_id": ["paper", "paper"],
        "parcel_id": ["q", "p"],
        "why_2030": ["1,00 ha: x", None],
        "why_2040": [None, "1,00 ha: y"],
    }


# Dutch names, hectares and decimals


def published(column: Column, name: str, values: list[Any], account: bool = False, **titles: str) -> list[Any]:
    """The values of one column as they are published."""
    frame = pd.DataFrame({name: values})
    if column.kind == "date":
        frame[name] = pd.to_datetime(frame[name])
    layer = Layer(name="drawn", title="Getekend", meaning="drawn", shape="", columns={name: column}, key=(name,))
    return list(translate(frame, layer, titles, account=account).iloc[:, 0])


def test_areas_are_written_in_hectares_to_the_square_metre_and_accounts_to_a_tenth() -> None:
    area = Column("float", "land", "Oppervlakte", unit="m2")
    assert published(area, "area_m2", [12_345.678, 0.04]) == [1.2346, 0.0]
    assert published(area, "area_m2", [12_345.678, 0.06], account=True) == [1.23457, 0.00001]


UNITS = {
    "m": 1,
    "0-1": 3,
    "dB Lden": 1,
    "dB Lnight": 1,
    "dB(A)": 1,
    "dB(A)/m2": 1,
    "dB(A) etmaalwaarde": 1,
    "kV": 0,
    "m NAP": 1,
    "ug/m3": 1,
    "MW": 1,
    "mol/ha": 0,
    "m2/woning": 1,
    "": 3,
    "furlong": 3,
}


def test_every_unit_has_its_decimals() -> None:
    value = 1234.56789
    result = {unit: published(Column("float", "x", "X", unit=unit), "width_m", [value]) for unit in UNITS}
    assert result == {unit: [pytest.approx(round(value, count), abs=1e-9)] for unit, count in UNITS.items()}


def test_an_account_rounds_only_its_hectares_otherwise() -> None:
    assert published(Column("float", "x", "X", unit="m"), "width_m", [1.2345678], account=True) == [1.2]


def test_days_are_written_as_days_and_none_as_none() -> None:
    day = Column("date", "day", "Dag", optional=True)
    result = published(day, "recorded_on", [pd.Timestamp("2031-02-03"), pd.NaT])
    assert result[0] == dt.date(2031, 2, 3) and pd.isna(result[1])


def test_closed_lists_are_written_in_dutch_and_texts_as_they_are() -> None:
    closed = Column("str", "holding", "Bezit", choices=HOLDINGS, optional=True)
    result = published(closed, "tenure_status", ["leased", "free", None], leased="Een titel")
    assert result[:2] == ["in gebruik gegeven", "vrij"] and pd.isna(result[2])
    assert published(Column("str", "site", "Naam"), "site_name", ["leased"], leased="Een titel") == ["leased"]


def test_names_of_layers_and_activities_are_written_by_their_title() -> None:
    spoken = Column("str", "profile", "Activiteit")
    result = published(spoken, "profile", ["plant", "leased", "iets"], plant="Fabriek")
    assert result == ["Fabriek", "in gebruik gegeven", "iets"]


def test_lists_of_constraints_are_written_one_by_one() -> None:
    listed = Column("str", "what limits", "Begrenst", optional=True)
    result = published(listed, "limiting", ["noise holding.leased", "noise", None], noise="Geluidzone")
    assert result[:2] == ["Geluidzone; bezit: in gebruik gegeven", "Geluidzone"] and pd.isna(result[2])


def test_reasons_of_refusal_are_written_by_the_words_they_begin_with() -> None:
    text = Column("str", "reason", "Reden")
    assert published(text, "reason", ["no polygon left of 17"]) == ["geen vlak over of 17"]
    assert published(text, "finding", ["no polygon left"]) == ["geen vlak over"]
    assert published(text, "limiting", ["no polygon left"]) == ["no; polygon; left"]


def test_numbers_and_flags_stay_as_they_are() -> None:
    frame = pd.DataFrame({"parcel_count": pd.array([1, None], dtype="Int64"), "shows_use": pd.array([True, None])})
    columns = {"parcel_count": Column("int", "plots", "Kavels"), "shows_use": Column("bool", "use", "Gebruik")}
    layer = Layer(name="drawn", title="x", meaning="x", shape="", columns=columns, key=("parcel_count",))
    result = translate(frame, layer, {})
    assert result.iloc[0].tolist() == [1, True] and result.iloc[1].isna().all()
    assert type(result) is pd.DataFrame


def test_land_keeps_its_coordinates_and_loses_its_specks() -> None:
    speck = shapely.MultiPolygon([square(0, 0), shapely.box(100_500, 400_500, 100_500.0001, 400_500.0001)])
    frame = gpd.GeoDataFrame({"site_name": ["a"]}, geometry=[speck], crs=RD_NEW)
    layer = Layer(
        name="drawn",
        title="x",
        meaning="x",
        shape="polygon",
        columns={"site_name": Column("str", "x", "X")},
        key=("site_name",),
    )
    result = translate(frame, layer, {})
    assert result.geometry.name == "geom" and result.crs == RD_NEW
    assert result.geometry.iloc[0].normalize().equals_exact(square(0, 0).normalize(), 0)


def columns_of_published(rules: Project) -> Mapping[str, Column]:
    """Every column of every layer that a card publishes, a year filled in."""
    layers = [DERIVED[card.layer].for_years((2030,)) for card in rules.publish.published]
    return {f"{layer.name}.{name}": column for layer in layers for name, column in layer.columns.items()}


def test_areas_end_in_ha_once(rules: Project) -> None:
    areas = {key: column for key, column in columns_of_published(rules).items() if column.unit == "m2"}
    names = {key: published_name(key.partition(".")[2], column) for key, column in areas.items()}
    wrong = {key: name for key, name in names.items() if not re.fullmatch(r"(?!.*_(ha|m2)_).*_ha", name)}
    assert not wrong and len(names) > 50


def test_titles_say_the_unit_that_is_written_and_no_unit_of_a_count() -> None:
    silent = ("year", "rows", "plots", "gaps", "areas", "hexagons", "dwellings", "buildings", "plans", "class", "")
    result = {
        unit: published_title(Column("float", "x", "Titel", unit=unit))
        for unit in (*silent, "m2", "m", "dB(A)", "0-1", "bytes")
    }
    expected = dict.fromkeys(silent, "Titel") | {unit: f"Titel ({unit})" for unit in ("m", "dB(A)", "0-1", "bytes")}
    assert result == expected | {"m2": "Titel (ha)"}
