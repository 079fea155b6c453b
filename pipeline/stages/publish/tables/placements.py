"""Placed projects in words: where a project fits and from when, or the one sentence why it does not, and what there
is elsewhere.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.glossary import dutch_reason
from pipeline.stages.publish.text.translate import dutch_day, dutch_ha, dutch_number

SENTENCES = {
    "placed": "Past {case} op {site} vanaf {start}{near}.",
    "does_not_last": (
        "In {where} voldoet een locatie van {wanted} of meer voor '{use}'{near} maar tijdelijk: vanaf {fails_on} "
        "niet meer, door {fails_by}."
    ),
    "no_site_at_all": "In {where} komt {case} geen grond vrij die blijvend een locatie voor '{use}' is.",
    "not_in_time": "In {where} komt er wel een locatie van {wanted} of meer voor '{use}', maar niet in {window}.",
    "no_site_large_enough": (
        "De grootste locatie die blijvend voldoet voor '{use}' in {where} in {window} is {largest}; "
        "gevraagd is {wanted}."
    ),
    "no_quay_long_enough": "Geen locatie voor '{use}' in {where} van {wanted} heeft, voor zover bekend, {quay} m kade.",
    "no_place_beside_other": "Geen passende locatie ligt{near}.",
    "left_land_does_not_do": (
        "De grond die {other} achterlaat heeft te weinig ruimte voor '{use}', komt niet op tijd, "
        "of is van een ander of niet bekend van wie."
    ),
    "waits_for_other": "Kan niet zonder {displaced}, en dat project past zelf niet.",
    "no_room_with_others": "Past niet samen met wat ervan afhangt.",
    "not_worked_out": (
        "In de gegeven rekentijd is niet uitgemaakt of dit past; geef meer tijd met solve_seconds in balance.toml."
    ),
    "displaces_others": "Past alleen als {displaced} wijkt; dat weegt zwaarder.",
}


IN_CASE = {"earliest": "als niemand verlengt", "latest": "als iedereen verlengt"}


def placement_overview(placed: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Projects, each with a sentence (ha, m); `titles` names activities and clusters."""
    return placed.assign(narrative=[sentence(row, titles) for row in placed.to_dict("records")])


def sentence(row: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Where and when, or why not (ha, m); what there is elsewhere; and whether a better placing can be ruled out."""
    words = {
        "case": IN_CASE[row["case"]],
        "site": called(row["site_id"], row["cluster_id"]),
        "start": _day(row["start_date"]),
        "near": f" binnen {dutch_number(row['near_m'], 0)} m van {row['near_id']}" if pd.notna(row["near_m"]) else "",
        "fails_on": _day(row["fails_on"]),
        "fails_by": _listed(row["fails_by"], titles),
        "where": titles.get(row["cluster_id"], row["cluster_id"]),
        "use": titles.get(row["profile"], row["profile"]),
        "window": str(row["window"]).replace("-", " tot en met "),
        "wanted": dutch_ha(row["wanted_m2"], 1),
        "largest": dutch_ha(row["largest_m2"], 1) if pd.notna(row["largest_m2"]) else "",
        "quay": f"{row['wanted_quay_m']:g}",
        "other": row["waits_on"],
        "displaced": row["displaced"] if isinstance(row["displaced"], str) else "een ander project",
    }
    text = SENTENCES[str(row["reason"])].format(**words)
    if pd.notna(row["claimed_m2"]) and row["claimed_m2"] > 0:
        text += f" Op {dutch_ha(row['claimed_m2'], 1)} daarvan ligt een energieclaim waarover niet is besloten."
    if isinstance(row["other_site_id"], str):
        other = row["other_cluster_id"]
        text += f" Buiten het cluster past het op {called(row['other_site_id'], other)} ({titles.get(other, other)})."
    if row["solver_gap"] > 0:
        text += f" Een tot {dutch_number(100 * row['solver_gap'], 1)} % betere verdeling is niet uitgesloten."
    return text


def _day(day: Any) -> str:
    return dutch_day(day) if pd.notna(day) else ""


def _listed(factors: Any, titles: Mapping[str, str]) -> str:
    """What keeps land from serving, comma between, each by its title."""
    return (
        ", ".join(titles.get(name, dutch_reason(name)) for name in factors.split()) if isinstance(factors, str) else ""
    )


def called(site_id: Any, cluster_id: str) -> str:
    """What a planner calls a site: by the plot of its first piece, since its key says profile, year and case
    in our words.
    """
    if not isinstance(site_id, str):
        return "geen locatie"
    # Keys of sites end in the key of a piece: cluster, plot, holding and piece, with a full stop between.
    _, site_text, piece = site_id.partition(f".{cluster_id}.")
    plot = piece.rsplit(".", 2)[0]
    if not site_text or not plot:
        return f"locatie {site_id}"
    left = site_id.split(".")[1] if site_id.startswith("left.") else ""
    return f"de grond die {left} achterlaat bij kavel {plot}" if left else f"de locatie bij kavel {plot}"
