"""Room by aspect: each published piece against each published zone over it, by the rules as they are written."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.published import KIND_SUMS, RULES, layer, rules, shapes

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

YEARS = (2026, 2030, 2050)
CASES = {"vroegst": "bezit_{}", "laatst": "bezit_verlengd_{}"}
COLUMNS = ("ruimte_ha", "voorwaardelijk_ha", "niet_bekend_ha", "geen_ruimte_ha")
FREE_COLUMNS = ("vrij_met_ruimte_ha", "vrij_voorwaardelijk_ha", "vrij_niet_bekend_ha", "vrij_zonder_ruimte_ha")
# What an effect leaves, as the place of its column: attention is room.
LEVEL = {"none": 0, "attention": 0, "conditional": 1, "unknown": 2, "blocks": 3}
SUPPLIES = ("hydrogen", "carbon_dioxide", "heat", "steam")
UNKNOWN, BLOCKED = LEVEL["unknown"], LEVEL["blocks"]
DUTCH = {
    "physical": "fysiek",
    "noise": "geluid",
    "safety": "veiligheid",
    "nitrogen": "stikstof",
    "air": "lucht",
    "housing": "wonen",
    "water": "water",
    "energy": "energie",
    "nature": "natuur",
    "grid": "stroomnet",
    "industrial_water": "industriewater",
    "facilities": "voorzieningen en ontsluiting",
}


def reaches(condition: str, band: str, profile: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Whether an effect holds for an activity in a band; of a band without number every reach counts."""
    flags = {
        "always": True,
        "is_noise_maker": profile["is_noise_maker"],
        "emits_nitrogen": profile["emits_nitrogen"],
        "stores_hazardous": profile["seveso"] != "none",
        "takes_power": profile.get("power_mw", 0) > 0,
        "takes_water": profile.get("water_m3_year", 0) > 0,
        "needs_rail": profile.get("needs_rail", False),
        **{f"takes_{supply}": supply in profile.get("connections", []) for supply in SUPPLIES},
    }
    if condition in flags:
        return flags[condition]
    if condition == "claim_is_decided":
        return band in ("decided", "unknown")
    if condition == "road_beyond_band":
        farthest = profile.get("most_road_m", np.inf)
        return farthest < np.inf and (band == "unknown" or float(band) >= farthest)
    reach = {
        "noise_above_band": profile["noise_dba_m2"],
        "height_above_band": profile["height_m"],
        "power_above_band": profile.get("power_mw", 0),
        "water_above_band": profile.get("water_m3_year", 0),
        "risk_reaches_band": profile["risk_radius_m"],
        "category_reaches_band": rule["distances"][profile["category"]],
    }[condition]
    if band in ("", "unknown"):
        return reach > 0
    return reach >= float(band) if condition.endswith("reaches_band") else reach > float(band.partition("_")[0])


def effects_as_written() -> pd.DataFrame:
    """Of each rule and kind of object its effects: those of the table, and those in the card of the rule itself."""
    table = pd.read_csv(RULES / "effects.csv", sep=";", keep_default_na=False)
    rows = []
    for rule in rules("constrain")["constraint"]:
        written = rule.get("effects", {})
        for kind in table["object_kind"].unique():
            text = written if isinstance(written, str) else written.get(kind, written.get("other", ""))
            if text:
                effect, _, condition = text.partition(" when ")
                rows.append({"constraint": rule["name"], "object_kind": kind, "effect": effect, "condition": condition})
    more = pd.DataFrame(rows, columns=table.columns[:4]).replace({"condition": {"": "always"}})
    return pd.concat([table, more], ignore_index=True)


def level_of(band: str, profile: dict[str, Any], rule: dict[str, Any], effects: pd.DataFrame) -> int:
    """What a zone leaves of room for an activity."""
    mine = effects[(effects["constraint"] == rule["name"]) & effects["object_kind"].isin(profile["object_kinds"])]
    held = [row for row in mine.itertuples() if reaches(row.condition, band, profile, rule)]
    levels = [
        UNKNOWN if LEVEL[row.effect] and may_do(row.condition, band, profile) else LEVEL[row.effect] for row in held
    ]
    worst = max(levels, default=0)
    return UNKNOWN if band == "unknown" and worst else worst


