"""Contracts: their days worked out from the raw register, where each lies, and what hangs on them in time."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from oracle.published import EARLIEST, HOLDER, LATEST, drawn, is_enough, layer, register, rules, units

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.runner.stage import RunContext

TODAY = dt.date(2026, 10, 1)
USE = ("erfpacht", "ondererfpacht", "opstal", "huur", "tijdelijk gebruik")
RIGHTS = {
    "erfpacht": "ground_lease",
    "ondererfpacht": "sublease",
    "opstal": "superficies",
    "huur": "rent",
    "tijdelijk gebruik": "temporary_use",
}
NEVER = dt.date.max
ON_OFFER = ("Uitgeefbaar", "Niet terstond uitgeefbaar")
EFFECT = {"beslist nu": "gebruikt"}
STRONGEST_FIRST = ("gebruikt", "komt later", "wijkt voor een ander recht", "hoofderfpacht", "voorbij")


@pytest.fixture(params=["proefpolder", "westpoort"])
def context(request: pytest.FixtureRequest) -> RunContext:
    run: RunContext = request.getfixturevalue(request.param)
    return run


def day(text: str) -> dt.date:
    """A day of the register; without one it never comes."""
    if text in ("", "eeuwigdurend", "31-12-9999"):
        return NEVER
    return dt.datetime.strptime(text, "%d-%m-%Y").date()


def later(date: dt.date, months: int) -> dt.date:
    """So many months later, the last of the month at most."""
    if date == NEVER:
        return NEVER
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if year > dt.MAXYEAR:
        return NEVER
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def next_day(date: dt.date) -> dt.date:
    return date if date == NEVER else date + dt.timedelta(1)


def days_of(row: dict[str, str]) -> dict[str, dt.date]:
    """The days of a right by its row of the register."""
    card, is_use = rules("resolve"), row["RECHT"] in USE
    months = card["handover"]["months"][RIGHTS[row["RECHT"]]] if is_use else 0
    given, by_notice, stated = (day(row[name]) for name in ("OPGEZEGD", "EINDE_OPZEGGING", "EINDE"))
    noticed = given <= TODAY
    ends = by_notice if noticed and by_notice != NEVER else stated
    # Who disputes notice stays for the term of the card, but no longer than the contract would have run.
    last = min(later(ends, card["notice"]["dispute_months"]), max(stated, ends))
    may_extend = is_use and not noticed and row["WIE"] != "geen"
    if may_extend:
        last = later(next_day(last), 12 * int(row["VERLENGING"]))
        last = last if last == NEVER else last - dt.timedelta(1)
    return {
        "ingangsdatum": day(row["INGANG"]),
        "einddatum": ends,
        "einde_uiterlijk": last if is_use else NEVER,
        "los_vroegst": later(next_day(ends), months),
        "los_laatst": later(next_day(last), months) if is_use else NEVER,
        "aanzeggen_tot_en_met": day(row["AANZEGGEN"]) if may_extend else NEVER,
    }


def test_the_days_of_a_right_are_those_of_its_contract(proefpolder: RunContext) -> None:
    rows = {row["CONTRACT"]: row for row in register(proefpolder.project.folder / "data" / "contracten.csv")}
    seen = set()
    for package in units(proefpolder.store.outputs):
        for right in layer(package, "rechten").itertuples():
            row = rows[right.contract_id]
            assert (right.recht, right.houder, right.zekerheid) == (row["RECHT"], row["HOUDER"], row["ZEKERHEID"])
            assert right.recht_op_verlenging == row["WIE"] and bool(right.opgezegd) == (day(row["OPGEZEGD"]) <= TODAY)
            for name, date in days_of(row).items():
                value = getattr(right, name)
                published = dt.date.fromisoformat(value) if isinstance(value, str) else NEVER
                assert published == date, (right.contract_id, name)
            seen.add(right.contract_id)
    assert is_enough(len(seen), 700)


def parts_within(package: Path, plots: dict[str, Any]) -> dict[str, list[str]]:
    """The parts of plots (bezitsvlak_id) that lie within each raw plot, whichever plot they are counted under."""
    parts, shapes = drawn(package, "bezitsvlakken", "bezitsvlak_id")
    valid = shapely.make_valid(np.array(list(plots.values()), dtype=object))
    plot, part = shapely.STRtree(shapely.point_on_surface(shapes)).query(valid, predicate="contains")
    within: dict[str, list[str]] = defaultdict(list)
    for number, inside in zip(plot.tolist(), part.tolist(), strict=True):
        within[list(plots)[number]].append(parts[inside])
    return within


def test_a_contract_lies_on_the_plots_that_it_names(proefpolder: RunContext) -> None:
    """Each row of the register is accounted for once; one that is not drawn lies on every part of its plots, with its
    hectares, also where they are counted under a plot that is drawn over it; what it came to is the strongest of what
    it is on them."""
    folder = proefpolder.project.folder / "data"
    plots = dict(zip(*drawn(folder / "kavels.gpkg", "kavels", "KAVELNR"), strict=True))
    polygons = set(pd.read_parquet(folder / "contractvlakken.parquet", columns=["contract"])["contract"])
    rows = {(row["CONTRACT"], row["KAVELS"]): row for row in register(folder / "contracten.csv")}
    compared = set()
    for package in units(proefpolder.store.outputs):
        holdings, rights = layer(package, "bezitsvlakken"), layer(package, "rechten")
        holdings = holdings.set_index("bezitsvlak_id")
        rights["ha"] = rights["bezitsvlak_id"].map(holdings["oppervlakte_ha"])
        on_plot = parts_within(package, plots)
        lies = rights.groupby(["contract_id", "recht"])
        for account in layer(package, "contracten").query("cluster != 'alle'").itertuples():
            plot = account.kavel_id if isinstance(account.kavel_id, str) else ""
            assert (account.contract_id, plot) in rows
            assert rows[account.contract_id, plot]["RECHT"] == account.recht
            if not plot or account.contract_id in polygons:
                continue
            here = lies.get_group((account.contract_id, account.recht))
            here = here[here["bezitsvlak_id"].isin(on_plot[plot])]
            plot_ha = holdings.loc[on_plot[plot], "oppervlakte_ha"].sum()
            assert account.oppervlakte_ha == pytest.approx(plot_ha, abs=1e-3), account
            assert here["ha"].sum() == pytest.approx(plot_ha, abs=1e-3), account
            effects = [EFFECT.get(word, word) for word in here["werking"]]
            assert account.werking == min(effects, key=STRONGEST_FIRST.index)
            compared.add((account.contract_id, plot))
    here_or_nowhere = compared | {(name, plot) for name, plot in rows if name in polygons or not plot}
    left = {key for key in rows if key not in here_or_nowhere}
    accounts = pd.concat([layer(package, "contracten") for package in units(proefpolder.store.outputs)])
    nowhere = accounts[accounts["cluster"] == "alle"]
    assert left == set(zip(nowhere["contract_id"], nowhere["kavel_id"], strict=True))
    assert is_enough(len(compared), 700)


def test_a_right_decides_if_the_land_is_its_own_today(context: RunContext) -> None:
    """By the periods of the land: today, later, or never; head leases have none."""
    for package in units(context.store.outputs):
        periods, rights = layer(package, "bezit_in_de_tijd"), layer(package, "rechten")
        named = periods[periods["contract_id"].notna()]
        ever = set(zip(named["bezitsvlak_id"], named["contract_id"], strict=True))
        named = named[named["van"] <= str(TODAY)]
        today = set(zip(named["bezitsvlak_id"], named["contract_id"], strict=True))
        for row in rights[rights["werking"] != "hoofderfpacht"].itertuples():
            key = row.bezitsvlak_id, row.contract_id
            word = "beslist nu" if key in today else "komt later" if key in ever else None
            assert word == row.werking if word else row.werking in ("voorbij", "wijkt voor een ander recht"), row
        assert (
            not {
                (row.bezitsvlak_id, row.contract_id) for row in rights.query("werking == 'hoofderfpacht'").itertuples()
            }
            & ever
        )


def lowest(package: Path) -> pd.DataFrame:
    """Per part of a plot the contract of use that counts: the lowest in the chain, of those the last to end."""
    hectares = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")["oppervlakte_ha"]
    rights = layer(package, "rechten")
    use = rights[rights["recht"].isin(USE) & ~rights["werking"].isin(["hoofderfpacht", "voorbij"])]
    use = use[use["ingangsdatum"].fillna("0000") <= str(TODAY)].assign(is_low=lambda rows: rows["trede"] == "gebruik")
    use[["last", "end"]] = use[["einde_uiterlijk", "einddatum"]].fillna("9999-12-31")
    ordered = use.sort_values(["is_low", "last", "end", "contract_id"])
    rows = ordered.groupby("bezitsvlak_id").tail(1)
    return rows.assign(ha=rows["bezitsvlak_id"].map(hectares))


def bin_of(date: str) -> tuple[int, str]:
    """The five years in which a day falls, as the first of them and in words."""
    if date >= "9999-12-31":
        return 2061, "geen bekend einde"
    if date < str(TODAY):
        return 2026, "voorbij"
    if int(date[:4]) > rules("balance")["in_time"]["until_year"]:
        return 2061, "later"
    first = next(year for year in range(2026, 2062, 5) if year + 4 >= int(date[:4]))
    return first, f"{first}-{first + 4}"


def test_leases_end_in_the_years_of_their_contracts(context: RunContext) -> None:
    """Each m2 in use once, by its end in both cases and by the last day to call an extension."""
    for package in units(context.store.outputs):
        use = lowest(package)
        notice = use[use["aanzeggen_tot_en_met"].notna()]
        wanted: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        walls: list[tuple[str, str, pd.DataFrame, str]] = [
            ("contract eindigt", EARLIEST, use, "end"),
            ("contract eindigt", LATEST, use, "last"),
            ("aanzegging uiterlijk", "beide", notice, "aanzeggen_tot_en_met"),
        ]
        for measure, case, rows, column in walls:
            for right, hectares, date in zip(rows["recht"], rows["ha"], rows[column], strict=True):
                sums = wanted[(measure, case, *bin_of(date), right)]
                sums[0] += hectares
                sums[1] += 1
        table = layer(package, "verlengingsgolf")
        key = ["maat", "geval", "vanaf_jaar", "jaren", "recht"]
        listed = table.set_index(key)[["oppervlakte_ha", "aantal"]].T.to_dict("list")
        assert set(listed) == set(wanted)
        for name, sums in wanted.items():
            assert listed[name] == pytest.approx(sums, abs=2e-3), name
        balance = layer(package, "balans").groupby(["maat", "geval", "jaar", "post"])["oppervlakte_ha"].sum()
        of_all: dict[tuple[Any, ...], float] = defaultdict(float)
        for (*name, _), (hectares, _) in wanted.items():
            of_all[tuple(name[:4])] += hectares
        for name, hectares in of_all.items():
            assert balance[name] == pytest.approx(hectares, abs=5e-3), name


def acts(package: Path, year: int) -> dict[tuple[str, str, str, str], list[float]]:
    """Per contract, right, action and day the hectares and parts of plots that hang on it whether land is free on the
    first day of a year: under the act that must be first."""
    holdings = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")
    hangs = holdings[(holdings[f"bezit_{year}"] == "vrij") & (holdings[f"bezit_verlengd_{year}"] != "vrij")]
    rights = layer(package, "rechten")
    rights = rights[rights["bezitsvlak_id"].isin(hangs.index) & ~rights["werking"].isin(["hoofderfpacht", "voorbij"])]
    first_day = f"{year}-01-01"
    rights = rights[(rights["los_laatst"].fillna("9999") > first_day) & (rights["los_vroegst"] <= first_day)]
    first: dict[str, tuple[str, str, str, str]] = {}
    for row in rights.itertuples():
        is_use, end = row.recht in USE, dt.date.fromisoformat(row.einddatum)
        action = "verlengingsrecht afkopen" if row.recht_op_verlenging == "eenzijdig huurder" else "niet verlengen"
        action = "opzegging doorzetten" if row.opgezegd else action
        action = action if is_use else "laten vervallen"
        months = -rules("balance")["in_time"]["notice_months"] if is_use and not row.opgezegd else 0
        stated = row.aanzeggen_tot_en_met
        act_by = stated if isinstance(stated, str) else str(later(end, months))
        act = (act_by, row.contract_id, row.recht, action)
        first[row.bezitsvlak_id] = min(first.get(row.bezitsvlak_id, act), act)
    sums: dict[tuple[str, str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for holding, (act_by, contract, right, action) in first.items():
        sums[contract, right, action, act_by][0] += holdings["oppervlakte_ha"][holding]
        sums[contract, right, action, act_by][1] += 1
    return sums


def test_land_that_hangs_on_a_contract_stands_under_the_first_act(context: RunContext) -> None:
    for package in units(context.store.outputs):
        table = layer(package, "beslismomenten")
        balance = layer(package, "balans").query("maat == 'beslismoment'").groupby(["jaar", "post"])["oppervlakte_ha"]
        for year, rows in table.groupby("doeljaar"):
            wanted = acts(package, int(year))
            key = ["contract_id", "recht", "wat_te_doen", "uiterlijk"]
            listed = rows.set_index(key)[["oppervlakte_ha", "aantal"]].T.to_dict("list")
            assert set(listed) == set(wanted)
            for name, sums in wanted.items():
                assert listed[name] == pytest.approx(sums, abs=1e-3), name
            assert (rows["al_voorbij"] == (rows["uiterlijk"] < str(TODAY))).all()
            assert rows.sort_values("volgorde")["oppervlakte_ha"].is_monotonic_decreasing
            for action, part in rows.groupby("wat_te_doen")["oppervlakte_ha"].sum().items():
                assert balance.sum()[year, action] == pytest.approx(part, abs=5e-3)


def shows_use(context: RunContext, package: Path) -> pd.Series:
    """Whether a part of a plot is built on or in use without a contract, by the raw files of buildings and land use."""
    folder = context.project.folder / "data"
    keys, shapes = drawn(package, "bezitsvlakken", "bezitsvlak_id")
    buildings = pyogrio.read_dataframe(folder / "panden.gpkg", columns=["status"], force_2d=True)
    objects = pyogrio.read_dataframe(folder / "bgt.fgb", columns=["functie"], force_2d=True)
    standing = buildings.geometry[buildings["status"] != "Pand gesloopt"].to_numpy()
    used = objects.geometry[~objects["functie"].isin(["groenvoorziening", "rijbaan"])].to_numpy()
    share = [
        shapely.area(shapely.intersection(shapes, shapely.union_all(shapely.make_valid(over)))) / shapely.area(shapes)
        for over in (standing, used)
    ]
    rights = layer(package, "rechten")
    runs = rights[rights["recht"].isin(USE) & (rights["einddatum"].fillna("9999") >= str(TODAY))]
    runs = runs[runs["werking"] != "hoofderfpacht"]
    has_use = np.isin(keys, runs["bezitsvlak_id"])
    status = issue_status(context)
    plots = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")["kavel_id"][keys]
    is_idle = (plots.map(status) == "Uitgegeven, onbenut").to_numpy()
    is_built = share[0] >= rules("resolve")["built"]["share_that_makes_unknown"]
    in_use = share[1] >= rules("resolve")["use"]["least_share"]
    return pd.Series((is_built | in_use) & ~has_use | is_idle & is_built, index=keys)


def issue_status(context: RunContext) -> dict[str, str]:
    """The status of each plot in the raw register of issue."""
    table = pd.read_excel(context.project.folder / "data" / "uitgifte.xlsx", sheet_name="Kavels", header=2)
    return dict(zip(table["Kavelnummer"], table["Uitgiftestatus"], strict=True))


INSTRUMENT = {
    "in optie": "optie",
    "gereserveerd": "reservering",
    "gecontracteerd": "gecontracteerd",
    "uitgegeven, onbenut": "bedrijfsreserve",
    "niet terstond uitgeefbaar": "niet terstond uitgeefbaar",
    "onbekend": "onbekend",
    "vrij": "echt vrij",
}
IN_USE = ("in gebruik gegeven", "uitgegeven, onbenut", "tijdelijk in gebruik")


def test_what_looks_vacant_is_held_back_by_what_has_it(proefpolder: RunContext) -> None:
    """Land in use that is given back comes back bare; what shows use today does not look vacant, unless it is."""
    strategic = {plot for plot, status in issue_status(proefpolder).items() if status == "Strategische reserve"}
    for package in units(proefpolder.store.outputs):
        holdings = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")
        stands = shows_use(proefpolder, package).reindex(holdings.index)
        table = layer(package, "papieren_leegstand").set_index(["jaar", "geval", "instrument"]).sort_index()
        balance = layer(package, "balans").query("maat == 'papieren leegstand'").set_index(["jaar", "geval", "post"])
        years = sorted({key[0] for key in table.index})
        for year, case in ((year, case) for year in years for case in HOLDER):
            state = holdings[HOLDER[case].format(year)]
            used_now = holdings[HOLDER[case].format(2026)].isin(IN_USE)
            instrument = state.map(INSTRUMENT).mask(stands & ((year == TODAY.year) | ~used_now))
            is_strategic = holdings["kavel_id"].isin(strategic) & (instrument == "reservering")
            sums = holdings["oppervlakte_ha"].groupby(instrument.mask(is_strategic, "strategische reserve"))
            hectares, count = sums.sum().to_dict(), sums.size().to_dict()
            hectares["oogt leeg"], count["oogt leeg"] = sum(hectares.values()), sum(count.values())
            for name, row in table.loc[year, case].iterrows():
                wanted = [hectares.get(name, 0.0), count.get(name, 0)]
                assert row[["oppervlakte_ha", "aantal"]].tolist() == pytest.approx(wanted, abs=5e-3), (year, case, name)
                assert balance.loc[(year, case, name), "oppervlakte_ha"] == pytest.approx(wanted[0], abs=5e-3)


def check_area(context: RunContext, package: Path) -> dict[str, float]:
    """Hectares by which raw plots differ from what the register says of them, where by more than a tenth."""
    rows, shapes = drawn(context.project.folder / "data" / "kavels.gpkg", "kavels", "KAVELNR")
    stated = drawn(context.project.folder / "data" / "kavels.gpkg", "kavels", "OPP_M2")[0]
    ours = set(layer(package, "kavels")["kavel_id"])
    area_m2 = shapely.area(shapely.make_valid(shapes))
    off = {
        plot: abs(m2 - real) / 1e4
        for plot, m2, real in zip(rows, stated, area_m2, strict=True)
        if plot in ours and m2 is not None and abs(m2 - real) > 0.1 * real
    }
    return off


def check_built(context: RunContext, package: Path) -> dict[str, float]:
    """Hectares of parts of plots on offer, without a contract of use, on which buildings stand."""
    keys, shapes = drawn(package, "bezitsvlakken", "bezitsvlak_id")
    buildings = pyogrio.read_dataframe(context.project.folder / "data" / "panden.gpkg", force_2d=True)
    standing = shapely.union_all(buildings.geometry[buildings["status"] != "Pand gesloopt"].to_numpy())
    rights = layer(package, "rechten").query("werking != 'hoofderfpacht'")
    runs = rights[rights["recht"].isin(USE) & (rights["einddatum"].fillna("9999") >= str(TODAY))]
    plots = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")["kavel_id"]
    status, built_m2 = issue_status(context), shapely.area(shapely.intersection(shapes, standing))
    ibis = pd.read_csv(context.project.folder / "data" / "ibis.csv", sep=";").set_index("KAVEL")["STATUS"].to_dict()
    off: dict[str, float] = defaultdict(float)
    for key, shape, m2 in zip(keys, shapes, built_m2, strict=True):
        word = status.get(plots[key], ibis.get(plots[key]))
        if m2 >= 1 and word in ON_OFFER and key not in set(runs["bezitsvlak_id"]):
            off[plots[key]] += shape.area / 1e4
    return dict(off)


CHECKS: dict[str, Callable[[RunContext, Path], dict[str, float]]] = {
    "oppervlakte wijkt af": check_area,
    "vrij maar bebouwd": check_built,
}


def test_what_disagrees_is_counted_from_its_rows(proefpolder: RunContext) -> None:
    """Per class from the rows of deviations; two classes from the raw files, plot by plot."""
    for package in units(proefpolder.store.outputs):
        rows = layer(package, "afwijkingen").query("soort == 'tegenstrijdig' and cluster != 'alle'")
        balance = layer(package, "balans").query("maat == 'tegenstrijdig'").set_index("post")
        assert set(balance.index) == set(rows["reden"])
        for name, part in rows.groupby("reden"):
            assert balance.loc[name, "aantal"] == len(part)
            assert balance.loc[name, "oppervlakte_ha"] == pytest.approx(part["oppervlakte_ha"].sum(), abs=5e-3)
        for name, check in CHECKS.items():
            part = rows[rows["reden"] == name].set_index("onderwerp")["oppervlakte_ha"]
            assert part.to_dict() == pytest.approx(check(proefpolder, package), abs=1e-3), (package.stem, name)
