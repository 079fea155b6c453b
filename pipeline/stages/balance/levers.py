"""Levers: what frees most when it is lifted: one blocking factor, or two or three together; in raw and in usable m2."""

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.levers import LAYER as LEVERS
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.blocking_factors import EXACT_UP_TO, BlockingFactors, best_levers
from pipeline.land.land import TENURE_PREFIX, AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.assemble import NO_PARCEL
from pipeline.project.models import LeverConfig
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.attribution import accounts


def lever_table(
    sets: pd.DataFrame, lands: Iterable[AssessedLand], config: Project, quays: gpd.GeoDataFrame | None
) -> pd.DataFrame:
    """The best levers of each size per activity, year and case, ranked by
    usable m2; the first `tested` of each size are tried on the land.

    Usable m2 can exceed raw m2: lifted land may join free land that was too small. `lands` are tried
    one after the other and added up, so that of a nation only one cluster is in memory.
    """
    by_key = [(key, _candidates(factors, config.balance.levers)) for key, factors in accounts(sets)]
    for land in lands:
        areas = ContiguousAreas(land.shapes, land.area_m2, config.assess.shape, quays)
        for key, levers in by_key:
            profile = config.profiles[key["profile"]]
            blocking = blocking_by_piece(land, (key["profile"], key["year"], key["case"]))
            tried = levers["gained_m2"].notna()
            levers.loc[tried, "gained_m2"] += _gained_m2(levers["lifted"][tried], blocking, areas, profile)
    return LEVERS.collect(_ranked(levers).assign(**key) for key, levers in by_key if len(levers))


def _gained_m2(
    levers: Iterable[tuple[str, ...]], blocking: BlockingByPiece, areas: ContiguousAreas, profile: ProfileConfig
) -> list[float]:
    """How many m2 more are usable after each of some levers."""
    is_open = blocking.is_open_after(())
    now = _with_usable(np.zeros_like(is_open), areas.usable(np.flatnonzero(is_open), profile))
    now_m2 = float(areas.area_m2[now].sum())
    gained = []
    for lifted in levers:
        opened = np.flatnonzero(blocking.is_open_after(lifted) & ~is_open)
        # What the opened land hangs together with may become usable; all other land stays as it is.
        after = _with_usable(now.copy(), areas.usable(opened, profile, is_open))
        gained.append(float(areas.area_m2[after].sum()) - now_m2)
    return gained


def _with_usable(is_usable: Any, patches: Iterable[Any]) -> Any:
    for patch in patches:
        is_usable[patch] = True
    return is_usable


def _candidates(factors: BlockingFactors, config: LeverConfig) -> pd.DataFrame:
    """Levers on tenure, on what may be there, and on both at once: a planner who cannot end leases needs the second.

    gained_m2: 0 for those that will be tried, the first of each scope and size; nan for the others.
    """
    liftable = factors.less({NO_PARCEL, *config.not_liftable})
    levers = [
        *best_levers(liftable.less(set(liftable.names) - liftable.tenure), config.most, config.retained),
        *best_levers(liftable.less(liftable.tenure), config.most, config.retained),
        *best_levers(liftable, config.most, config.retained, lambda lever: scope(lever.lifted) == "both"),
    ]
    # Synergy: what a set frees beyond the sum of what its members free alone.
    alone_m2 = dict(zip(factors.names, factors.unique().tolist(), strict=True))
    bounded = [(lever.lifted, lever.raw_m2, max(lever.bound_m2, lever.raw_m2)) for lever in levers]
    table = pd.DataFrame(bounded, columns=["lifted", "raw_m2", "bound_m2"]).astype({"raw_m2": float, "bound_m2": float})
    count, raw_m2 = table["lifted"].map(len), table["raw_m2"]
    together_m2 = raw_m2 - table["lifted"].map(lambda names: sum(alone_m2[name] for name in names))
    table = table.assign(
        scope=table["lifted"].map(scope),
        lifted_count=count,
        synergy_m2=together_m2.clip(lower=0.0).where(count > 1, 0.0),
    )
    # Up to three factors every set was tried, so the best is proven.
    table["is_proven"] = np.isclose(table["bound_m2"], raw_m2) | (count <= EXACT_UP_TO)
    is_tried = table.groupby(["scope", "lifted_count"]).cumcount() < config.tested
    return table.assign(gained_m2=np.where(is_tried, 0.0, np.nan))


def scope(lifted: tuple[str, ...]) -> str:
    """Whether a lever is on tenure ("land"), on what may be there ("room"), or on both."""
    count = sum(name.startswith(TENURE_PREFIX) for name in lifted)
    return "land" if count == len(lifted) else "both" if count else "room"


def _ranked(levers: pd.DataFrame) -> pd.DataFrame:
    ordered = levers.assign(lifted=levers["lifted"].map(" ".join)).sort_values(
        ["lifted_count", "gained_m2", "raw_m2", "lifted"], ascending=[True, False, False, True], na_position="last"
    )
    return ordered.assign(rank=ordered.groupby(["scope", "lifted_count"]).cumcount() + 1)