def may_do(condition: str, band: str, profile: dict[str, Any]) -> bool:
    """Whether what is there may be enough: of a band of which only the least is sure, or the least and the most."""
    needs = {"power_above_band": "power_mw", "water_above_band": "water_m3_year"}
    _, line, most = band.partition("_")
    return condition in needs and bool(line) and profile.get(needs[condition], 0) <= float(most or "inf")


def layers_of(rule: dict[str, Any]) -> set[str]:
    """The source layers that say where a rule holds."""
    return {rule["layer"], *(("parcels", "terminals") if rule["geometry"]["kind"] == "by_road" else ())}


# What an activity may need, by theme: on a need that it does not have there is room, whatever is known.
NEEDS = {
    "grid": ["power_mw"],
    "industrial_water": ["water_m3_year"],
    "facilities": ["connections", "needs_rail", "most_road_m"],
}


def known_layers(folder: Path) -> set[str]:
    """What a project has a card for, or declares to be nothing there."""
    cards = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (folder / "sources").glob("*.toml")]
    project = tomllib.loads((folder / "project.toml").read_text(encoding="utf-8"))
    declared = [{"layers": [name], **card} for name, card in project.get("absent", {}).items()]
    absent = [card for card in (*declared, *project.get("absent_together", [])) if card["treat_as"] == "none"]
    return {card["source"]["layer"] for card in cards} | {name for card in absent for name in card["layers"]}


def by_hand(package: Path, profile: dict[str, Any], known: set[str]) -> pd.DataFrame:
    """Hectares on plots per aspect, year and case, of all land and of free land."""
    effects = effects_as_written()
    assess, written = rules("assess"), {rule["name"]: rule for rule in rules("constrain")["constraint"]}
    for rule in written.values():
        rule["distances"] = assess["category_distances"][rule.get("area_kind", "quiet")]
    deciding = set(effects.loc[effects["effect"].map(LEVEL) > 0, "constraint"])
    pieces, zones = layer(package, "deelvlakken"), layer(package, "belemmeringen").set_index("zone_id")
    drawn, land = (shapes(package, *names) for names in (("belemmeringen", "zone_id"), ("deelvlakken", "deelvlak_id")))
    first, last = zones["geldig_vanaf"].fillna(0).astype(int), zones["geldig_tot"].fillna(9999).astype(int)
    tree = shapely.STRtree(shapely.point_on_surface([land[name] for name in pieces["deelvlak_id"]]))
    over = {name: tree.query(shape, predicate="intersects") for name, shape in drawn.items()}
    holdings = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")
    hectares, rows = pieces["oppervlakte_ha"].to_numpy(), []
    heaviness = assess["categories"].index
    plan = [
        UNKNOWN if name == "onbekend" else BLOCKED * (heaviness(profile["category"]) > heaviness(name))
        for name in pieces["milieucategorie_plan"]
    ]
    for year in YEARS:
        levels = {aspect: np.zeros(len(pieces), dtype=int) for aspect in DUTCH.values()}
        for zone_id, places in over.items():
            rule = written[zone_id[: re.search(r"[^a-z0-9_]|$", zone_id).start()]]
            if first[zone_id] <= year <= last[zone_id]:
                # The key: rule, band, first year, last year.
                band = zone_id.removesuffix(f"-{last[zone_id]}").removesuffix(f"@{first[zone_id]}")
                level = level_of(band.removeprefix(rule["name"]).removeprefix("."), profile, rule, effects)
                aspect = levels[DUTCH[rule["theme"]]]
                aspect[places] = np.maximum(aspect[places], level)
        for theme, aspect in DUTCH.items():
            of_theme = [rule for name, rule in written.items() if rule["theme"] == theme and name in deciding]
            is_needed = any(profile.get(need) for need in NEEDS[theme]) if theme in NEEDS else True
            if is_needed and not any(layers_of(rule) <= known for rule in of_theme):
                levels[aspect][:] = UNKNOWN
        for case, column in CASES.items():
            is_free = (pieces["bezitsvlak_id"].map(holdings[column.format(year)]) == "vrij").to_numpy()
            for aspect, level in (*levels.items(), ("omgevingsplan", np.array(plan))):
                m2 = (np.bincount(level, part, 4) for part in (hectares, hectares * is_free))
                rows.append((aspect, year, case, *np.concatenate(list(m2))))
    return pd.DataFrame(rows, columns=["aspect", "jaar", "geval", *COLUMNS, *FREE_COLUMNS])


