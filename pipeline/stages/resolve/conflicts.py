"""Records that cannot all be right: each conflict a row with what it is and the m2 concerned."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.conflicts import LAYER
from layers.glossary import dutch_reason
from pipeline.land.register_keys import NAMED_AS
from pipeline.stages.resolve.chains import gaps
from pipeline.stages.resolve.land import ClusterParcels
from pipeline.stages.resolve.records import ISSUED, ON_OFFER, refused_contracts, stands_in
from pipeline.stages.resolve.rights import RANK, STATUS_CODE
from pipeline.stages.resolve.task import ResolveTask

EVERYWHERE = "all"
MOST_NAMED = 5
DAYS_OF_RIGHT = {
    "starts_on": "begint",
    "ends_on": "eindigt",
    "notice_given_on": "opgezegd",
    "ends_by_notice_on": "eindigt door opzegging",
    "last_notice_on": "uiterste datum verlenging",
}
# What registers and contracts say by themselves is told of every cluster, in the same words.
OF_NO_CLUSTER = (
    "lease_area_differs",
    "ends_before_begins",
    "end_implausible",
    "key_read_otherwise",
    "unknown_parcel",
    "unknown_contract",
    "override_unknown",
    "contract_without_place",
    "duplicate_record",
    "contract_refused",
)
# What would be told of every row where a register is absent, which is one fact and no fault of any of them.
OF_ABSENT_REGISTER = {"ground_leases": ("issued_without_contract", "unknown_contract")}


# Conflict rows of no class at all.
NONE_FOUND = pd.DataFrame(
    {
        "subject": np.array([], object),
        "finding": np.array([], object),
        "area_m2": np.array([], float),
        "conflict_class": np.array([], object),
    }
)


def rows(kind: str, subjects: Iterable[Any], texts: Iterable[Any] | str, area_m2: Any = np.nan) -> pd.DataFrame:
    """Conflict rows of one class; the same subject is named once, with its m2 summed."""
    subjects = list(subjects)
    if not subjects:  # most classes of most clusters
        return NONE_FOUND
    table = pd.DataFrame({"subject": pd.Series(subjects, dtype=object)})
    table["finding"] = texts if isinstance(texts, str) else list(texts)
    table["area_m2"] = np.asarray(area_m2, dtype=float)
    table = table.dropna(subset="subject")
    if table["subject"].is_unique:
        return table.sort_values("subject", ignore_index=True).assign(conflict_class=kind)
    by_subject = table.groupby("subject", sort=True)
    area = by_subject["area_m2"].sum(min_count=1)  # an area that is not known is not 0
    return by_subject[["finding"]].first().assign(area_m2=area, conflict_class=kind).reset_index()


def gather(tables: Iterable[pd.DataFrame], cluster_id: str, absent: Collection[str]) -> pd.DataFrame:
    """All conflicts of a cluster under one contract, but for those that say no more than that a register is absent;
    those that belong to no plot stand under `all`."""
    together = pd.concat(tables, ignore_index=True)
    moot = [kind for register in absent for kind in OF_ABSENT_REGISTER.get(register, ())]
    together = together[~together["conflict_class"].isin(moot)]
    of_none = together["conflict_class"].isin(OF_NO_CLUSTER)
    return LAYER.conform(together.assign(cluster_id=np.where(of_none, EVERYWHERE, cluster_id)))


def decimal_comma(form: str, values: Any) -> Any:
    """Numbers in a form such as `%.1f`, with a decimal comma."""
    return np.array([(form % value).replace(".", ",") for value in np.asarray(values, dtype=float)], dtype=object)


def _day(values: pd.Series) -> Any:
    return values.dt.strftime("%d-%m-%Y").to_numpy()


def of_plots(where: ClusterParcels, missed: pd.DataFrame, task: ResolveTask) -> Iterator[pd.DataFrame]:
    """Plots that share more m2 than drawing noise (all smaller overlaps together in one row), whose registered area is
    not what is drawn, from which slivers moved, or that the polygon of their contract does not touch (`missed`)."""
    tolerance = task.card.tolerance
    ids, is_large = where.inside["parcel_id"].to_numpy(), where.pairs["area_m2"] >= tolerance.least_conflict_m2
    large, small = where.pairs[is_large], where.pairs[~is_large]
    text = decimal_comma("%.1f", large["area_m2"]) + " m2 telt bij de kavel die al bezet is, anders bij de eerste"
    yield rows("parcel_overlap", ids[large["later"]] + " / " + ids[large["first"]], text, large["area_m2"])
    if len(small):
        rest = f"{len(small)} overlappingen van elk minder dan {tolerance.least_conflict_m2:g} m2"
        yield rows("parcel_overlap", ["kleine overlappingen"], rest, [small["area_m2"].sum()])
    plots = task.tables["parcels"]
    ours = plots[plots["parcel_id"].isin(where.parcels["parcel_id"])].set_index("parcel_id")
    ours = ours.assign(drawn_m2=ours.geometry.area, registered_m2=ours["registered_area_m2"])
    yield _area_rows("area_differs", ours, tolerance.area_difference_pct)
    per = where.land.slivers.groupby("parcel")["area_m2"].agg(["size", "sum"])
    text = "stroken langs een contractvlak die hun buur volgen: " + decimal_comma("%.0f", per["size"])
    yield rows("sliver", where.parcels["parcel_id"].to_numpy()[per.index], text, per["sum"])
    off = missed[missed["contract_id"].isin(task.tables["lease_polygons"]["contract_id"])]
    text = "het contractvlak raakt deze kavel niet; de hele kavel telt als gebonden"
    yield rows("polygon_off_parcel", off["contract_id"] + " / " + off["parcel_id"], text)


def _area_rows(kind: str, areas: pd.DataFrame, most_pct: float) -> pd.DataFrame:
    """Subjects (the index) whose registered and drawn m2 differ by more than so many percent of what is drawn."""
    off = (areas["registered_m2"] - areas["drawn_m2"]).abs()
    is_odd = 100 * off / areas["drawn_m2"] > most_pct
    odd = areas[is_odd]
    in_register, on_map = (decimal_comma("%.0f", odd[name]) for name in ("registered_m2", "drawn_m2"))
    return rows(kind, odd.index, "register " + in_register + " m2, getekend " + on_map + " m2", off[is_odd])


def of_contracts(task: ResolveTask) -> Iterator[pd.DataFrame]:
    """Contracts that end before they begin, name a plot that does not exist or lie nowhere, or whose area (m2) differs
    from their polygon or from the plots that they name."""
    leases, polygons, plots = task.leases, task.tables["lease_polygons"], task.tables["parcels"]
    for kind in ("ends_before_begins", "end_implausible"):
        broken = leases[task.contradiction == kind]
        days = [
            (broken[name].dt.strftime(f"{word} %d-%m-%Y").astype(object).where(broken[name].notna(), None))
            for name, word in DAYS_OF_RIGHT.items()
        ]
        texts = pd.Series([", ".join(filter(None, row)) for row in zip(*days, strict=True)], index=broken.index)
        # Rows of one contract that differ are told together.
        every = texts.groupby(broken["contract_id"]).agg(lambda part: "; ".join(part.unique()))
        yield rows(kind, every.index, every)
    lost = task.keys.lost[task.keys.lost["layer"] == "ground_leases"].set_index("row")
    stray = leases[leases["parcel_id"].notna() & leases.index.isin(lost.index)]
    text = "contract " + stray["contract_id"] + " noemt kavel " + stray["parcel_id"] + ", die op geen kaart staat"
    text += lost["plots"].reindex(stray.index).map(_resembled)
    yield rows("unknown_parcel", stray["contract_id"] + " / " + stray["parcel_id"], text)
    nowhere = leases[task.nowhere["cause"] == "contract_without_place"]
    text = "geen kavel, geen bekend terrein, geen contractvlak" + lost["plots"].reindex(nowhere.index).map(_resembled)
    yield rows("contract_without_place", nowhere["contract_id"], text)
    # Land under a polygon of nobody is not known to be free, so it is told with its m2.
    loose = polygons[~polygons["contract_id"].isin(leases["contract_id"])]
    yield rows("unknown_contract", loose["contract_id"], "een contractvlak zonder contract", loose.geometry.area)
    # Only of a contract of which every plot is on the map the area is known.
    named = leases.dropna(subset=["parcel_id", "area_m2"])
    named = named.assign(plot_m2=named["parcel_id"].map(plots.geometry.area.set_axis(plots["parcel_id"])))
    per = named.groupby("contract_id").agg(
        registered_m2=("area_m2", "max"),
        rows=("area_m2", "size"),
        plots_m2=("plot_m2", "sum"),
        known=("plot_m2", "count"),
    )
    per = per[per["rows"] == per["known"]]
    drawn = polygons.geometry.area.set_axis(polygons["contract_id"]).reindex(per.index).fillna(per["plots_m2"])
    yield _area_rows("lease_area_differs", per.assign(drawn_m2=drawn), task.card.tolerance.area_difference_pct)


def of_registers(task: ResolveTask) -> Iterator[pd.DataFrame]:
    """Plots in a register, and plots or contracts among the corrections, that are nowhere else; rows that stand there
    more than once; and rows of contracts that were refused: what they hold is not known, so it is not free."""
    tables = task.tables
    yield from _read_otherwise(task)
    for name, layer in (("register", "issue_register"), ("IBIS", "ibis_register")):
        stray = task.keys.lost[task.keys.lost["layer"] == layer]
        text = f"{name} noemt kavel " + stray["text"] + ", die op geen kaart staat" + stray["plots"].map(_resembled)
        yield rows("unknown_parcel", f"{name} / " + stray["text"], text)
    loose = task.keys.lost[task.keys.lost["layer"] == "overrides"]
    text = "een correctie noemt " + loose["text"] + ", dat geen kavel op de kaart en geen contract is"
    yield rows("override_unknown", loose["text"], text + loose["plots"].map(_resembled))
    twice = tables["refused"][tables["refused"]["outcome"] == "duplicate"]
    subjects = twice["source"] + " / " + twice["finding"].fillna("")
    yield rows("duplicate_record", subjects, place_in_file(twice) + ": dezelfde regel staat er meer dan eens")
    refused = refused_contracts(tables["refused"])
    site_or_plot = refused["parcel_id"].fillna(refused["site_name"]).fillna("")
    text = place_in_file(refused) + ": " + refused["reason"].map(dutch_reason) + "; wat vrij zou zijn, is onbekend"
    yield rows("contract_refused", refused["contract_id"].fillna("") + " / " + site_or_plot, text)


def _read_otherwise(task: ResolveTask) -> Iterator[pd.DataFrame]:
    """What stands in a register otherwise than on the map or in the contract register, and as what it is read."""
    leases = task.leases.assign(key=task.leases["parcel_id"].fillna(task.leases["site_name"]))
    registers = {
        "contract": (leases, "key"),
        "register": (task.tables["issue_register"], "parcel_id"),
        "IBIS": (task.tables["ibis_register"], "parcel_id"),
        "correctie": (task.tables["overrides"], "corrected_id"),
        "contractvlak": (task.tables["lease_polygons"], "contract_id"),
    }
    for name, (table, column) in registers.items():
        read = table[table[NAMED_AS].notna()]
        subject = read["contract_id"] if name == "contract" else name
        text = "in de bron staat '" + read[NAMED_AS] + "', gelezen als " + read[column]
        yield rows("key_read_otherwise", subject + " / " + read[column], text)


def _resembled(plots: Any) -> str:
    """That plots look like what finds none, in words."""
    if not isinstance(plots, tuple) or not plots:
        return ""
    more = f" en {len(plots) - MOST_NAMED} andere" if len(plots) > MOST_NAMED else ""
    return f"; lijkt op {', '.join(plots[:MOST_NAMED])}{more}; wat daar vrij zou zijn, is onbekend"


def of_doubts(signs: pd.DataFrame, holdings: gpd.GeoDataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Plots in doubt, with why and the m2 of it whose holder is not known today (`now`: the period of today)."""
    odd = holdings[signs["doubt"].notna()]
    unknown_m2 = holdings["area_m2"].where(now["state"] == STATUS_CODE["unknown"])[signs["doubt"].notna()]
    return rows("land_in_doubt", odd["parcel_id"], signs["doubt"].dropna(), unknown_m2)


