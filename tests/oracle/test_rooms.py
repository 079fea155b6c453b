"""What may be where: worked out anew from the zones over each piece, the table of effects and the activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from oracle.published import drawn, layer, shapes, units
from oracle.room import rooms

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext


@pytest.mark.parametrize("run", ["proefpolder", "westpoort"])
def test_room_is_what_zones_and_plan_leave(run: str, request: pytest.FixtureRequest) -> None:
    """Of every combination, activity and year; what limits it too; and the hectares of each room."""
    context: RunContext = request.getfixturevalue(run)
    for package in units(context.store.outputs):
        table, ours = layer(package, "milieuruimte"), rooms(package)
        key = ["combinatie_id", "milieucategorie_plan", "activiteit", "jaar"]
        both = table.merge(ours, on=key)
        assert len(both) == len(table) == len(ours)
        wrong = both[both["ruimte"] != both["room"]]
        assert wrong.empty, wrong.iloc[0].to_dict()
        texts = both["beperkt_door"].fillna("").map(lambda text: frozenset(filter(None, text.split("; "))))
        assert (texts == both["limits"]).all()
        pieces = layer(package, "deelvlakken").merge(ours, on=key[:2])
        wanted = pieces.groupby(["jaar", "activiteit", "room"])["oppervlakte_ha"].sum()
        balance = layer(package, "balans").query("maat == 'milieuruimte'")
        published = balance.set_index(["jaar", "activiteit", "post"])["oppervlakte_ha"]
        assert published.to_dict() == pytest.approx(wanted.to_dict(), abs=1e-4 * len(pieces) ** 0.5)


@pytest.mark.parametrize("run", ["proefpolder", "westpoort"])
def test_the_zones_of_a_piece_are_those_that_lie_on_it(run: str, request: pytest.FixtureRequest) -> None:
    """By a point in the piece, but where that lies within 5 cm of the edge of the zone."""
    context: RunContext = request.getfixturevalue(run)
    for package in units(context.store.outputs):
        pieces = layer(package, "deelvlakken")
        where = shapes(package, "deelvlakken", "deelvlak_id")
        points = shapely.point_on_surface(np.array([where[name] for name in pieces["deelvlak_id"]], dtype=object))
        texts = pieces["belemmeringen"].fillna("").map(lambda text: set(text.split("; ")))
        for words, zone in zip(*drawn(package, "belemmeringen", "omschrijving"), strict=True):
            shapely.prepare(zone)
            listed = texts.map(lambda zones, words=words: words in zones).to_numpy()
            wrong = np.flatnonzero(shapely.intersects(zone, points) != listed)
            off_m = shapely.distance(shapely.boundary(zone), points[wrong])
            assert (off_m < 0.05).all(), (words, pieces["deelvlak_id"].iloc[wrong].tolist()[:3])
