"""What registers name, held against the map: keys that are typed otherwise are read, and those that find nothing are
listed with the plots that they may be about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from layers.sources import TABLES
from pipeline.land.keys import KeyIndex, listed
from pipeline.land.tenure_sources import KEYED_LAYERS, STATUS_REGISTERS

NAMED_AS = "named_as"


class NamedLand:
    """The plots and sites on the map, by what others call them."""

    def __init__(self, parcels: pd.DataFrame) -> None:
        """Take plots with their sites."""
        self.plots = KeyIndex(parcels["parcel_id"])
        self._parcels = parcels[["parcel_id", "site_name"]].dropna()

    @cached_property
    def sites(self) -> KeyIndex:
        """The names of sites."""
        return KeyIndex(self._parcels["site_name"].unique())

    @cached_property
    def _plots_of_site(self) -> dict[str, list[str]]:
        return {str(site): list(plots) for site, plots in self._parcels.groupby("site_name")["parcel_id"]}

    def of_sites(self, names: Iterable[str]) -> set[str]:
        """The plots of sites."""
        return {plot for name in names for plot in self._plots_of_site.get(name, [])}

    def about(self, plot: Any, site: Any = None) -> tuple[str, ...]:
        """The plots that a row is about, or may be where it names none: the one that it names, else those that a text
        of it is like and those of each site that it names beside them; of neither, those of sites like it.
        """
        near: set[str] = set()
        for text in (plot, site):
            if isinstance(text, str):
                key = self.plots.read(text)
                if key is not None and not near:
                    return (key,)
                like = near or self.plots.resembling(text)
                near = like | self._of_named_sites(text, near)
                near = near or self.of_sites(self.sites.alike(text))
        return tuple(sorted(near))

    def _of_named_sites(self, text: str, near: set[str]) -> set[str]:
        """The plots of sites that a text names, but for those of which a plot is named with it (Haven, plot 3)."""
        named: set[str] = set()
        for part in [text] if self.sites.spellings(text) else listed(text):
            for name in self.sites.within(part):
                plots = self.of_sites([name])
                if not plots & (near or self.plots.resembling(part)):
                    named |= plots
        return named


@dataclass(frozen=True)
class RegisterKeys:
    """The registers with the keys of the map (`named_as`: what stands there, where that is typed otherwise), and rows
    that find nothing (`lost`: layer, source, row by its label in the register, text, plots that it may be about).

    unsure: plots of which a register says two things under two spellings.
    """

    tables: Mapping[str, Any]
    lost: pd.DataFrame
    unsure: frozenset[str]
    land: NamedLand


def read_keys(tables: Mapping[str, Any]) -> RegisterKeys:
    """Read what the registers name; `tables`: parcels, contracts and their polygons, registers and corrections."""
    land = NamedLand(tables["parcels"])
    leases = _with_plots(tables["ground_leases"], "parcel_id", land.plots)
    leases = _with_sites(leases, land)
    polygons = _polygons(tables["lease_polygons"], leases)
    both = KeyIndex({*land.plots.keys, *leases["contract_id"]})
    read = {"ground_leases": leases, "lease_polygons": polygons}
    read["overrides"] = _with_plots(tables["overrides"], "corrected_id", both)
    unsure: set[str] = set()
    for name in STATUS_REGISTERS:
        named = _with_plots(tables[name], "parcel_id", land.plots)
        read[name], twice = _one_status(named)
        unsure |= twice
    lost = pd.concat(
        [
            _lost_leases(leases, polygons, land),
            *(_lost(read[name], name, "parcel_id", land) for name in STATUS_REGISTERS),
            _lost(read["overrides"], "overrides", "corrected_id", land, both.keys),
        ],
        ignore_index=True,
    )
    return RegisterKeys({**tables, **read}, lost, frozenset(unsure), land)


def lost_rows(tables: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of registers that find nothing on the map; a table that is not given is empty."""
    return read_keys({name: tables.get(name, TABLES[name].empty()) for name in KEYED_LAYERS}).lost


