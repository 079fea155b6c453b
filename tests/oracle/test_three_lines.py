"""The three lines on each plot, read back into facts and held against the published columns and tables."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from oracle.published import is_enough, layer, rules

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

TODAY = dt.date(2026, 10, 1)
YEARS = {2026: TODAY, 2030: dt.date(2030, 1, 1), 2050: dt.date(2050, 1, 1)}
MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
DAY = r"\d{1,2} [a-z]+ \d{4}"
LEAST_HA = 0.005  # of less land, or less than half of it, nothing is said
INSTRUMENTS = ("erfpacht", "ondererfpacht", "opstal", "huur", "tijdelijk gebruik", "optie", "reservering")
LIFTED = {
    "de grond bouwrijp is": "holding.not_serviced",
    "de optie vervalt": "holding.optioned",
    "de reservering vervalt": "holding.reserved",
    "het getekende contract niet doorgaat": "holding.contracted",
    "het gebruik van deze kavel eerder eindigt": "holding.leased",
    "de ongebruikte uitgifte eindigt": "holding.idle",
    "het tijdelijke gebruik eindigt": "holding.temporary",
    "de grond vrij blijkt te zijn (nu niet bekend)": "holding.unknown",
}


@dataclass(frozen=True)
class Outputs:
    """What a run published of its plots, and the sets of changes that it sets (not published by themselves)."""

    plots: pd.DataFrame
    pieces: pd.DataFrame
    holdings: pd.DataFrame
    rights: pd.DataFrame
    rule_by_title: dict[str, str]
    changes: dict[str, list[str]]
    site_days: set[dt.date]


def outputs_of(folder: Path, package: str) -> Outputs:
    """The tables of a run."""
    file = folder / package
    rights = layer(file, "rechten")
    sets = pd.concat([pd.read_parquet(path) for path in folder.glob("work/assemble/*/smallest_changes.parquet")])
    return Outputs(
        layer(file, "kavels").set_index("kavel_id"),
        layer(file, "deelvlakken"),
        layer(file, "bezitsvlakken"),
        rights[rights["werking"] == "beslist nu"].set_index("bezitsvlak_id"),
        {card["title"]: card["name"] for card in rules("constrain")["constraint"]},
        sets.sort_values("rank").groupby("parcel_id")["changes"].agg(list).to_dict(),
        {dt.date.fromisoformat(str(day)[:10]) for day in layer(file, "locaties")["bruikbaar_per"]},
    )


@pytest.fixture(scope="module", params=["proefpolder", "westpoort"])
def outputs(request: pytest.FixtureRequest) -> Outputs:
    context: RunContext = request.getfixturevalue(request.param)
    package = {"proefpolder": "nederland.gpkg", "westpoort": "westpoort.gpkg"}[request.param]
    return outputs_of(context.store.outputs, package)


def date(text: str) -> dt.date:
    """A day such as 2 maart 2032."""
    number, month, year = text.split(" ")
    return dt.date(int(year), MONTHS.index(month) + 1, int(number))


def verdict_by_year(line: str) -> dict[int, str]:
    """What the first line says of each asked year: the clause that counts then, without its days."""
    said: dict[int, str] = {}
    text = line.rstrip(".").partition(": ")[0].replace("; met alle verlengingen is geen dag bekend", "")
    for clause in re.split(r"; (?=nu |in \d|per |voor |bruikbaar|niet )", text):
        clause = clause.lower()
        day = re.search(rf"\bper ({DAY})", clause)
        named = {int(year) for year in re.findall(r"\b(20\d\d)\b", clause)} & YEARS.keys()
        if day:
            when = {year for year, first in YEARS.items() if first >= date(day[1])}
            said |= {year: "niet bruikbaar" for year in YEARS if year not in said and year not in when}
        elif re.search(r"\bnu\b", clause):
            when = {min(YEARS)} | (named if "nu en in" in clause else set())
        else:
            when = named
        words = re.search(r"voor .*? bruikbaar|niet bekend of deze bruikbaar is|niet bruikbaar|bruikbaar", clause)
        assert words and when, line
        said |= dict.fromkeys(when, words[0])
    assert said.keys() == YEARS.keys(), line
    return said


def of_plot(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(plot): rows for plot, rows in table.groupby("kavel_id")}


def test_the_verdict_is_that_of_the_land_in_each_year(outputs: Outputs) -> None:
    pieces, days = of_plot(outputs.pieces), 0
    for plot, line in outputs.plots["oordeel_in_het_kort"].items():
        land, said = pieces[str(plot)], verdict_by_year(line)
        whole = land["oppervlakte_ha"].sum()
        for year, words in said.items():
            usable = land.loc[land[f"oordeel_{year}"] == "bruikbaar", "oppervlakte_ha"].sum()
            unknown = land.loc[
                (land[f"oordeel_{year}"] == "onbekend") | (land[f"ruimte_{year}"] == "onbekend"), "oppervlakte_ha"
            ].sum()
            least = min(LEAST_HA, 0.5 * whole) + 1e-4
            part = re.fullmatch(r"voor (.*) van (.*) ha bruikbaar", words)
            wanted = {
                "bruikbaar": usable > 0.994 * whole,
                "niet bruikbaar": usable <= least and unknown < 0.5 * whole + 1e-4,
                "niet bekend of deze bruikbaar is": usable <= least and unknown >= 0.5 * whole - 1e-4,
                "voor ten minste de helft bruikbaar": usable >= 0.49 * whole,
            }
            if part:
                stated, of_all = (float(number.replace(",", ".")) for number in part.groups())
                assert stated == pytest.approx(usable, abs=0.0051) and of_all == pytest.approx(whole, abs=0.0051), plot
            else:
                assert wanted[words], (plot, year, line, usable, unknown, whole)
        days += " per " in line
    assert is_enough(days, 200)


def test_a_day_is_that_until_which_the_plot_waits_or_else_that_of_a_site(outputs: Outputs) -> None:
    by_wait = 0
    for plot, line in outputs.plots["oordeel_in_het_kort"].items():
        waits = [words for words in outputs.changes[str(plot)] if words.startswith("wait:") and " " not in words]
        stated = [date(text) for text in re.findall(rf"\bper ({DAY})", line)]
        days = {dt.date.fromisoformat(words[5:15]) for words in waits}
        assert all(day in days or (day in outputs.site_days and not waits) for day in stated), (plot, line, waits)
        for _, latest in (words.split("/") for words in waits if "/" in words):
            assert not stated or re.search(rf"uiterlijk (?:in {latest[:4]}|\d+ [a-z]+ {latest[:4]})\b", line), (
                plot,
                line,
            )
        by_wait += bool(stated and waits)
    assert is_enough(by_wait, 100)


def test_a_day_at_the_latest_holds_when_all_extend(outputs: Outputs) -> None:
    """In the asked years after it the land is usable when all extensions and options are called; so it is after a day
    that no extension moves."""
    pieces, seen = of_plot(outputs.pieces), 0
    for plot, line in outputs.plots["oordeel_in_het_kort"].items():
        for text in re.findall(rf"per {DAY}[^;.]*", line):
            if "zonder verlengingen" in text:
                continue
            last = re.search(rf"uiterlijk (?:in (\d{{4}})|({DAY}))", text)
            day = date(text.removeprefix("per ").partition(",")[0])
            if last:
                assert int((last[1] or last[2])[-4:]) >= day.year, line
                day = dt.date(int(last[1]), 12, 31) if last[1] else date(last[2])
            land = pieces[str(plot)]
            for year in (year for year, first in YEARS.items() if first >= day):
                usable = land.loc[land[f"oordeel_verlengd_{year}"] == "bruikbaar", "oppervlakte_ha"].sum()
                early = land.loc[land[f"oordeel_{year}"] == "bruikbaar", "oppervlakte_ha"].sum()
                assert usable >= min(early, 0.5 * land["oppervlakte_ha"].sum()) - 1e-3, (plot, line)
                seen += 1
    assert is_enough(seen, 30)


def test_who_has_it_is_the_right_that_decides_today(outputs: Outputs) -> None:
    """Instrument, holder, last day and the day to act of the largest holding, and of the second where it is named."""
    holdings, named = of_plot(outputs.holdings), 0
    for plot, line in outputs.plots["wie_tot_wanneer"].items():
        rows = [row for _, row in holdings[str(plot)].iterrows()]
        largest = max(row["oppervlakte_ha"] for row in rows)
        parts = re.split(r"; (?=op \d+,\d\d ha )", re.sub(r"; en nog \d+ (?:deel|delen)(?=\.$)", "", line).rstrip("."))
        assert len(parts) <= 2, line
        for number, part in enumerate(parts):
            area = re.match(r"[Oo]p (\d+,\d\d) ha ", part)
            stated_ha = float(area[1].replace(",", ".")) if area else largest
            assert number or stated_ha == pytest.approx(largest, abs=0.0051), line
            stated = part[area.end() :] if area else part
            alike = [row for row in rows if row["oppervlakte_ha"] == pytest.approx(stated_ha, abs=0.0051)]
            faults = [fault_of(f"{stated[0].lower()}{stated[1:]}", row, outputs.rights) for row in alike]
            assert "" in faults, (plot, line, faults)
            named += any(row["bezitsvlak_id"] in outputs.rights.index for row in alike)
    assert is_enough(named, 500)


def fault_of(stated: str, row: Any, rights: pd.DataFrame) -> str:
    """What of a text on a holding the table of rights denies; empty for nothing."""
    right = rights.loc[row["bezitsvlak_id"]] if row["bezitsvlak_id"] in rights.index else None
    is_unknown = row["bezit_2026"] == "onbekend"
    if right is None or row["volgens"] not in ("contract", "optie of reservering"):
        if stated.startswith(tuple(f"{name} van" for name in INSTRUMENTS)):
            return "names a right"
        return (
            ""
            if stated.startswith("niet bekend wie deze grond heeft" if is_unknown else row["bezit_2026"])
            else "state"
        )
    opening = "niet bekend wie deze grond nu heeft; "
    text = stated.removeprefix(opening)
    end, notice = (
        None if pd.isna(right[name]) else str(right[name])[:10] for name in ("einddatum", "aanzeggen_tot_en_met")
    )
    ends = re.search(rf"(?:(?<!kon )tot en met|afgelopen op) ({DAY})", text)
    act = re.search(rf"(?:inroepen|in overleg) uiterlijk ({DAY})|kon tot en met ({DAY})", text)
    act_by = date(act[1] or act[2]) if act else None
    is_claim, is_noticed = right["recht"] in ("optie", "reservering"), bool(right["opgezegd"])
    can_extend = right["recht_op_verlenging"] in ("eenzijdig huurder", "wederzijds")
    faults = {
        "unknown": stated.startswith(opening) != is_unknown,
        "holder": not text.startswith(f"{right['recht']} van {str(right['houder'])[:37].rstrip()}"),
        "end": (str(date(ends[1])) if ends else None) != end or ("zonder bekend einde" in text) != (end is None),
        "is over": ("afgelopen op" in text) != (end is not None and end < str(TODAY)),
        "act by": (str(act_by) if act_by else None)
        != (notice if can_extend and not is_noticed and not is_claim else None),
        "past": act_by is not None and (act_by < TODAY) != ("kon tot en met" in text),
        "no right": ("geen recht op verlenging" in text)
        != (right["recht_op_verlenging"] == "geen" and not is_noticed and not is_claim),
        "noticed": ("; opgezegd" in text) != (is_noticed and not is_claim),
    }
    return ", ".join(fault for fault, is_so in faults.items() if is_so)


def words_of(condition: str, rule_by_title: dict[str, str]) -> set[str]:
    """A condition as the set of changes that it is about."""
    words: set[str] = set()
    wait = re.match(rf"vanaf ({DAY})(?: zonder verlengingen|, uiterlijk (?:in (\d{{4}})|({DAY})))", condition)
    if wait:
        words.add(f"wait:{date(wait[1])}")
        condition = condition[wait.end() :].lstrip(", ")
    text = condition.removeprefix("als ")
    for phrase, key in LIFTED.items():
        if phrase in text:
            words.add(key)
            text = text.replace(phrase, "")
    for title in re.findall(r"'(.*?)' hier niet meer geldt", text):
        words.add(rule_by_title[title])
    if "het omgevingsplan categorie 4.2 toestaat (nu " in text:
        words.add("plan_category")
    joined = re.search(r"(?:de kavels|kavel) (\S+(?:(?:, | en )\S+)*) vrijkom", text)
    if joined:
        words |= {f"join:{name}" for name in re.split(", | en ", joined[1])}
    return words


def test_what_would_do_are_sets_of_changes_and_all_are_counted(outputs: Outputs) -> None:
    compared = 0
    for plot, line in outputs.plots["wat_zou_helpen"].items():
        sets = [{re.sub("/.*", "", word) for word in words.split(" ")} for words in outputs.changes[str(plot)]]
        if line in ("Er is niets nodig.", "Voor ten minste de helft is niets nodig."):
            assert sets == [{"none"}], plot
        elif line.startswith("Geen oplossing gevonden"):
            assert sets == [{"beyond"}], plot
        elif line.startswith("Te beoordelen als bekend is"):
            assert "niet bekend" in outputs.plots.at[plot, "oordeel_in_het_kort"].lower(), plot
        elif line == "Wachten volstaat.":
            assert len(sets) == 1 and len(sets[0]) == 1 and next(iter(sets[0])).startswith("wait:"), plot
            assert " per " in outputs.plots.at[plot, "oordeel_in_het_kort"], plot
        elif "dingen tegelijk" in line:
            assert f" {min(map(len, sets))} dingen" in line or " 1 dingen" not in line, plot
        elif line != "Openbare ruimte wordt niet uitgegeven.":
            parts = line.rstrip(".").split("; ")
            left = re.fullmatch(r"nog (\d+) mogelijkhe(?:id|den)", parts[-1])
            conditions = [re.sub(r"^(?:of )?.*?\b(?=als |vanaf )", "", part) for part in parts[: -1 if left else None]]
            stated = [words_of(condition, outputs.rule_by_title) for condition in conditions]
            assert all(words in sets for words in stated), (plot, line, stated, sets)
            waited = int(line.startswith("Eerder "))
            assert waited + len(stated) + (int(left[1]) if left else 0) == len(sets), (plot, line, sets)
            compared += 1
    assert is_enough(compared, 500)


def test_lines_are_short_and_options_are_conditions(outputs: Outputs) -> None:
    columns = ["oordeel_in_het_kort", "wie_tot_wanneer", "wat_zou_helpen"]
    lengths = outputs.plots[columns].fillna("").map(len).sum(axis=1)
    assert lengths.max() <= 350, lengths.idxmax()
    lines = outputs.plots["wat_zou_helpen"].dropna()
    assert lines[lines.str.contains("vervalt|toestaat|eindigt|vrijkomt") & ~lines.str.contains(r"\bals\b")].empty