def place_in_file(refused: pd.DataFrame) -> pd.Series:
    """The file and row of each refused record, in words."""
    return refused["file"] + ", rij " + refused["row"].astype(str)


def of_rights(
    rights: pd.DataFrame, holdings: gpd.GeoDataFrame, where: ClusterParcels, task: ResolveTask
) -> Iterator[pd.DataFrame]:
    """Holdings (m2) that contracts of two holders give in use at one time on one level, now or later; extensions whose
    last day to be called is past; subleases without a lease above them; corrections whose last day is past."""
    ids, areas = holdings["holding_id"].to_numpy(), holdings["area_m2"].to_numpy()
    use = rights[(rights["ends"] >= task.today) & rights["rank"].isin([RANK["lease"], RANK["temporary"], RANK["use"]])]
    use = use.assign(level=use["rank"] != RANK["lease"], name=use["holder"].fillna(use["contract_id"])).sort_values(
        ["holding", "level", "starts", "ends", "contract_id"], ignore_index=True
    )
    # The latest end so far of the contracts before each on the same holding and level: a later start is no clash.
    before = use.groupby(["holding", "level"])["ends"].cummax().groupby([use["holding"], use["level"]]).shift(1)
    earlier = use.groupby(["holding", "level"])[["name", "contract_id"]].shift(1)
    clash = (use["starts"] <= before.fillna(-np.inf)) & (use["name"] != earlier["name"])
    per = use.assign(other=earlier["contract_id"])[clash].drop_duplicates("holding")
    names = "contracten " + per["other"] + ", " + per["contract_id"]
    yield rows("double_lease", ids[per["holding"]], names, areas[per["holding"]])
    late = rights[rights["notice_past"] & (rights["rank"] > 0)]
    text = (
        "de verlenging kon tot en met "
        + _day(late["last_notice_on"])
        + " worden ingeroepen; het register zegt niet of dat is gebeurd"
    )
    yield rows("notice_date_past", late["contract_id"], text, areas[late["holding"]])
    apart = gaps(rights, holdings, task.today)
    yield rows("chain_gap", apart["contract_id"], apart["gap"], apart["area_m2"])
    corrections = task.tables["overrides"]
    corrected = corrections["corrected_id"]
    ours = corrected.isin(where.parcels["parcel_id"]) | corrected.isin(rights["contract_id"])
    past = corrections[ours & (corrections["until"] < pd.Timestamp(task.params.today))]
    yield rows("override_expired", past["corrected_id"], "een correctie gold tot en met " + _day(past["until"]))


