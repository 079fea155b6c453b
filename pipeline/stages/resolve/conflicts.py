"""Records that cannot all be right: each conflict a row with what it is and the m2 concerned."""

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.conflicts import LAYER
from layers.glossary import dutch_reason
from pipeline.project.resolve import ToleranceConfig
from pipeline.stages.resolve.records import ISSUED, ON_OFFER, Signs
from pipeline.stages.resolve.rights import RANK, STATUS_CODE, ends_before_begins

EVERYWHERE = "all"


def rows(kind: str, subjects: Iterable[Any], texts: Iterable[Any] | str, area_m2: Any = None) -> pd.DataFrame:
    """Conflict rows of one class; the same subject is named once, with its m2 summed."""
    table = pd.DataFrame({"subject": pd.Series(list(subjects), dtype=object)})
    table["finding"] = texts if isinstance(texts, str) else pd.Series(list(texts), dtype=object)
    table["area_m2"] = np.nan if area_m2 is None else np.asarray(area_m2, dtype=float)
    by_subject = table.groupby("subject", sort=True)
    area = by_subject["area_m2"].sum(min_count=1)  # an area that is not known is not 0
    return by_subject[["finding"]].first().assign(area_m2=area, conflict_class=kind).reset_index()


def gather(tables: list[pd.DataFrame], cluster_id: str) -> pd.DataFrame:
    """All conflicts of a cluster under one contract; those that belong to no plot stand under `all`."""
    together = pd.concat(tables, ignore_index=True)
    owner = together["cluster_id"].fillna(cluster_id) if "cluster_id" in together else cluster_id
    return LAYER.conform(together.assign(cluster_id=owner))


def decimal_comma(form: str, values: Any) -> Any:
    """Numbers in a form such as `%.1f`, with a decimal comma."""
    if not len(values):
        return np.zeros(0, dtype=object)
    return np.char.replace(np.char.mod(form, np.asarray(values, dtype=float)), ".", ",").astype(object)


def _day(values: pd.Series) -> Any:
    return values.dt.strftime("%d-%m-%Y").to_numpy(dtype=object)


def of_overlap(parcels: gpd.GeoDataFrame, pairs: pd.DataFrame, tolerance: ToleranceConfig) -> pd.DataFrame:
    """Plots that share more m2 than drawing noise; all smaller overlaps together in one row."""
    ids = parcels["parcel_id"].to_numpy(dtype=object)
    large = pairs[pairs["area_m2"] >= tolerance.least_conflict_m2]
    small = pairs[pairs["area_m2"] < tolerance.least_conflict_m2]
    text = decimal_comma("%.1f", large["area_m2"]) + " m2 telt bij de kavel die al bezet is, anders bij de eerste"
    named = rows("parcel_overlap", ids[large["later"]] + " / " + ids[large["first"]], text, large["area_m2"])
    if small.empty:
        return named
    rest = f"{len(small)} overlappingen van elk minder dan {tolerance.least_conflict_m2:g} m2"
    return pd.concat([named, rows("parcel_overlap", ["kleine overlappingen"], [rest], [small["area_m2"].sum()])])


def of_area(parcels: gpd.GeoDataFrame, tolerance: ToleranceConfig) -> pd.DataFrame:
    """Plots whose registered area differs from the drawn area by more than the tolerance in percent."""
    areas = parcels[["registered_area_m2"]].set_axis(parcels["parcel_id"]).set_axis(["registered_m2"], axis=1)
    return _area_rows("area_differs", areas.assign(drawn_m2=parcels.geometry.area.to_numpy()), tolerance)


def of_lease_area(
    leases: pd.DataFrame, parcels: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame, tolerance: ToleranceConfig
) -> pd.DataFrame:
    """Contracts whose area differs from their polygon, or from the plots that they name, by more than the tolerance."""
    plots = pd.Series(parcels.geometry.area.to_numpy(), index=parcels["parcel_id"].to_numpy(dtype=object))
    named = leases.dropna(subset=["parcel_id", "area_m2"])
    named = named.assign(plot_m2=named["parcel_id"].astype(object).map(plots))
    per = named.groupby("contract_id").agg(
        registered_m2=("area_m2", "max"),
        rows=("area_m2", "size"),
        plots_m2=("plot_m2", "sum"),
        known=("plot_m2", "count"),
    )
    per = per[per["rows"] == per["known"]]
    shape = pd.Series(polygons.geometry.area.to_numpy(), index=polygons["contract_id"].to_numpy(dtype=object))
    drawn = pd.Series(per.index.astype(object).map(shape), index=per.index, dtype=float).fillna(per["plots_m2"])
    return _area_rows("lease_area_differs", per.assign(drawn_m2=drawn), tolerance).assign(cluster_id=EVERYWHERE)


