"""Rows that are parts of one thing, such as the phases of a plan or the tenants of a contract: as one row each."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.column import Column
from layers.errors import ConfigRefusal
from layers.layer import RD_NEW, Layer
from layers.sentences import Sentence
from pipeline.project.source import FromColumnConfig, SourceConfig
from pipeline.spatial import geometry

DIFFER, NO_CHAIN = "rows of one key differ in ", "periods of one contract leave a gap, or lack a day"
# What rows of one contract are, by the word of the card: the columns that it takes, and how they join.
ROWS_OF_CONTRACT: dict[str, dict[str, str]] = {
    "slices": {"starts_on": "min", "ends_on": "max", "is_perpetual": "max"},
    "shares": {"holder": "names", "rent_eur": "sum"},
    "parts": {"area_m2": "sum", "rent_eur": "sum"},
}
# What kinds of column a rule can be used for; the others go for all.
KINDS = {"sum": ("int", "float"), "min": ("int", "float", "date", "bool"), "max": ("int", "float", "date", "bool")}
ONE_DAY = pd.Timedelta(days=1)
ADDED_UP = ("dwellings", "m2", "EUR", "MW")  # units of numbers of which the parts make the whole


def key_of(card: SourceConfig, layer: Layer) -> list[str]:
    """The columns in which rows are alike that become one; none where each row stands for itself."""
    if card.dissolve_on is not None:
        return [card.dissolve_on]
    return list(layer.key) if card.together is not None or layer.has_parts else []


def check_joins(card: SourceConfig, layer: Layer) -> None:
    """Refuse a card that joins columns that the layer does not have, or that cannot be joined so."""
    rules = card.combine
    strange = sorted(set(rules) - set(layer.columns))
    unfit = [f"{rule} of '{name}'" for name, rule in rules.items() if not strange and not _fits(layer, name, rule)]
    absent = (
        []
        if card.together is None or layer.shape
        else sorted(set(ROWS_OF_CONTRACT[card.together]) - set(layer.columns))
    )
    of_shapes = bool(layer.shape) and card.together in ("slices", "shares")
    for is_wrong, actual, expected in (
        (strange, f"combine {strange}", f"columns of layer '{layer.name}': {sorted(layer.columns)}"),
        (unfit, f"combine: {unfit}", "sum of numbers; min and max of numbers, days and flags"),
        (rules and not key_of(card, layer), "combine", "it beside dissolve_on or together"),
        (card.together and card.dissolve_on, "together and dissolve_on", "one of the two"),
        (absent, f"together = '{card.together}'", f"a layer with columns {absent}, such as ground_leases"),
        (of_shapes, f"together = '{card.together}'", "parts, of a layer with shapes"),
    ):
        if is_wrong:
            raise ConfigRefusal(f"source '{card.name}'", actual=actual, expected=expected)


def _fits(layer: Layer, name: str, rule: str) -> bool:
    return layer.columns[name].kind in KINDS.get(rule, (layer.columns[name].kind,))


def join_rows(frame: pd.DataFrame, card: SourceConfig, layer: Layer) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with the same key as one row each, by the rules of the card, shapes as their union (RD New); and a fault
    for each row (reason, finding, field, outcome) of which some column differs and no rule says how it joins.

    Of numbers and days of which one is not known, neither is what they make together.
    """
    key = key_of(card, layer)
    groups = frame.groupby(key, dropna=False, sort=False).ngroup() if key else pd.Series(range(len(frame)))
    is_part = groups.duplicated(keep=False).to_numpy()
    no_faults = pd.DataFrame(columns=["reason", "finding", "field", "outcome"], index=frame.index[:0], dtype=object)
    if not is_part.any():
        return frame, no_faults
    rules = ROWS_OF_CONTRACT.get(card.together or "", {}) | card.combine
    parts, number = frame[is_part], groups[is_part].set_axis(frame.index[is_part])
    faults = [no_faults]
    values: dict[str, pd.Series] = {}
    for name, column in layer.columns.items():
        if name in key:
            continue
        rule = rules.get(name, "refuse")
        if rule == "refuse":
            faults.append(_differing(parts[name], number, name, card))
        else:
            values[name] = _combined(parts[name], number, rule, column)
    if card.together == "slices":
        faults.append(_broken(parts, number))
    report = pd.concat(faults)
    bad = number.isin(number[report.index.unique()])
    sound, number = parts[~bad], number[~bad]
    whole = _as_one(sound, key)
    # In the order of the groups' first rows, as `_as_one` has them.
    order = number.drop_duplicates().to_numpy()
    for name, joined in values.items():
        whole[name] = joined.reindex(order).astype(frame[name].dtype).to_numpy()
    together = pd.concat([frame[~is_part], whole], ignore_index=True)
    return (together.set_geometry("geometry", crs=RD_NEW) if layer.shape else together), report


