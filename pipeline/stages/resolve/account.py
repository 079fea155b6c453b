"""What became of every row of the contract register: where it lies, or why it lies nowhere."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.contract_account import LAYER as ACCOUNT
from layers.glossary import dutch_reason
from pipeline.land.register_keys import NAMED_AS
from pipeline.stages.resolve.conflicts import EVERYWHERE, place_in_file
from pipeline.stages.resolve.records import refused_contracts
from pipeline.stages.resolve.rights import contradictions
from pipeline.stages.resolve.task import ResolveTask

STATUS_IN_ACCOUNT = {"decides": "used"}
# The effect of a contract with several is the first of these.
STRONGEST_FIRST = ("used", "waits", "superseded", "master", "over")


def contract_account(task: ResolveTask, rights: pd.DataFrame, holdings: gpd.GeoDataFrame) -> pd.DataFrame:
    """What became of every row of the register that concerns this cluster, or no cluster at all, with its m2.

    `rights` have their effect on each holding (`right_status`); rows that were refused say why.
    """
    # Of the register of a nation the rows of its other clusters are most, and nothing is said of them.
    is_named = (task.nowhere["cause"] != "") | task.leases["contract_id"].isin(rights["contract_id"])
    leases, nowhere = task.leases[is_named], task.nowhere[is_named]
    right = ["contract_id", "right_type"]
    right_on_plot = [*right, "parcel_id"]
    lies = _on_holdings(rights, holdings)
    # A row that is loose lies where its site is, or where its contract is drawn.
    on_plot, in_all = (
        leases[key].join(lies.groupby(key).agg({"effect": "first", "area_m2": "sum"}), on=key)[["effect", "area_m2"]]
        for key in (right_on_plot, right)
    )
    used = in_all.where(nowhere["is_loose"], on_plot)
    is_here = (nowhere["cause"] == "") & used["effect"].notna()
    final = used["effect"].where(nowhere["cause"] == "", nowhere["cause"])
    rows = leases[["contract_id", "parcel_id", "site_name", "right_type"]].assign(
        cluster_id=np.where(is_here, holdings["cluster_id"].iloc[0], EVERYWHERE),
        rationale="in de bron: " + leases[NAMED_AS],
        right_status=final,
        area_m2=used["area_m2"].where(is_here, 0.0),
    )
    every = pd.concat([ACCOUNT.conform(rows[final.notna()]), _refused_rows(task.tables["refused"])])
    return ACCOUNT.conform(every.drop_duplicates(list(ACCOUNT.key)))


def _on_holdings(rights: pd.DataFrame, holdings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Contract, right, plot, effect and m2 of every right on a holding, the strongest effect first."""
    plot = pd.Series(holdings["parcel_id"].to_numpy()[rights["holding"]], index=rights.index)
    lies = rights[["contract_id", "right_type"]].assign(
        parcel_id=rights["parcel_id"].fillna(plot),
        effect=rights["right_status"].replace(STATUS_IN_ACCOUNT),
        area_m2=holdings["area_m2"].to_numpy()[rights["holding"]],
    )
    return lies.sort_values("effect", key=lambda effect: effect.map(STRONGEST_FIRST.index))


def lies_nowhere(leases: pd.DataFrame, tables: Mapping[str, Any]) -> pd.DataFrame:
    """Per row of the contract register the `cause` that it lies nowhere at all (empty where it does).

    A row `is_loose` that names no plot that counts in any cluster.
    """
    parcels, polygons = tables["parcels"], tables["lease_polygons"]
    sites, shapes = tables["cluster_boundaries"].geometry.to_numpy(), parcels.geometry.to_numpy()
    site, plot = parcels.sindex.query(sites, predicate="intersects")
    # A plot that only touches the boundary lies beside it.
    counted = parcels.iloc[np.unique(plot[~shapely.touches(shapes[plot], sites[site])])]
    hits = counted.sindex.query(polygons.geometry, predicate="intersects")[0]
    is_drawn = leases["contract_id"].isin(polygons["contract_id"])
    reaches = leases["contract_id"].isin(polygons["contract_id"].iloc[np.unique(hits)])
    no_plot = leases["parcel_id"].isna()
    on_site = no_plot & leases["site_name"].isin(counted["site_name"].dropna())
    on_plot = leases["parcel_id"].isin(counted["parcel_id"])
    wrong = contradictions(leases)
    # The first cause that holds is told.
    causes = {
        **{cause: wrong == cause for cause in ("ends_before_begins", "end_implausible")},
        "contract_without_place": no_plot & ~leases["site_name"].isin(parcels["site_name"].dropna()) & ~is_drawn,
        "unknown_parcel": ~no_plot & ~leases["parcel_id"].isin(parcels["parcel_id"]) & ~reaches,
        "outside_clusters": ~on_plot & ~on_site & ~reaches,
    }
    return pd.DataFrame({"cause": np.select(list(causes.values()), list(causes), ""), "is_loose": ~on_plot})


def _refused_rows(refused: pd.DataFrame) -> pd.DataFrame:
    rows = refused_contracts(refused)
    return rows[["parcel_id", "site_name"]].assign(
        contract_id=rows["contract_id"].fillna(place_in_file(rows)),
        cluster_id=EVERYWHERE,
        right_type=None,
        rationale=place_in_file(rows) + ": " + rows["reason"].map(dutch_reason),
        right_status="refused",
        area_m2=0.0,
    )