def _with_plots(table: pd.DataFrame, column: str, index: KeyIndex) -> pd.DataFrame:
    """The table with the keys that a column means, and `named_as` what stands there where that is typed otherwise."""
    strange = set(table[column].dropna()) - index.keys
    read = {text: key for text in strange if (key := index.read(text)) is not None}
    is_read = table[column].isin(list(read))
    keys = table[column].astype(object).mask(is_read, table[column].map(read)) if read else table[column]
    return table.assign(**{column: keys, NAMED_AS: table[column].astype(object).where(is_read, None)})


def _with_sites(leases: pd.DataFrame, land: NamedLand) -> pd.DataFrame:
    """Contracts on a site, with a row for each spelling of its name that plots have: they are one site."""
    on_site = leases["parcel_id"].isna() & leases["site_name"].notna()
    spellings = {text: land.sites.spellings(text) for text in leases.loc[on_site, "site_name"].unique()}
    several = {text: names for text, names in spellings.items() if names and names != [text]}
    if not several:
        return leases
    is_read = on_site & leases["site_name"].isin(list(several))
    names = leases["site_name"].astype(object).mask(is_read, leases["site_name"].map(several))
    named_as = leases[NAMED_AS].mask(is_read, leases["site_name"])
    rows = leases.assign(site_name=names, **{NAMED_AS: named_as}).explode("site_name", ignore_index=True)
    return rows.assign(**{NAMED_AS: rows[NAMED_AS].where(rows[NAMED_AS] != rows["site_name"], None)})


def _polygons(polygons: pd.DataFrame, leases: pd.DataFrame) -> pd.DataFrame:
    """Polygons under the keys of their contracts; of two for one contract neither is read."""
    read = _with_plots(polygons, "contract_id", KeyIndex(leases["contract_id"]))
    twice = read["contract_id"].duplicated(keep=False) & read[NAMED_AS].notna()
    return read.assign(
        contract_id=read["contract_id"].mask(twice, read[NAMED_AS]), **{NAMED_AS: read[NAMED_AS].mask(twice)}
    )


def _one_status(register: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """A register with one row per plot, that with the key of the map before others; and plots whose rows differ."""
    if register["parcel_id"].is_unique:
        return register, set()
    columns = [name for name in ("parcel_id", "issue_status", "serviced_year") if name in register]
    kinds = register[columns].drop_duplicates()["parcel_id"]
    order = register[NAMED_AS].notna().argsort(kind="stable")
    return register.iloc[order].drop_duplicates("parcel_id"), set(kinds[kinds.duplicated()])


def _lost_leases(leases: pd.DataFrame, polygons: pd.DataFrame, land: NamedLand) -> pd.DataFrame:
    """Rows of contracts whose plot is not on the map; or that name no plot, no site on the map, and are not drawn."""
    no_plot = leases["parcel_id"].isna()
    placed = leases["parcel_id"].isin(land.plots.keys)
    if no_plot.any():
        placed |= no_plot & (
            leases["site_name"].isin(land.sites.keys) | leases["contract_id"].isin(polygons["contract_id"])
        )
    rows = leases[~placed]
    plots = [land.about(plot, site) for plot, site in zip(rows["parcel_id"], rows["site_name"], strict=True)]
    return _as_lost(rows, "ground_leases", rows["parcel_id"].fillna(rows["site_name"]), plots)


def _lost(table: pd.DataFrame, layer: str, column: str, land: NamedLand, known: Iterable[str] = ()) -> pd.DataFrame:
    rows = table[~table[column].isin(known or land.plots.keys)]
    return _as_lost(rows, layer, rows[column], [land.about(text) for text in rows[column]])


def _as_lost(rows: pd.DataFrame, layer: str, texts: pd.Series, plots: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "layer": layer,
            "source": rows["source"].to_numpy(dtype=object),
            "row": rows.index.to_numpy(),
            "text": texts.to_numpy(dtype=object),
            "plots": pd.Series(plots, dtype=object).to_numpy(),
        }
    )
