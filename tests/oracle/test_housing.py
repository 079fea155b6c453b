"""Dwellings and plans beside industry: distances, categories and what protection saves, by shapely on the raw files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.land import Land, lands, usable_ha
from oracle.published import EARLIEST, activities, effects, features, is_enough, layer, rules
from oracle.room import rooms

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

HARD = ("vastgesteld", "onherroepelijk")
OFF_M = 1.0  # plans are in degrees: some decimetres off where PROJ has no grids
SHRINKS = np.cos(np.pi / 128)  # circles are cut with 32 segments a quarter


@dataclass(frozen=True)
class Places:
    """Buildings or plans: keys, shapes (RD New), whether each stands in a mixed area, and the year from which."""

    keys: Any
    shapes: Any
    is_mixed: Any
    year: Any

    def some(self, which: Any) -> Places:
        """Some of them."""
        return Places(*(values[which] for values in (self.keys, self.shapes, self.is_mixed, self.year)))


@cache
def buildings(folder: Path) -> tuple[Places, Any]:
    """The raw buildings, and which of them are homes that an own contour may not reach."""
    table = pd.read_csv(folder / "data" / "adressen.csv", sep=";", decimal=",", dtype={"adres": str})
    points = shapely.points(table["x"], table["y"])
    is_mixed = table["gebied"].str.startswith("gemengd").to_numpy()
    return Places(table["adres"].to_numpy(), points, is_mixed, np.zeros(len(table))), table["soort"].to_numpy()


@cache
def plans(folder: Path) -> tuple[Places, pd.DataFrame]:
    """The raw plans, and their properties."""
    table, shapes = features(folder / "data" / "woningbouwplannen.geojson")
    year = table["van"].fillna(0).to_numpy()
    return Places(table["plan"].to_numpy(), shapes, table["gebied"].str.startswith("gemengd").to_numpy(), year), table


def rank(metres: Any, kind: str) -> Any:
    """The place of the heaviest category that fits at a distance: 0 for none."""
    table = rules("assess")["category_distances"][kind]
    steps = np.array([table[name] for name in rules("assess")["categories"]], dtype=float) * SHRINKS
    return (metres[..., None] >= steps - 0.01).sum(axis=-1)


def highest(shapes: Any, places: Places, kind: str | None = None) -> Any:
    """The place of the heaviest category beside all of some places, each by its own kind of area or all by one."""
    if not len(places.keys):
        return np.full(len(shapes), len(rules("assess")["categories"]))
    metres = shapely.distance(shapes[:, None], places.shapes[None, :])
    kinds = places.is_mixed if kind is None else np.full(len(places.keys), kind == "mixed")
    ranks = np.where(kinds[None, :], rank(metres, "mixed"), rank(metres, "quiet"))
    return ranks.min(axis=1)


def both(*places: Places) -> Places:
    """Several together."""
    values = [[getattr(part, name) for part in places] for name in ("keys", "shapes", "is_mixed", "year")]
    return Places(*(np.concatenate(parts) for parts in values))


def is_near_step(shapes: Any, places: Places) -> Any:
    """Which shapes lie so near a step of the distances from some plan that what plans are off may decide."""
    if not len(places.keys):
        return np.zeros(len(shapes), dtype=bool)
    metres = shapely.distance(shapes[:, None], places.shapes[None, :])
    steps = sorted(
        {step for kind in ("quiet", "mixed") for step in rules("assess")["category_distances"][kind].values()}
    )
    near = np.abs(metres[..., None] - np.array(steps, dtype=float) * SHRINKS) < OFF_M
    return near.any(axis=(1, 2))


def test_the_highest_category_by_dwellings_is_that_of_the_distances(proefpolder: RunContext) -> None:
    """Each building and hard plan by its own kind of area; as if all were quiet, or mixed; without plans, with soft
    plans; and the room for a contour of its own."""
    folder = proefpolder.project.folder
    standing, kinds = buildings(folder)
    planned, table = plans(folder)
    is_hard = table["status"].isin(HARD).to_numpy()
    assert 0 < is_hard.sum() < len(is_hard)
    homes = standing.some(np.isin(kinds, ["woning", "kwetsbaar gebouw", "zeer kwetsbaar gebouw"]))
    names = np.array(["geen", *rules("assess")["categories"]], dtype=object)
    compared = 0
    for land in lands(proefpolder):
        rows = layer(land.package, "wonen_en_industrie")
        odd = is_near_step(land.shapes, planned)
        for year in land.years:
            mine = rows[rows["jaar"] == year].set_index("deelvlak_id").loc[land.pieces["deelvlak_id"]]
            hard = planned.some(is_hard & (planned.year <= year))
            near, soft = both(standing, hard), planned.some(~is_hard)
            column = "hoogste_categorie_naast_woningen"
            wanted = {
                column: highest(land.shapes, near),
                f"{column}_rustig": highest(land.shapes, near, "quiet"),
                f"{column}_gemengd": highest(land.shapes, near, "mixed"),
                f"{column}_zonder_plannen": highest(land.shapes, standing),
                f"{column}_en_zachte_plannen": highest(land.shapes, both(near, soft)),
            }
            for name, ranks in wanted.items():
                wrong = (mine[name].to_numpy() != names[ranks]) & ~odd
                assert not wrong.any(), (year, name, mine.index[wrong][0])
            contour_m = shapely.distance(land.shapes[:, None], both(homes, hard).shapes[None, :]).min(axis=1)
            assert mine["ruimte_risicocontour_m"].to_numpy() == pytest.approx(contour_m, abs=OFF_M)
            by = dict(zip(near.keys, near.shapes, strict=True))
            binds = mine["begrenzend_object"].notna().to_numpy()
            assert (binds == (wanted[column] < len(names) - 1))[~odd].all()
            places = np.array([by[key] for key in mine["begrenzend_object"][binds]], dtype=object)
            metres = shapely.distance(land.shapes[binds], places)
            assert mine["afstand_begrenzend_m"].to_numpy()[binds] == pytest.approx(metres, abs=OFF_M)
            compared += len(mine)
    assert is_enough(compared, 9000)


def without_plans(land: Land, standing: Places, year: int) -> Any:
    """The place of the highest category of each piece that is free, without any plan; -1 where it is not free, or not
    known."""
    table = effects().query("condition == 'always' and effect == 'blocks'")
    kinds = table[table["object_kind"] != "storage"].groupby("constraint")["object_kind"].nunique()
    titles = {card["name"]: card["title"] for card in rules("constrain")["constraint"]}
    bars = {titles[name] for name in kinds[kinds == kinds.max()].index}
    over = [
        any(text.split(" (")[0] in bars for text in str(texts).split("; ")) for texts in land.pieces["belemmeringen"]
    ]
    order = {name: place + 1 for place, name in enumerate(rules("assess")["categories"])}
    plan = land.pieces["milieucategorie_plan"].map(order)
    ranks = np.minimum(plan.fillna(-1), highest(land.shapes, standing)).to_numpy(dtype=int)
    return np.where(land.is_free(year, EARLIEST), np.where(over, 0, ranks), -1)


def test_a_plan_costs_the_categories_that_its_distances_take(proefpolder: RunContext) -> None:
    """Of free land, ring by ring around each plan alone; to what some decimetres of its outline come to."""
    folder = proefpolder.project.folder
    standing, _ = buildings(folder)
    planned, table = plans(folder)
    names = np.array(["geen", *rules("assess")["categories"]], dtype=object)
    compared = 0
    for land in lands(proefpolder):
        rows = layer(land.package, "categorieverlies_per_plan")
        for number, plan in enumerate(table.itertuples()):
            distances = rules("assess")["category_distances"]["mixed" if planned.is_mixed[number] else "quiet"]
            steps = [distances[name] for name in rules("assess")["categories"]]
            discs = [shapely.buffer(planned.shapes[number], step, quad_segs=32) if step else None for step in steps]
            for year in [year for year in land.years if planned.year[number] <= year]:
                before = without_plans(land, standing, year)
                falls: dict[tuple[str, str], float] = {}
                for after in range(len(steps)):
                    # Within the distance of the next category, and beyond that of this one.
                    inside = discs[after]
                    if inside is None:
                        continue
                    lower = discs[after - 1] if after and discs[after - 1] is not None else None
                    ring = shapely.difference(inside, lower) if lower is not None else inside
                    m2 = shapely.area(shapely.intersection(land.shapes, ring))
                    for rank_before in np.unique(before[(before > after) & (m2 > 0)]):
                        key = str(names[rank_before]), str(names[after])
                        falls[key] = falls.get(key, 0.0) + float(m2[before == rank_before].sum()) / 1e4
                here = rows[(rows["plan_id"] == plan.plan) & (rows["jaar"] == year)]
                assert (here["hard_plan"] == (plan.status in HARD)).all()
                listed = here.set_index(["categorie_zonder_plan", "categorie_met_plan"])["oppervlakte_ha"].to_dict()
                for key in set(listed) | set(falls):
                    assert listed.get(key, 0.0) == pytest.approx(falls.get(key, 0.0), abs=0.1, rel=0.02), (
                        plan.plan,
                        key,
                    )
                compared += len(listed)
    assert is_enough(compared, 50)


PLANNED = ("planned_dwelling_distance", "planned_dwelling_distance_mixed", "planned_own_risk")


def usable_without_plans(land: Land, activity: str, year: int) -> Any:
    """The land (RD New) that would be usable if there were no housing plans, no extension called."""
    titles = {card["name"]: card["title"] for card in rules("constrain")["constraint"]}
    key = ["combinatie_id", "milieucategorie_plan"]
    room = _rooms(land.package, frozenset(titles[name] for name in PLANNED))
    room = room[(room["activiteit"] == activity) & (room["jaar"] == year)]
    is_open = land.pieces[key].merge(room, on=key, how="left")["room"].to_numpy() == "open"
    patches = land.patches(land.is_free(year, EARLIEST) & is_open)
    usable = [patch for patch in patches if land.verdict(patch, activity) == "bruikbaar"]
    return shapely.union_all(land.shapes[[piece for patch in usable for piece in patch]])


@cache
def _rooms(package: Path, without: frozenset[str]) -> pd.DataFrame:
    return rooms(package, without)


def test_hard_plans_cost_and_protection_saves_what_is_usable_without_them(proefpolder: RunContext) -> None:
    """Of activities that need no quay: the land usable without any plan, less that within reach of each set of plans;
    of each plan alone, of each that falls away, and of all within a width around the cluster."""
    folder = proefpolder.project.folder
    planned, table = plans(folder)
    boundaries, outlines = features(folder / "data" / "clustergrenzen.geojson")
    distances, quiet = rules("assess")["category_distances"], ("mixed", "quiet")
    compared = 0
    for land in (land for land in lands(proefpolder) if land.package.stem in ("westhaven", "oosterpark")):
        cluster = shapely.union_all(outlines[(boundaries["cluster"] == land.package.stem).to_numpy()])
        far_m = shapely.distance(planned.shapes, cluster)
        costs = layer(land.package, "gevolg_woningbouwplannen").query("hard_plan == 1")
        saves = layer(land.package, "bescherming_contour")
        for (activity, year), here in saves.groupby(["activiteit", "jaar"]):
            card = activities()[activity]
            if card.get("least_quay_m"):
                continue
            counted = np.flatnonzero(table["status"].isin(HARD) & (planned.year <= year))
            reach_m = [distances[quiet[not planned.is_mixed[n]]][card["category"]] for n in counted]
            metres = np.maximum(reach_m, card["risk_radius_m"]) if len(counted) else np.zeros(0)
            discs = dict(zip(counted, shapely.buffer(planned.shapes[counted], metres, quad_segs=32), strict=True))
            whole = usable_without_plans(land, activity, year)
            discs = {number: disc for number, disc in discs.items() if disc.intersects(whole)}
            left: dict[frozenset[int], float] = {}

            def left_ha(some: Any, left: Any = left, discs: Any = discs, whole: Any = whole, card: Any = card) -> float:
                """Hectares that are usable beside some of the plans."""
                key = frozenset(some) & frozenset(discs)
                if key not in left:
                    taken = shapely.union_all([discs[number] for number in key])
                    left[key] = usable_ha(shapely.difference(whole, taken), card)
                return left[key]

            every = set(counted)
            of_question = costs[(costs["activiteit"] == activity) & (costs["jaar"] == year)].set_index("plan_id")
            for number in counted:
                row = of_question.loc[planned.keys[number]] if planned.keys[number] in of_question.index else None
                wanted = [left_ha(()) - left_ha({number}), left_ha(every - {number}) - left_ha(every)]
                ours = [0.0, 0.0] if row is None else row[["geraakt_ha", "alleen_dit_plan_ha"]].tolist()
                assert ours == pytest.approx(np.maximum(wanted, 0).tolist(), abs=0.06), (activity, year, number)
                compared += max(wanted) > 0.1
            for row in here.itertuples():
                displaced = {number for number in counted if far_m[number] <= row.breedte_m}
                saved = max(left_ha(every - displaced) - left_ha(every), 0.0)
                assert row.gespaard_ha == pytest.approx(saved, abs=0.06), row
                names = {planned.keys[number] for number in displaced}
                assert set(filter(None, str(row.plannen or "").replace("nan", "").split(", "))) == names
                known = table["woningen"][sorted(displaced)]
                assert (row.woningen, row.plannen_zonder_aantal) == (known.sum(), known.isna().sum())
    assert is_enough(compared, 4)