@pytest.mark.parametrize("activity", ["general_industry", "electrolyser", "ammonia_terminal"])
@pytest.mark.parametrize(
    ("run", "cluster"), [("proefpolder", "westhaven"), ("proefpolder", "oosterpark"), ("westpoort", "westpoort")]
)
def test_room_by_aspect_is_what_the_zones_over_each_piece_leave(
    run: str, cluster: str, activity: str, request: pytest.FixtureRequest
) -> None:
    context = request.getfixturevalue(run)
    outputs, known = context.store.outputs, known_layers(context.project.folder)
    profile = rules("profiles")["profile"][activity]
    wanted = by_hand(outputs / f"{cluster}.gpkg", profile, known)
    table = layer(outputs / f"{cluster}.gpkg", "ruimte_per_aspect").query(f"activiteit == {profile['title']!r}")
    both = wanted.merge(table, on=["aspect", "jaar", "geval"], suffixes=("", "_found"))
    assert len(both) == len(wanted) == len(table)
    for name in (*COLUMNS, *FREE_COLUMNS):
        assert both[f"{name}_found"].to_numpy() == pytest.approx(both[name].to_numpy(), abs=0.05), name
    assert (both["niet_bekend_ha"] > 1).any() and (both["geen_ruimte_ha"] > 1).any()


def test_each_m2_stands_once_under_each_aspect(proefpolder: RunContext) -> None:
    """Of the land on plots of each cluster, and of their sum; in the figures to 0.1 m2."""
    outputs = proefpolder.store.outputs
    table, pieces = (layer(outputs / "nederland.gpkg", name) for name in ("ruimte_per_aspect", "deelvlakken"))
    table = table[~table["cluster"].isin(list(KIND_SUMS))]
    hectares = pieces.groupby("cluster")["oppervlakte_ha"].sum()
    hectares["nederland"] = hectares.sum()
    assert table[list(COLUMNS)].sum(axis=1).to_numpy() == pytest.approx(table["cluster"].map(hectares), abs=0.15)
    figures = pd.read_csv(outputs / "figures.csv").query("cluster not in @KIND_SUMS")
    rows = figures[figures["measure"].isin(["room_by_aspect", "free_by_aspect"])]
    rows = rows.assign(aspect=rows["heading"].str.rsplit(".", n=1).str[0])
    sums = rows.groupby(["measure", "cluster", "year", "case", "profile", "aspect"])["area_m2"].sum()
    per_question = sums.groupby(level=[0, 1, 2, 3, 4])
    assert (per_question.max() - per_question.min()).max() <= 0.21
    room = figures[figures["measure"] == "room"].groupby(["cluster", "year", "case", "profile"])["area_m2"].sum()
    assert per_question.max()["room_by_aspect"].to_dict() == pytest.approx(room.to_dict(), abs=1.0)


def test_the_worst_aspect_is_the_room(proefpolder: RunContext) -> None:
    """On no aspect on which rules decide there is less room than on all together."""
    table = layer(proefpolder.store.outputs / "nederland.gpkg", "ruimte_per_aspect")
    figures = pd.read_csv(proefpolder.store.outputs / "figures.csv").query("measure == 'room' and heading == 'open'")
    titles = {profile["title"]: name for name, profile in rules("profiles")["profile"].items()}
    judged = table[(table["geval"] == "vroegst") & (table["beslissende_regels"] > 0)]
    least = judged.groupby(["cluster", "jaar", "activiteit"])["ruimte_ha"].min()
    open_ha = figures.set_index(["cluster", "year", "profile"])["area_m2"] / 1e4
    assert len(least) >= 100
    for (cluster, year, activity), hectares in least.items():
        assert open_ha.get((cluster, year, titles[activity]), 0.0) <= hectares + 0.01
