"""Sites: pieces that touch, joined and judged anew with shapely; sizes, what fragmentation costs, and near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from oracle.land import FIT, Land, lands, questions, segments, width_m
from oracle.published import EARLIEST, activities, drawn, is_enough, layer, raw, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

KEY = ["activiteit", "jaar", "geval"]


@pytest.fixture(params=["proefpolder", "westpoort"])
def context(request: pytest.FixtureRequest) -> RunContext:
    run: RunContext = request.getfixturevalue(request.param)
    return run


def of_question(rows: pd.DataFrame, question: tuple[str, int, str]) -> pd.Series:
    """Which rows are of an activity, year and case."""
    is_question = pd.Series(True, index=rows.index)
    for name, value in zip(KEY, question, strict=True):
        is_question &= rows[name] == value
    return is_question


def test_usable_is_free_and_open_land_that_is_large_and_wide_enough(context: RunContext) -> None:
    """And has its quay: of every activity, year and case the published pieces, and the hectares of each verdict."""
    for land in lands(context):
        balance = layer(land.package, "balans").query("maat == 'oordeel'")
        published = balance.groupby([*KEY, "post"])["oppervlakte_ha"].sum()
        for question in questions(land):
            words = land.verdicts(*question)
            usable = words == "bruikbaar"
            off = land.pieces["deelvlak_id"][usable != land.is_usable(*question)].tolist()
            assert not off, (question, off[:3])
            ours = published.loc[question]
            for word in FIT:
                wanted_ha = land.area_m2[words == word].sum() / 1e4
                assert ours.get(word, 0.0) == pytest.approx(wanted_ha, abs=0.01), (question, word)


def members(land: Land, sites: pd.DataFrame) -> list[tuple[Any, list[int]]]:
    """Each published site (a row) with the pieces that make it: those usable that touch, or lie across one of its
    bridges."""
    place = {name: number for number, name in enumerate(land.pieces["deelvlak_id"])}
    bridges = layer(land.package, "overbruggingen")
    result = []
    for question, rows in sites.groupby(KEY):
        here = bridges[bridges["locatie_id"].isin(rows["locatie_id"])]
        across = [(place[row.van_deelvlak], place[row.naar_deelvlak]) for row in here.itertuples()]
        patches = land.patches(land.is_usable(*question), across)
        by_first = {min(land.pieces["deelvlak_id"].iloc[patch]): patch for patch in patches}
        firsts = [row.locatie_id.split(".", 3)[3] for row in rows.itertuples()]
        assert sorted(firsts) == sorted(by_first), question
        result += [(row, by_first[first]) for row, first in zip(rows.itertuples(), firsts, strict=True)]
    return result


def test_a_site_is_what_its_pieces_are(context: RunContext) -> None:
    """Its hectares, plots, parts, bridges, owners, and when all of it is free and usable."""
    plots, _ = raw(context.project.folder, context.data, "parcels")
    owner = plots.set_index("parcel_id")["owner"].to_dict() if "owner" in plots else {}
    for land in lands(context):
        sites, bridges = layer(land.package, "locaties"), layer(land.package, "overbruggingen")["locatie_id"]
        holdings = layer(land.package, "bezitsvlakken").set_index("bezitsvlak_id")
        usable = {question: land.is_usable(*question) for question in questions(land)}
        count = bridges.value_counts()
        for row, patch in members(land, sites):
            pieces = land.pieces.iloc[patch]
            assert row.oppervlakte_ha == pytest.approx(land.area_m2[patch].sum() / 1e4, abs=1e-3), row
            assert row.aantal_kavels == pieces["kavel_id"].nunique()
            inside = np.isin(np.arange(len(land.pieces)), patch)
            parts = land.patches(inside)
            assert (row.delen, row.aantal_overbruggingen) == (len(parts), len(parts) - 1), row
            assert count.get(row.locatie_id, 0) == len(parts) - 1
            days = holdings.loc[pieces["bezitsvlak_id"], "vrij_vroegst" if row.geval == EARLIEST else "vrij_laatst"]
            assert row.vrij_vanaf == days.max()
            years = [year for year in land.years if usable[row.activiteit, year, row.geval][patch].all()]
            assert row.bruikbaar_vanaf == min(years), row
            owners = {owner.get(plot) for plot in pieces["kavel_id"]}
            is_known = all(isinstance(name, str) for name in owners)
            assert row.aantal_eigenaren == len(owners) if is_known else pd.isna(row.aantal_eigenaren), row


def is_bent(of_clusters: list[Land]) -> bool:
    """Whether any line of quay bends."""
    return any(len(segments(line)) > 1 for land in of_clusters for line in land.quays.lines)


def test_no_site_is_narrower_or_wider_than_published(context: RunContext) -> None:
    """The rectangle fits the width; the land without tails is what squares of the asked width reach; quay is that of
    the raw lines."""
    seen, quay_m = set(), []
    for land in lands(context):
        sites = layer(land.package, "locaties")
        for row, patch in members(land, sites)[::8]:  # measuring costs
            if (tuple(patch), row.activiteit) in seen:
                continue
            seen.add((tuple(patch), row.activiteit))
            inside = np.isin(np.arange(len(land.pieces)), patch)
            parts = np.array([land.whole(part) for part in land.patches(inside)], dtype=object)
            assert row.breedte_m == pytest.approx(max(map(width_m, parts)), abs=0.2), row
            assert row.rechthoek_breed_m <= row.breedte_m + 0.1
            assert row.rechthoek_lang_m * row.rechthoek_breed_m <= row.oppervlakte_ha * 1e4 + 50  # to 0.1 m a side
            half_m = activities()[row.activiteit]["least_width_m"] / 2 - 0.01
            reached = shapely.buffer(shapely.buffer(parts, -half_m, join_style="mitre"), half_m, join_style="mitre")
            net = shapely.intersection(shapely.union_all(land.shapes[patch]), shapely.union_all(reached))
            assert row.netto_oppervlakte_ha == pytest.approx(net.area / 1e4, abs=0.01), row
            quay_m.append((row.kadelengte_m, land.quays.frontage_m(shapely.union_all(land.shapes[patch]))))
    published_m, drawn_m = np.array(quay_m).T
    # Of a quay that bends the product leaves out what is nearest to no edge: a little less, and never more.
    assert (published_m <= drawn_m + 1).all() and published_m.sum() >= 0.97 * drawn_m.sum()
    assert is_bent(lands(context)) or np.abs(published_m - drawn_m).max() <= 1


def test_sites_of_each_size_are_counted(context: RunContext) -> None:
    """The table of sizes, the loss by fragmentation, and the rows of the balance that tell of both."""
    for land in lands(context):
        sites = layer(land.package, "locaties")
        sizes = layer(land.package, "locaties_naar_grootte").set_index([*KEY, "ten_minste_ha"])
        lost = layer(land.package, "versnippering").set_index(KEY)
        balance = layer(land.package, "balans").set_index(["maat", *KEY, "post"])[["oppervlakte_ha", "aantal"]]
        for question in questions(land):
            here = sites.loc[of_question(sites, question), "oppervlakte_ha"]
            for least_ha in rules("assemble")["sizes_ha"]:
                large = here[here >= least_ha]
                row = sizes.loc[(*question, least_ha)]
                assert (row["aantal_locaties"], row["oppervlakte_ha"]) == (
                    len(large),
                    pytest.approx(large.sum(), abs=1e-3),
                )
                listed = balance.loc["locaties vanaf een grootte", *question, f"{least_ha:g}"]
                assert (listed["aantal"], listed["oppervlakte_ha"]) == (
                    len(large),
                    pytest.approx(large.sum(), abs=1e-3),
                )
            is_both = land.is_free(*question[1:]) & (land.room(*question[:2]) == "open")
            free_ha, row = land.area_m2[is_both].sum() / 1e4, lost.loc[question]
            wanted = [free_ha, here.sum(), free_ha - here.sum(), len(here), here.max() if len(here) else 0.0]
            assert row.drop(["fid", "cluster"]).tolist() == pytest.approx(wanted, abs=1e-3 * (1 + len(here)) ** 0.5)
            listed = balance.loc["verlies door versnippering", *question, "alle"]
            assert listed["oppervlakte_ha"] == pytest.approx(free_ha - here.sum(), abs=5e-3)
            if len(here):
                listed = balance.loc["locaties", *question, "alle"]
                assert (listed["aantal"], listed["oppervlakte_ha"]) == (len(here), pytest.approx(here.sum(), abs=5e-3))


def test_a_near_miss_has_half_of_every_need(context: RunContext) -> None:
    """Every patch of free and open land that has, and is not usable; with what it has and lacks."""
    share, bent = rules("assemble")["nearly_share"], is_bent(lands(context))
    compared = 0
    for land in lands(context):
        rows = layer(land.package, "net_niet")
        for question in questions(land):
            activity, year, case = question
            card = activities()[activity]
            listed = rows[of_question(rows, question)].set_index("eerste_deelvlak")
            is_both = land.is_free(year, case) & (land.room(activity, year) == "open")
            near = {}
            for patch in land.patches(is_both):
                if land.verdict(patch, activity) != "bruikbaar" and has_share(land, patch, card, share):
                    near[min(land.pieces["deelvlak_id"].iloc[patch])] = patch
            assert set(listed.index) == set(near), question
            for first, patch in near.items():
                row, area_ha = listed.loc[first], land.area_m2[patch].sum() / 1e4
                assert row["oppervlakte_ha"] == pytest.approx(area_ha, abs=1e-3)
                lacks = set(row["wat_ontbreekt"].split("; "))
                assert ("oppervlakte" in lacks) == (area_ha < card["least_area_ha"] - 5e-5)
                assert ("breedte" in lacks) == (not land.is_wide(patch, card["least_width_m"]))
                quay_m = sum(land.quay_m(patch, 0))
                if card.get("least_quay_m"):
                    assert row["vlak_kade_m"] == pytest.approx(quay_m, abs=1, rel=0.5 if bent else 0), row
                    assert bent or ("kade" in lacks) == (quay_m < card["least_quay_m"] - land.quays.short_m), row
                compared += 1
    assert is_enough(compared, 10)


def has_share(land: Land, patch: list[int], card: dict[str, Any], share: float) -> bool:
    """Whether a patch has at least this part of all that an activity asks."""
    if land.area_m2[patch].sum() < share * card["least_area_ha"] * 1e4:
        return False
    if not land.is_wide(patch, share * card["least_width_m"]):
        return False
    if not card.get("least_quay_m") or not len(land.quays.lines):
        return True
    along_m = sum(land.quay_m(patch, 0))
    if along_m < share * card["least_quay_m"] - land.quays.short_m:
        return False
    least_m, needs_m = card.get("least_draught_m", 0), card["least_quay_m"] - land.quays.short_m
    if along_m < needs_m or sum(land.quay_m(patch, least_m)) >= needs_m:
        return True  # the draught is not asked yet, or may do
    carried = [float(draught) for draught in np.unique(land.quays.draught_m[~np.isnan(land.quays.draught_m)])]
    enough = [draught for draught in carried if land.quay_m(patch, draught)[0] >= needs_m]
    return not enough or max(enough) >= share * least_m


def bridgeable(context: RunContext, land: Land) -> Any:
    """Land that a bridge may be made on, of every kind of the card: roads, public space, sidings and strips of
    pipelines; off water, motorways and main rail, and off plots that are not public space all the time."""
    folder, holdings = context.project.folder / "data", layer(land.package, "bezitsvlakken")
    keys, plots = drawn(land.package, "bezitsvlakken", "bezitsvlak_id")
    states = holdings.set_index("bezitsvlak_id").loc[keys].filter(like="bezit_")
    is_public = (states == "openbare ruimte").all(axis=1).to_numpy()
    roads, objects, waters = (
        pyogrio.read_dataframe(folder / name, force_2d=True) for name in ("wegen.fgb", "bgt.fgb", "water.zip")
    )
    # GDAL writes a file beside a GML that it opens, unless it is told not to.
    pipes = pyogrio.read_dataframe(folder / "leidingen.gml", force_2d=True, WRITE_GFS="NO")
    rails = pd.read_csv(folder / "spoor.csv", sep=";")
    tracks = shapely.from_wkt(rails["wkt"].to_numpy(dtype=object))
    lines, is_plain = roads.geometry.to_numpy(), (roads["soort"] == "weg").to_numpy()
    is_siding = (rails["soort"] == "raccordement").to_numpy()
    width_m = pd.to_numeric(pipes["strook"]).fillna(5).to_numpy() if "strook" in pipes else np.full(len(pipes), 5.0)
    kinds = [
        objects.geometry[objects["functie"].isin(["rijbaan", "spoor"])].to_numpy(),
        shapely.buffer(lines[is_plain], 10, cap_style="flat"),
        plots[is_public],
        shapely.buffer(tracks[is_siding], 5, cap_style="flat"),
        shapely.buffer(pipes.geometry.to_numpy(), width_m, cap_style="flat"),
    ]
    barriers = [
        waters.geometry.to_numpy(),
        shapely.buffer(lines[~is_plain], 15, cap_style="flat"),
        shapely.buffer(tracks[~is_siding], 8, cap_style="flat"),
        plots[~is_public],
    ]
    near = shapely.box(*shapely.total_bounds(land.shapes))
    together = shapely.intersection(shapely.union_all(shapely.make_valid(np.concatenate(kinds))), near)
    return shapely.difference(together, shapely.union_all(shapely.make_valid(np.concatenate(barriers))))


def can_cross(left: Any, right: Any, over: Any, gap_m: float) -> bool:
    """Whether a part of some land reaches from one piece to another within the gap of both, along an edge of each."""
    card = rules("assess")["shape"]
    between = shapely.intersection(shapely.buffer(left, gap_m), shapely.buffer(right, gap_m))
    for part in shapely.get_parts(shapely.intersection(over, between)):
        grown = shapely.buffer(part, card["touch_m"] + 1e-6)
        along_m = [shapely.length(shapely.intersection(shapely.boundary(side), grown)) for side in (left, right)]
        if part.area > 0 and min(along_m) >= card["shared_edge_m"]:
            return True
    return False


def test_sites_are_joined_where_land_between_them_may_be_crossed(proefpolder: RunContext) -> None:
    """Every bridge reaches from piece to piece over such land; and no two sites lie apart that a bridge could join."""
    gap_m = rules("assemble")["gap_m"]
    crossed = apart = 0
    for land in lands(proefpolder):
        over = bridgeable(proefpolder, land)
        place = {name: number for number, name in enumerate(land.pieces["deelvlak_id"])}
        bridges = layer(land.package, "overbruggingen")
        outlines = drawn(land.package, "overbruggingen", "locatie_id")[1] if len(bridges) else []
        known: dict[tuple[int, int], bool] = {}

        def crosses(left: int, right: int, land: Land = land, over: Any = over, known: Any = known) -> bool:
            key = min(left, right), max(left, right)
            if key not in known:
                known[key] = can_cross(land.shapes[left], land.shapes[right], over, gap_m)
            return bool(known[key])

        for row, outline in zip(bridges.itertuples(), outlines, strict=True):
            left, right = place[row.van_deelvlak], place[row.naar_deelvlak]
            assert row.tussenruimte_m == pytest.approx(land.shapes[left].distance(land.shapes[right]), abs=0.06)
            assert row.oppervlakte_ha == pytest.approx(outline.area / 1e4, abs=1e-4)
            assert crosses(left, right) and outline.difference(over).area < 0.1, row
            crossed += 1
        for _, rows in layer(land.package, "locaties").groupby(KEY):
            site_of = {piece: row.locatie_id for row, patch in members(land, rows) for piece in patch}
            inside = np.array(sorted(site_of))
            near = shapely.STRtree(land.shapes[inside]).query(land.shapes[inside], predicate="dwithin", distance=gap_m)
            for left, right in inside[near].T.tolist():
                if left < right and site_of[left] != site_of[right]:
                    assert not crosses(left, right), (site_of[left], site_of[right])
                    apart += 1
    assert is_enough(crossed, 50) and apart >= 1


def test_titles_of_activities_do_not_hold_each_other() -> None:
    """For they are looked up in texts."""
    titles = list(activities())
    assert not [(title, other) for title in titles for other in titles if title != other and title in other]
