"""A port on squared paper, cut by rules and judged: what the questions of the balance are asked of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import shapely
from squared_paper import holdings, overlay, table

from pipeline.land.land import PAIR, AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project
from pipeline.project.rules import ConstrainConfig, ProfileConfig
from pipeline.stages.assess import assess, rooms
from pipeline.stages.constrain import constrain


def activity(**more: Any) -> ProfileConfig:
    """An activity that asks nothing, with what the test gives it."""
    base = {
        "title": "P",
        "least_area_ha": 0,
        "least_width_m": 0,
        "category": "4.2",
        "object_kinds": ["storage"],
        "is_noise_maker": False,
        "emits_nitrogen": False,
        "noise_dba_m2": 0,
        "height_m": 0,
        "risk_radius_m": 0,
        "seveso": "none",
        "basis": "x",
        "certainty": "U",
    }
    return ProfileConfig.model_validate({**base, **more})


def with_years(project: Project, years: tuple[int, ...], **changes: Any) -> Project:
    """The project with these years, the first that of its reference date, and other cards."""
    return replace(project, card=project.card.model_copy(update={"horizons": tuple(years[1:])}), **changes)


def with_room(project: Project, **changes: Any) -> Project:
    """The project with other numbers for the questions on room."""
    room = project.balance.room.model_copy(update=changes)
    return replace(project, balance=project.balance.model_copy(update={"room": room}))


class Port:
    """Land on paper, cut by the house rules (some of them) around what is drawn, with everything that
    balance asks for.
    """

    def __init__(self, project: Project, land: dict[str, Any], layers: dict[str, Any], **given: Any) -> None:
        self.profiles = given.get("profiles", {"p": activity()})
        names = given.get("rules")
        chosen = tuple(
            given.get("constraints", [c for c in project.constrain.constraint if names is None or c.name in names])
        )
        self.card = ConstrainConfig(quad_segs=64, constraint=chosen)
        years = given.get("years", (2026, 2030))
        self.book = with_years(project, years, constrain=self.card, profiles=self.profiles)
        self.land = holdings(**land)
        frame = shapely.union_all(self.land.geometry.to_numpy())
        self.zones = constrain(layers, frame, self.card, given.get("absent", {})).assign(cluster_id="paper")
        pieces, combinations = overlay(self.land, self.zones)
        free = given.get("free", set(land))
        rows = [
            {
                "holding_id": name,
                "year": year,
                "case": case,
                "tenure_status": "free" if name in free else "leased",
                "decided_by": "register",
            }
            for name in land
            for year in years
            for case in ("earliest", "latest")
        ]
        states = table("holding_states", rows)
        about = self.land.set_index("holding_id").reindex(pieces["holding_id"])
        pieces = pieces.assign(parcel_id=about["parcel_id"].to_numpy(), plan_category=about["plan_category"].to_numpy())
        room = rooms(combinations, self.zones, pieces[PAIR].drop_duplicates(), years, self.book)
        self.ground = AssessedLand("paper", pieces, states, room, self.zones, combinations)
        areas = ContiguousAreas(self.ground.shapes, self.ground.area_m2, project.assess.shape)
        self.verdicts = assess(self.ground, self.book, areas)
        self.usable = self.verdicts[(self.verdicts["case"] == "earliest") & (self.verdicts["verdict"] == "usable")]
        self.frame = frame

    def free_m2(self, year: int = 2026, profile: str = "p") -> float:
        """m2 that is free and open."""
        which = self.ground.free(year) & (self.ground.room(profile, year) == "open")
        return float(self.ground.area_m2[which].sum())
