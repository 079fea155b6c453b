"""What keeps land from being usable, in the words of a planner: of a piece, and of a plot with the
hectares of each.
"""

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from layers.closed_lists import VERDICT_TOTALS
from layers.glossary import dutch_choice
from pipeline.land.slivers import least_m2
from pipeline.project.models import SliverConfig
from pipeline.project.rules import ProfileConfig
from pipeline.stages.publish.text.translate import dutch_ha, dutch_number

PLAN_TITLE = "Milieucategorie volgens plan"
LEAST_IN_HA = 50.0  # m2 that are 0,01 ha
NOT_YET = "nog niet bouwrijp"
FIT = VERDICT_TOTALS["free_and_open"]  # verdicts on land that is free and open


def plot_reasons(pieces: pd.DataFrame, years: tuple[int, ...], slivers: SliverConfig) -> pd.DataFrame:
    """Per plot and year what keeps parts of it from being usable, each with its hectares, the largest first; None
    where all is. What has too little of the plot to count there is counted together.
    """
    key = ["cluster_id", "parcel_id"]
    plots = pieces[key].drop_duplicates().reset_index(drop=True)
    whole_m2 = pieces.groupby(key, observed=True)["area_m2"].sum()
    sizes = dict(
        zip(whole_m2.index, zip(whole_m2.tolist(), least_m2(whole_m2, slivers).tolist(), strict=True), strict=True)
    )
    for year in years:
        name = f"why_{year}"
        parts = pieces.groupby([*key, name], as_index=False, observed=True)["area_m2"].sum()
        parts = parts.sort_values([*key, "area_m2", name], ascending=[True, True, False, True])
        rows = zip(*(parts[column].tolist() for column in (*key, name, "area_m2")), strict=True)
        texts = {
            plot: _parts_in_words([(reason, area) for *_, reason, area in group], *sizes[plot])
            for plot, group in groupby(rows, key=itemgetter(0, 1))
        }
        reasons = [texts.get(plot) for plot in plots[key].itertuples(index=False, name=None)]
        plots[name] = pd.Series(reasons, dtype=object)
    return plots


def _parts_in_words(pairs: list[tuple[str, float]], whole: float, least: float) -> str:
    """Reasons, each with its m2, in hectares, on a plot of so many m2; those of fewer m2 than `least` are counted
    together, unless they are most of it.
    """
    is_most = sum(area for _, area in pairs) >= 0.5 * whole
    large = [pair for pair in pairs if pair[1] >= least] or (pairs[:1] if is_most else [])
    parts = [f"{dutch_ha(area)}: {reason}" for reason, area in large]
    rest = len(pairs) - len(large)
    if rest:
        strips = f"{rest} {'strook' if rest == 1 else 'stroken'} van minder dan {dutch_ha(max(least, LEAST_IN_HA))}"
        parts.append(f"en {strips}" if large else strips)
    return "\n".join(parts)


def cause(row: tuple[Any, ...], themes: Mapping[str, str]) -> str:
    """What keeps a piece with this verdict, holding, reasons and plan category from being usable: one of CAUSES;
    `themes` by zone.
    """
    verdict, holding, reasons, _ = row
    # In the order of the verdict: size is asked of land that is free and open, rules of land that is free.
    if verdict in FIT:
        return "nothing" if verdict == "usable" else "fit"
    if holding != "free":
        return "unknown" if holding == "unknown" else "tenure"
    if verdict == "unknown" or not isinstance(reasons, str) or not reasons:
        return "unknown"
    kinds = {zone if zone == "plan_category" else themes[zone] for zone in reasons.split(" ")}
    return kinds.pop() if len(kinds) == 1 else "several"


def why_not(row: tuple[Any, ...], titles: Mapping[str, str], profile: ProfileConfig) -> str | None:
    """Why a piece with this verdict, holding, reasons and plan category is not usable, in one phrase (ha, m);
    None where it is.
    """
    verdict, holding, reasons, plan = row
    fit = {
        "usable": None,
        "too_small": f"aaneengesloten minder dan {dutch_number(profile.least_area_ha)} ha",
        "too_narrow": f"smaller dan {profile.least_width_m:g} m",
        "no_quay": f"minder dan {profile.least_quay_m:g} m kade",
    }
    if verdict in fit:
        return fit[verdict]
    if holding != "free":
        return NOT_YET if holding == "not_serviced" else dutch_choice(holding)
    words = in_words(reasons, titles) or "onbekend"
    return words.replace(PLAN_TITLE, f"{PLAN_TITLE} ({dutch_choice(plan)}, gevraagd {profile.category})")


def in_words(ids: Any, titles: Mapping[str, str]) -> str | None:
    """Zone keys as a planner calls them; None for none."""
    if not isinstance(ids, str) or not ids:
        return None
    return "; ".join(PLAN_TITLE if zone == "plan_category" else titles.get(zone, zone) for zone in ids.split(" "))