def of_crossing(rights: pd.DataFrame, holdings: gpd.GeoDataFrame, task: ResolveTask) -> pd.DataFrame:
    """Contracts drawn over plots that they do not name, while they name others, in m2."""
    pair = ["contract_id", "parcel_id"]
    named = task.leases.dropna(subset="parcel_id")
    lying = holdings[["parcel_id", "area_m2"]].iloc[rights["holding"]].reset_index(drop=True)
    lying = lying.assign(contract_id=rights["contract_id"])
    # Drawn over a plot that the contract does not name, while it names others.
    is_over = rights["contract_id"].isin(named["contract_id"]) & rights["is_drawn"] & (rights["rank"] > 0)
    is_over &= (rights["ends"] >= task.today) & ~stands_in(lying, named, pair) & ~stands_in(rights, named, pair)
    over = lying[is_over]
    text = "het contractvlak ligt ook op kavel " + over["parcel_id"] + ", die het contract niet noemt"
    return rows("crosses_unleased_parcel", over["contract_id"] + " / " + over["parcel_id"], text, over["area_m2"])


def of_ground(
    signs: pd.DataFrame, holdings: gpd.GeoDataFrame, now: pd.DataFrame, absent: Collection[str]
) -> Iterator[pd.DataFrame]:
    """Where registers, ground and contracts of the same land do not agree, in m2; `now`: the period of today."""
    registers = {"issue_register": "het uitgifteregister", "ibis_register": "IBIS"}
    there = [title for name, title in registers.items() if name not in absent]
    status, ibis, silent = signs["status"], signs["ibis"], ~signs["in_register"]
    issued, on_offer = status.isin(ISSUED), status.isin(ON_OFFER)
    leased = now["state"].isin([STATUS_CODE["leased"], STATUS_CODE["idle"]]) & signs["has_use"]
    lingers = (on_offer | signs["has_claim"]) & signs["may_linger"]
    built, used = (decimal_comma("%.1f", 100 * signs[share]) for share in ("built_share", "used_share"))
    over = np.where(
        lingers,
        np.where(on_offer, "uitgeefbaar", "in optie of gereserveerd")
        + "; het contract is verlopen, en kan verlengd zijn",
        "uitgegeven, en het contract is verlopen",
    )
    planned = decimal_comma("%.0f", signs["serviced_year"].fillna(0))
    by_class = {
        "free_but_built": (on_offer & signs["built"], "uitgeefbaar, en " + built + " % bebouwd"),
        "free_but_used": (on_offer & signs["used"], "uitgeefbaar, en " + used + " % zichtbaar in gebruik"),
        "available_but_leased": (on_offer & leased, "uitgeefbaar, en een contract geeft de grond in gebruik"),
        "issued_without_contract": (
            issued & ~signs["has_use"] & ~signs["had_use"],
            "uitgegeven, en geen contract noemt haar",
        ),
        "contract_over": ((issued & signs["had_use"]) | lingers, over),
        "servicing_overdue": (
            signs["is_overdue"],
            "bouwrijp in " + planned + ", volgens het register nog niet",
        ),
        "not_in_register": (
            silent & (ibis == "unknown") & bool(there),
            f"staat niet in {there[0] if there else ''}, of zonder status",
        ),
        "registers_differ": (
            (ibis != "unknown") & ~silent & (ibis != status),
            "het uitgifteregister en IBIS zeggen niet hetzelfde",
        ),
        "idle_by_all_signs": (signs["is_idle"], "een contract geeft de grond in gebruik, en niets wijst op gebruik"),
    }
    for kind, (where, text) in by_class.items():
        odd = holdings[where]
        yield rows(kind, odd["parcel_id"], text if isinstance(text, str) else text[where], odd["area_m2"])