def _as_one(parts: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One row per key, in the order of the file: the first value of each column, and the union of the shapes."""
    if not isinstance(parts, gpd.GeoDataFrame):
        return parts.drop_duplicates(key)
    if not len(parts):
        return parts
    whole = parts.dissolve(by=key, as_index=False, aggfunc="first", sort=False, dropna=False)
    return whole.set_geometry(geometry.repair(whole.geometry.to_numpy(), "any").shapes, crs=RD_NEW)


def _differing(values: pd.Series, number: pd.Series, name: str, card: SourceConfig) -> pd.DataFrame:
    """A fault for each row of a group in which a column has several values; an empty cell is one of them."""
    differs = values.groupby(number).nunique(dropna=False) > 1
    rows = number[number.map(differs)]
    texts = values[rows.index].astype(object).map(lambda value: "empty" if pd.isna(value) else _text(value))
    findings = texts.groupby(rows).agg(lambda part: ", ".join(dict.fromkeys(part)))
    spec = card.columns.get(name)
    field = spec.from_ if isinstance(spec, FromColumnConfig) else name
    return _faults(rows, f"{DIFFER}{name}", rows.map(findings), field)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def _faults(rows: pd.Series, reason: str, finding: Any, field: str) -> pd.DataFrame:
    report = {"reason": reason, "finding": finding, "field": field, "outcome": "refused"}
    return pd.DataFrame(report, index=rows.index)


def _combined(values: pd.Series, number: pd.Series, rule: str, column: Column) -> pd.Series:
    """One value per group by a rule; of the first, the first that is known."""
    groups = values.groupby(number)
    if rule == "first":
        return groups.first()
    if rule == "names":
        texts = values.astype(object)
        return texts.groupby(number).agg(lambda part: ", ".join(dict.fromkeys(part.dropna())) or None)
    joined = {"sum": groups.sum, "min": groups.min, "max": groups.max}[rule]()
    is_open = values.isna().groupby(number).any()
    if column.kind == "bool" and rule == "max":
        is_open &= ~joined.fillna(False).astype(bool)  # one yes is a yes, whatever is not known beside it
    return joined.mask(is_open) if column.kind != "int" else joined.astype("Int64").mask(is_open)


def _broken(parts: pd.DataFrame, number: pd.Series) -> pd.DataFrame:
    """A fault for each row of a contract whose periods do not follow on one another: one day after the other, or
    earlier."""
    ordered = parts.assign(group=number).sort_values(["group", "starts_on"], kind="stable")
    is_last = ~ordered["group"].duplicated(keep="last")
    until = ordered.groupby("group")["ends_on"].cummax().groupby(ordered["group"]).shift()
    is_first = ~ordered["group"].duplicated()
    has_gap = ~is_first & ~(ordered["starts_on"] <= until + ONE_DAY)
    lacks_day = ordered["starts_on"].isna() | (ordered["ends_on"].isna() & ~is_last)
    rows = number[number.isin(ordered.loc[has_gap | lacks_day, "group"])]
    days = parts.loc[rows.index, ["starts_on", "ends_on"]]
    finding = days.apply(lambda row: " - ".join("?" if pd.isna(day) else _text(day) for day in row), axis=1)
    return _faults(rows, NO_CHAIN, finding if len(rows) else None, "starts_on")


def advice(reasons: pd.Series, columns: Mapping[str, Column]) -> list[str]:
    """What to write in the card for columns that differ, by the reasons of rows refused; columns: those it fills."""
    names = list(dict.fromkeys(reasons[reasons.str.startswith(DIFFER)].str.removeprefix(DIFFER)))
    if not names:
        return []
    # Numbers that add up may be alike by chance.
    names += [name for name, column in columns.items() if column.unit in ADDED_UP and name not in names]
    rules = [f'{name} = "{_likely(name, columns[name])}"' for name in names]
    return [
        Sentence(
            "say in the card how columns of one key join: combine = {{ {rules} }} (sum, min, max or first)",
            rules=", ".join(rules),
        )
    ]


def _likely(name: str, column: Column) -> str:
    if column.unit in ADDED_UP:
        return "sum"
    return "max" if name.startswith(("to_", "ends_")) else "min" if column.kind in KINDS["min"] else "first"
