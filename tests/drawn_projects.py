"""Land on paper for projects: squares of a hectare with who has them from which day on, the years in which a rule bars
them, and claims; and what the line makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from cut_port import activity
from squared_paper import square, table

from pipeline.land.land import PAIR, AssessedLand
from pipeline.land.rooms import rooms_in_time
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.tenure_timeline import Timeline
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import Project
from pipeline.project.rules import EffectConfig
from pipeline.stages.balance.portfolio import placements
from pipeline.stages.balance.project_days import LandInTime
from pipeline.stages.balance.project_land import ProjectLand, project_land
from pipeline.stages.balance.project_sites import SiteFinder, claimed_pieces, project_sites

TODAY = "2026-10-01"
CASES = ("earliest", "latest")
BARS = EffectConfig(constraint="bar", object_kind="storage", condition="always", effect="blocks", basis="drawn")
Years = tuple[int | None, int | None]


@dataclass(frozen=True)
class Square:
    """A hectare in a column: the days from which on it has a state (and by which contract), per case; in which
    years it is barred; and its claim, decided or not, with its last year."""

    column: int
    states: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    barred: Sequence[Years] = ()
    claim: tuple[str, int | None] | None = None

    @property
    def name(self) -> str:
        """Its key."""
        return f"s{self.column}"

    def states_in(self, case: str) -> Sequence[tuple[str, ...]]:
        """From which days on it has which state."""
        return self.states.get(case, [(TODAY, "free")])


def project(name: str, **given: Any) -> InvestmentProject:
    """A project that wants a hectare in the first cluster from this year on, with what the test gives it."""
    base = {"project_id": name, "title": name, "cluster_id": "paper", "profile": "p", "area_ha": 1}
    return InvestmentProject.model_validate({**base, "first_year": 2026, "last_year": 2034, "source": "drawn", **given})


def drawn_config(rules: Project, projects: Iterable[InvestmentProject], **asks: Any) -> Project:
    """The house with one activity, one rule that bars, and these projects."""
    return replace(rules, profiles={"p": activity(**asks)}, effects=(BARS,), projects=tuple(projects))


def assessed(cluster: str, squares: Sequence[Square]) -> AssessedLand:
    """The squares as pieces, each a plot of its own."""
    rows, zones, over = [], [], []
    for each in squares:
        shape, names = square(each.column, 0), []
        for number, (first, last) in enumerate(each.barred):
            names.append(f"bar.{each.name}.{number}")
            zones.append({"zone_id": names[-1], "constraint": "bar", "valid_from": first, "valid_to": last})
        if each.claim is not None:
            names.append(f"energy_claim.{each.name}")
            zones.append({"zone_id": names[-1], "constraint": "energy_claim", "band": each.claim[0]})
            zones[-1]["valid_to"] = each.claim[1]
        zones[len(zones) - len(names) :] = [{**zone, "geometry": shape} for zone in zones[len(zones) - len(names) :]]
        over.append({"combination_id": each.name, "zones": " ".join(names) or None})
        about = dict.fromkeys(("piece_id", "holding_id", "combination_id"), each.name)
        rows.append({**about, "area_m2": shape.area, "geometry": shape})
    pieces = table("pieces", rows)
    pieces = pieces.assign(cluster_id=cluster, parcel_id=pieces["piece_id"], plan_category="5.1")
    same = {"cluster_id": cluster, "zone_title": "x", "theme": "safety", "direction": "onto", "standing": "law"}
    return AssessedLand(
        cluster,
        pieces,
        table("holding_states", []),
        table("rooms", []),
        table("zones", zones, **same, basis="drawn", certainty="C"),
        table("combinations", over),
    )


def timelines(land: AssessedLand, squares: Sequence[Square]) -> dict[str, Timeline]:
    """Who has each square from when on."""
    rows = [
        {
            "holding_id": each.name,
            "case": case,
            "begins_on": pd.Timestamp(day),
            "tenure_status": state,
            "contract_id": "".join(contract),
        }
        for each in squares
        for case in CASES
        for day, state, *contract in each.states_in(case)
    ]
    periods = table("holding_periods", rows, decided_by="register", chance_free=0.0)
    return {case: Timeline.from_periods(periods, case, land.pieces["holding_id"]) for case in CASES}


def sites_of(config: Project, cluster: str, squares: Sequence[Square]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sites for projects in a cluster, and their pieces."""
    land = assessed(cluster, squares)
    pairs = land.pieces[PAIR].drop_duplicates()
    turns = rooms_in_time(land.combinations, land.zones, pairs, [2026], config)[1]
    time = LandInTime(
        land,
        timelines(land, squares),
        np.arange(len(land.pieces)),
        turns,
        config.verdicts,
        config.lifted,
        config.card.reference_date,
    )
    areas = ContiguousAreas(land.shapes, land.area_m2, config.assess.shape)
    claims = claimed_pieces(land, "energy_claim")
    return project_sites(SiteFinder(config, time, areas, np.empty((0, 2), dtype=int), claims))


def drawn_land(config: Project, clusters: Mapping[str, Sequence[Square]], **layers: Any) -> ProjectLand:
    """The land of all clusters for the projects of the config; `layers`: feeding and supply areas."""
    parts = [sites_of(config, cluster, squares) for cluster, squares in clusters.items()]
    sites = (pd.concat([part[0] for part in parts]), pd.concat([part[1] for part in parts]))
    grounds = [assessed(cluster, squares) for cluster, squares in clusters.items()]
    every = replace(grounds[0], pieces=pd.concat([ground.pieces for ground in grounds], ignore_index=True))
    areas = ContiguousAreas(every.shapes, every.area_m2, config.assess.shape, layers.pop("quays", None))
    return project_land(config, layers, sites, every, areas)


def placed_on(config: Project, where: ProjectLand) -> pd.DataFrame:
    """The projects of the config placed on land."""
    return placements(config.projects, where, 60.0)
