"""Palette: no two values of one list look alike, to colour-blind eyes or in grey print; every value has a swatch."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from numpy.typing import NDArray

from layers.closed_lists import HOLDINGS, ROOMS, VERDICTS
from layers.columns import THEMES
from layers.derived import DERIVED
from layers.derived.land_changes import CHANGES
from layers.derived.piece_overview import PIECE_CAUSES
from pipeline.project.project import Project
from pipeline.project.publish import PublishConfig, SwatchConfig
from pipeline.stages.publish.styles.qml import qml
from pipeline.stages.publish.styles.sld import sld
from pipeline.stages.publish.styles.style import fields, looks

# Machado, Oliveira and Fernandes (2009), full severity, on linear sRGB.
EYES = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
LEAST_APART, LEAST_GREY = 12.0, 7.0  # CIE Lab, and its lightness


def linear(colour: str) -> NDArray[np.float64]:
    values = np.array([int(colour[position : position + 2], 16) for position in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = to_xyz @ np.clip(light, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def alike(first: SwatchConfig, two: SwatchConfig, eyes: str) -> bool:
    there, here = (lab(np.asarray(EYES[eyes]) @ linear(swatch.colour)) for swatch in (first, two))
    return first.hatch == two.hatch and float(np.linalg.norm(there - here)) < LEAST_APART


@pytest.fixture(scope="module")
def card(rules: Project) -> PublishConfig:
    return rules.publish


@pytest.mark.parametrize("eyes", EYES)
def test_no_two_values_of_a_list_look_alike(card: PublishConfig, eyes: str) -> None:
    pairs = [
        (name, first, two)
        for name, palette in card.palette.items()
        for first, two in itertools.combinations(palette, 2)
        if alike(palette[first], palette[two], eyes)
    ]
    assert pairs == []


def test_in_grey_print_lightness_or_pattern_tells_them_apart(card: PublishConfig) -> None:
    pairs = [
        (name, first, two)
        for name, palette in card.palette.items()
        for first, two in itertools.combinations(palette, 2)
        if palette[first].hatch == palette[two].hatch
        and abs(lab(linear(palette[first].colour))[0] - lab(linear(palette[two].colour))[0]) < LEAST_GREY
    ]
    assert pairs == []


def test_two_that_are_alike_are_seen_to_be() -> None:
    green, red = SwatchConfig(colour="#6f8f00"), SwatchConfig(colour="#a67c00")
    assert not alike(green, red, "all colours") and alike(green, red, "no red")


@pytest.mark.parametrize(
    ("palette", "values"),
    [
        ("holding", HOLDINGS),
        ("verdict", VERDICTS),
        ("room", ROOMS),
        ("theme", THEMES),
        ("change", (*CHANGES,)),
        ("cause", PIECE_CAUSES),
    ],
)
def test_every_value_has_its_swatch(card: PublishConfig, palette: str, values: tuple[str, ...]) -> None:
    assert set(values) - {"unchanged"} <= set(card.palette[palette])


def test_what_is_conditional_is_hatched_and_what_is_not_known_grey(card: PublishConfig) -> None:
    for palette in ("verdict", "room"):
        assert card.palette[palette]["conditional"].hatch == "forward"
    for palette in ("holding", "verdict", "room"):
        red, green, blue = (card.palette[palette]["unknown"].colour[position : position + 2] for position in (1, 3, 5))
        assert red == green == blue


def test_a_palette_that_is_not_there_is_refused(rules: Project) -> None:
    content = rules.publish.model_dump(mode="json", by_alias=True)
    content["figures"]["colours"] = {"latest": "holding.nobody"}
    with pytest.raises(ValueError, match="has no 'nobody'"):
        PublishConfig.model_validate(content)


def test_one_card_gives_qml_and_sld_the_same_values_and_colours(rules: Project) -> None:
    years = (2026, 2030)
    for published in rules.publish.published:
        shown = fields(DERIVED[published.layer], years)
        for drawn in looks(published.style, shown, years, published.title):
            style, described = (
                Xml.fromstring(qml(drawn, shown).split("\n", 1)[1]),
                sld(drawn, published.name),
            )
            values = {node.get("value") or "" for node in style.iter("category")}
            assert values == ({entry.value or "" for entry in drawn.entries} if drawn.column else set())
            assert all(entry.swatch.colour[:7] in described for entry in drawn.entries if entry.swatch.colour != "none")


def test_a_column_per_year_gives_a_look_per_year(rules: Project) -> None:
    published = next(card for card in rules.publish.published if card.name == "deelvlakken")
    assert published.style is not None
    shown = fields(DERIVED[published.layer], (2026, 2030))
    drawn = looks(published.style, shown, (2026, 2030), "Deelvlakken")
    assert [look.column for look in drawn] == ["oordeel_2026", "oordeel_2030"]
    assert [look.title for look in drawn] == ["Deelvlakken, 2026: oordeel", "Deelvlakken, 2030: oordeel"]