def _area_rows(kind: str, areas: pd.DataFrame, tolerance: ToleranceConfig) -> pd.DataFrame:
    """Subjects (the index) whose registered and drawn m2 differ by more than the tolerance, in percent of what is
    drawn."""
    registered, drawn = areas["registered_m2"].to_numpy(), areas["drawn_m2"].to_numpy()
    off = np.abs(registered - drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        odd = 100 * off / drawn > tolerance.area_difference_pct
    in_register, on_map = (decimal_comma("%.0f", m2[odd]) for m2 in (registered, drawn))
    text = "register " + in_register + " m2, getekend " + on_map + " m2"
    return rows(kind, areas.index.to_numpy(dtype=object)[odd], text, off[odd])


def of_leases(leases: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    """Contracts that end before they begin, or name a plot that does not exist."""
    broken = leases[ends_before_begins(leases)]
    text = "begint " + _day(broken["starts_on"]) + ", eindigt " + _day(broken["ends_on"])
    turned = rows("ends_before_begins", broken["contract_id"], text)
    stray = leases[leases["parcel_id"].notna() & ~leases["parcel_id"].isin(known)].astype(
        {"parcel_id": object, "contract_id": object}
    )
    text = "contract " + stray["contract_id"] + " noemt kavel " + stray["parcel_id"] + ", die op geen kaart staat"
    unknown = rows("unknown_parcel", stray["contract_id"] + " / " + stray["parcel_id"], text)
    return pd.concat([turned, unknown]).assign(cluster_id=EVERYWHERE)


def of_register(
    registers: dict[str, pd.DataFrame], overrides: pd.DataFrame, plots: pd.Series, contracts: pd.Series
) -> pd.DataFrame:
    """Plots in a register, and plots or contracts among the corrections, that are nowhere else."""
    every = []
    for name, register in registers.items():
        stray = register.loc[~register["parcel_id"].isin(plots), "parcel_id"].astype(object)
        text = f"{name} noemt kavel " + stray + ", die op geen kaart staat"
        every.append(rows("unknown_parcel", f"{name} / " + stray, text))
    loose = overrides.loc[
        ~overrides["corrected_id"].isin(plots) & ~overrides["corrected_id"].isin(contracts), "corrected_id"
    ].astype(object)
    text = "een correctie noemt " + loose + ", dat geen kavel op de kaart en geen contract is"
    return pd.concat([*every, rows("override_unknown", loose, text)]).assign(cluster_id=EVERYWHERE)


def of_polygons(polygons: gpd.GeoDataFrame, leases: pd.DataFrame, missed: pd.DataFrame) -> pd.DataFrame:
    """Lease polygons without a contract, and pairs (`missed`) of a plot and a contract whose polygon does not touch
    it."""
    off = missed[missed["contract_id"].isin(polygons["contract_id"])].drop_duplicates()
    loose = polygons[~polygons["contract_id"].isin(leases["contract_id"])]
    nameless = rows("unknown_contract", loose["contract_id"], "een contractvlak zonder contract", loose.geometry.area)
    subjects = off["contract_id"].astype(object) + " / " + off["parcel_id"].astype(object)
    text = "het contractvlak raakt deze kavel niet; de hele kavel telt als gebonden"
    return pd.concat([nameless.assign(cluster_id=EVERYWHERE), rows("polygon_off_parcel", subjects, text)])


def of_place(leases: pd.DataFrame, lost: Any) -> pd.DataFrame:
    """Contracts that name no plot, no site that any plot lies on, and have no polygon: nobody knows what they hold."""
    text = "geen kavel, geen bekend terrein, geen contractvlak"
    return rows("contract_without_place", leases.loc[lost, "contract_id"], text).assign(cluster_id=EVERYWHERE)


def of_duplicates(refused: pd.DataFrame) -> pd.DataFrame:
    """Rows of a register that stand there more than once."""
    twice = refused[refused["outcome"] == "duplicate"]
    text = (
        twice["file"].astype(object) + ", rij " + twice["row"].astype(str) + ": dezelfde regel staat er meer dan eens"
    )
    subjects = twice["source"].astype(object) + " / " + twice["finding"].fillna("").astype(object)
    return rows("duplicate_record", subjects, text).assign(cluster_id=EVERYWHERE)


def of_refused(refused: pd.DataFrame) -> pd.DataFrame:
    """Rows of the contract register that were refused: what they hold is not known, so it is not free."""
    subjects = (
        refused["contract_id"].astype(object).fillna("")
        + " / "
        + refused["parcel_id"].astype(object).fillna(refused["site_name"].astype(object)).fillna("")
    )
    text = (
        refused["file"].astype(object)
        + ", rij "
        + refused["row"].astype(str)
        + ": "
        + refused["reason"].map(dutch_reason)
    )
    return rows("contract_refused", subjects, text + "; wat vrij zou zijn, is onbekend").assign(cluster_id=EVERYWHERE)


def of_rights(rights: pd.DataFrame, holdings: gpd.GeoDataFrame, today: int) -> pd.DataFrame:
    """Holdings that contracts of two holders give in use at one time on one level, now or later; extensions whose
    last day to be called is past."""
    ids, areas = holdings["holding_id"].to_numpy(dtype=object), holdings["area_m2"].to_numpy()
    use = rights[(rights["ends"] >= today) & rights["rank"].isin([RANK["lease"], RANK["temporary"], RANK["use"]])]
    use = use.assign(
        level=np.where(use["rank"] == RANK["lease"], 0, 1),
        name=use["holder"].astype(object).fillna(use["contract_id"].astype(object)),
    ).sort_values(["holding", "level", "starts", "ends", "contract_id"], ignore_index=True)
    # The latest end so far of the contracts before each on the same holding and level: a later start is no clash.
    before = use.groupby(["holding", "level"])["ends"].cummax().groupby([use["holding"], use["level"]]).shift(1)
    earlier = use.groupby(["holding", "level"])[["name", "contract_id"]].shift(1)
    clash = (use["starts"] <= before.fillna(-np.inf)) & (use["name"] != earlier["name"])
    per = use.assign(other=earlier["contract_id"])[clash].drop_duplicates("holding")
    names = "contracten " + per["other"].astype(object) + ", " + per["contract_id"].astype(object)
    double = rows("double_lease", ids[per["holding"]], names, areas[per["holding"]])
    late = rights[rights["notice_past"] & (rights["rank"] > 0)]
    text = (
        "de verlenging kon tot en met "
        + _day(late["last_notice_on"])
        + " worden ingeroepen; het register zegt niet of dat is gebeurd"
    )
    past = rows("notice_date_past", late["contract_id"], text, areas[late["holding"]])
    return pd.concat([double, past])


def of_gaps(gaps: pd.DataFrame) -> pd.DataFrame:
    """Subleases without a lease above them, in m2."""
    return rows("chain_gap", gaps["contract_id"], gaps["gap"], gaps["area_m2"])


def of_crossing(rights: pd.DataFrame, leases: pd.DataFrame, holdings: gpd.GeoDataFrame, today: int) -> pd.DataFrame:
    """Contracts drawn over plots that they do not name, while they name others, in m2."""
    named = leases.dropna(subset="parcel_id")
    pairs = pd.MultiIndex.from_frame(named[["contract_id", "parcel_id"]].astype(object))
    here = pd.DataFrame(
        {
            "contract_id": rights["contract_id"].astype(object),
            "parcel_id": holdings["parcel_id"].to_numpy(dtype=object)[rights["holding"]],
        }
    )
    named_plot = rights[["contract_id", "parcel_id"]].astype(object)
    # Drawn over a plot that the contract does not name, while it names others.
    over = rights["contract_id"].isin(named["contract_id"]).to_numpy() & ~pd.MultiIndex.from_frame(here).isin(pairs)
    over &= ~pd.MultiIndex.from_frame(named_plot).isin(pairs)
    over &= (rights["ends"] >= today).to_numpy() & rights["is_drawn"].to_numpy() & (rights["rank"] > 0).to_numpy()
    areas = holdings["area_m2"].to_numpy()[rights["holding"]]
    text = "het contractvlak ligt ook op kavel " + here["parcel_id"] + ", die het contract niet noemt"
    return rows(
        "crosses_unleased_parcel", (here["contract_id"] + " / " + here["parcel_id"])[over], text[over], areas[over]
    )


def of_ground(signs: Signs, holdings: gpd.GeoDataFrame, now: pd.DataFrame) -> list[pd.DataFrame]:
    """Where registers, ground and contracts of the same land do not agree, in m2; `now`: the period of today."""
    ids, areas = holdings["parcel_id"].to_numpy(dtype=object), holdings["area_m2"].to_numpy()
    issued, on_offer = np.isin(signs.status, ISSUED), np.isin(signs.status, ON_OFFER)
    leased = np.isin(now["state"], [STATUS_CODE["leased"], STATUS_CODE["idle"]]) & signs.has_use
    silent = ~signs.in_register
    lingers = on_offer & signs.may_linger
    differ = (signs.ibis != "unknown") & ~silent & (signs.ibis != signs.status)
    by_class: dict[str, tuple[Any, Any]] = {
        "free_but_built": (
            on_offer & signs.built,
            "uitgeefbaar, en " + decimal_comma("%.1f", 100 * signs.built_share) + " % bebouwd",
        ),
        "free_but_used": (
            on_offer & signs.used,
            "uitgeefbaar, en " + decimal_comma("%.1f", 100 * signs.used_share) + " % zichtbaar in gebruik",
        ),
        "available_but_leased": (on_offer & leased, "uitgeefbaar, en een contract geeft de grond in gebruik"),
        "issued_without_contract": (
            issued & ~signs.has_use & ~signs.had_use,
            "uitgegeven, en geen contract noemt haar",
        ),
        "contract_over": (
            (issued & signs.had_use) | lingers,
            np.where(
                lingers,
                "uitgeefbaar; het contract is verlopen, en kan verlengd zijn",
                "uitgegeven, en het contract is verlopen",
            ).astype(object),
        ),
        "servicing_overdue": (
            signs.is_overdue,
            "bouwrijp in "
            + decimal_comma("%.0f", np.nan_to_num(signs.serviced_year))
            + ", volgens het register nog niet",
        ),
        "not_in_register": (silent & (signs.ibis == "unknown"), "staat niet in het uitgifteregister, of zonder status"),
        "registers_differ": (differ, "het uitgifteregister en IBIS zeggen niet hetzelfde"),
        "idle_by_all_signs": (signs.is_idle, "een contract geeft de grond in gebruik, en niets wijst op gebruik"),
    }
    return [
        rows(kind, ids[where], text if isinstance(text, str) else text[where], areas[where])
        for kind, (where, text) in by_class.items()
    ]


def of_slivers(slivers: pd.DataFrame, parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Slivers along lines that were meant to coincide, which followed their neighbour: per plot how many, and their
    m2."""
    per = slivers.groupby("parcel")["area_m2"].agg(["size", "sum"])
    text = "stroken langs een contractvlak die hun buur volgen: " + decimal_comma("%.0f", per["size"])
    return rows("sliver", parcels["parcel_id"].to_numpy(dtype=object)[per.index], text, per["sum"])


def of_expired(overrides: pd.DataFrame, parcels: gpd.GeoDataFrame, rights: pd.DataFrame, today: Any) -> pd.DataFrame:
    """Corrections of plots or contracts of this cluster whose last day is before today."""
    ours = overrides[
        overrides["corrected_id"].isin(parcels["parcel_id"]) | overrides["corrected_id"].isin(rights["contract_id"])
    ]
    late = ours[ours["until"] < pd.Timestamp(today)]
    return rows("override_expired", late["corrected_id"], "een correctie gold tot en met " + _day(late["until"]))
