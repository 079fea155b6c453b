"""Harmonise: what does the source say, in our words, in RD New?

reads   a raw table or grid and its card
writes  the source layer, refused, source_facts
keeps   rows in = rows out + rows refused + rows merged; area before and after repair
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.refused import LAYER as REFUSED
from layers.derived.source_facts import LAYER as FACTS
from layers.errors import ConfigRefusal, SourceRefusal
from layers.layer import RD_NEW, Layer
from pipeline.project.filter_expressions import select
from pipeline.project.raw_table import RawTable
from pipeline.project.source import FromColumnConfig, SourceConfig
from pipeline.spatial import geometry
from pipeline.stages.harmonise import tidy
from pipeline.stages.harmonise.convert import convert, perpetual

MOST_EXAMPLES = 8
# What a refused row may tell of the land that it is about.
NAMED = ("parcel_id", "site_name", "contract_id")


@dataclass(frozen=True)
class Harmonised:
    """A source in our words, the rows that did not come through as they stood, and what it cost; m2, RD New."""

    table: pd.DataFrame
    refused: gpd.GeoDataFrame
    facts: pd.DataFrame


@dataclass(frozen=True)
class Placed:
    """Shapes in RD New with the rows that cannot stand."""

    shapes: Any
    faults: list[pd.DataFrame]
    repairs: pd.DataFrame
    area_before_m2: Any
    operation: geometry.Operation | None


def harmonise(raw: RawTable, card: SourceConfig, layer: Layer) -> Harmonised:
    """The layer as this source has it, in RD New; refuses when more rows are refused than the card allows."""
    strange = sorted(set(card.columns) - set(layer.columns))
    if strange:
        raise ConfigRefusal(
            f"source '{card.name}'",
            actual=f"columns {strange}",
            expected=f"columns of layer '{layer.name}': {sorted(layer.columns)}",
        )
    loose = sorted(set(card.values) - set(card.columns))
    if loose:
        raise ConfigRefusal(
            f"source '{card.name}'", actual=f"values for {loose}", expected="values for columns that the card fills"
        )
    unknown = sorted(set(card.same_place) - set(layer.columns))
    if unknown or ((card.same_place or card.close_lines) and not layer.shape):
        raise ConfigRefusal(
            f"source '{card.name}'",
            actual=f"same_place {unknown}" if unknown else "same_place or close_lines",
            expected=f"columns of layer '{layer.name}', and a layer with shapes",
        )
    if card.dissolve_on is not None and (card.dissolve_on not in layer.columns or not layer.shape):
        raise ConfigRefusal(
            f"source '{card.name}'",
            actual=f"dissolve_on '{card.dissolve_on}'",
            expected=f"a column of layer '{layer.name}' with shapes",
        )
    chosen, left_out = tidy.leave_out(raw.cells, np.flatnonzero(select(raw.cells, card.where)), card)
    cells = raw.cells.iloc[chosen].reset_index(drop=True).assign(**{"\x00at": chosen})
    cells = _explode(cells, card)
    row_index = cells.pop("\x00at").to_numpy()
    if not len(cells) and not card.may_be_empty:
        raise SourceRefusal(
            f"source '{card.name}', file '{card.path}'",
            actual=f"no rows (of {len(raw.cells)} in the file)",
            expected="some",
            todo="check `where`; if none is right, say may_be_empty = true",
        )
    frame, faults = _columns(cells, card, layer)
    placed = _place(raw, row_index, card, layer)
    frame = gpd.GeoDataFrame(frame, geometry=placed.shapes, crs=RD_NEW) if layer.shape else frame
    report = pd.concat([*faults, *placed.faults])
    if card.dissolve_on is not None:
        report = pd.concat([report, _unkeyed(frame[card.dissolve_on], card.dissolve_on)])
    else:
        report = pd.concat([report, _duplicates(frame, layer, report.index)])
        report = pd.concat([report, _same_place(frame, card, report.index)])
    table = _dissolve(frame.drop(index=report.index.unique()), card)
    refused = _refused(pd.concat([report, placed.repairs]), raw, row_index, (card, placed, frame))
    _judge(refused, card)
    facts = _facts(raw, row_index, (card, placed, table, refused))
    every = pd.concat([refused, tidy.left_out_rows(left_out, raw, card)]) if len(left_out) else refused
    return Harmonised(layer.conform(table), REFUSED.conform(every), facts)


def _explode(cells: pd.DataFrame, card: SourceConfig) -> pd.DataFrame:
    """One row per part where the card splits a cell, such as several plots in one contract; empty parts are no part."""
    for spec in card.columns.values():
        if isinstance(spec, FromColumnConfig) and spec.split and spec.from_ in cells:
            parts = cells[spec.from_].map(lambda text, by=spec.split: _parts(text, by))
            cells = cells.assign(**{spec.from_: parts}).explode(spec.from_, ignore_index=True)
            cells[spec.from_] = cells[spec.from_].astype(object).where(cells[spec.from_].notna(), None)
    return cells


def _parts(text: str | None, separator: str) -> list[str | None]:
    parts = [part.strip() for part in text.split(separator)] if isinstance(text, str) else []
    return [part for part in parts if part] or [None]


def _columns(cells: pd.DataFrame, card: SourceConfig, layer: Layer) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    values, faults = {}, []
    for name, column in layer.columns.items():
        converted = convert(cells, name, column, card)
        values[name] = converted.values
        faults.append(converted.faults.assign(field=converted.field, outcome="refused"))
    for spec in card.columns.values():
        if isinstance(spec, FromColumnConfig) and spec.perpetual and "is_perpetual" in layer.columns:
            values["is_perpetual"] = perpetual(cells, spec).astype("boolean")
    return pd.DataFrame(values, index=cells.index), faults


def _place(raw: RawTable, row_index: Any, card: SourceConfig, layer: Layer) -> Placed:
    nothing = pd.DataFrame({"reason": [], "finding": [], "field": [], "outcome": []}, dtype=object)
    if not layer.shape:
        return Placed(None, [], nothing, np.zeros(len(row_index)), None)
    thing = f"source '{card.name}', file '{card.path}'"
    if raw.shapes is None:
        raise SourceRefusal(
            thing,
            actual="no geometry",
            expected=f"{layer.shape} features",
            todo='say where it stands: geometry = { kind = "wkt", ... }',
        )
    if raw.crs is None:
        raise SourceRefusal(
            thing,
            actual="no coordinate system",
            expected="one in the file or in the card",
            todo='ask the supplier; if you are sure, add to the card: crs = "EPSG:28992"',
        )
    drawn = raw.shapes[row_index]
    moved, operation = geometry.to_rd(drawn, raw.crs)
    moved, rings = tidy.close_lines(moved) if card.close_lines else (moved, np.zeros(len(moved), dtype=bool))
    outside = geometry.outside_box(moved, card.box)
    inside = moved.copy()
    inside[outside] = None
    repaired = geometry.repair(inside, layer.shape)
    index = pd.RangeIndex(len(row_index))
    missing = shapely.is_missing(drawn) | shapely.is_empty(drawn)
    lost = shapely.is_missing(repaired.shapes) & ~missing & ~outside
    faults = [_fault(index[missing], "no geometry", None)]
    if outside.any():
        faults.append(
            _fault(
                index[outside],
                "outside the Netherlands in RD New",
                f"it looks like {geometry.looks_like(moved[outside])}",
            )
        )
    faults.append(_fault(index[lost], f"no {layer.shape} left", [shape.geom_type for shape in drawn[lost]]))
    reasons = [reason.split("[")[0] for reason in shapely.is_valid_reason(inside[repaired.was_repaired])]
    repairs = _fault(index[repaired.was_repaired], "invalid geometry", reasons, "repaired")
    repairs = pd.concat([repairs, _fault(index[rings], "a closed line taken as an area", None, "repaired")])
    return Placed(
        repaired.shapes, faults, repairs[~repairs.index.isin(index[lost])], repaired.area_before_m2, operation
    )


def _fault(index: pd.Index, reason: str, evidence: Any, outcome: str = "refused") -> pd.DataFrame:
    return pd.DataFrame({"reason": reason, "finding": evidence, "field": "geometry", "outcome": outcome}, index=index)


def _duplicates(frame: pd.DataFrame, layer: Layer, faulty: pd.Index) -> pd.DataFrame:
    """Rows that repeat another to the letter, and rows that share a key but not the rest."""
    sound = frame.drop(index=faulty.unique())
    compared = pd.DataFrame(sound.drop(columns="geometry")) if layer.shape else sound
    compared = compared.assign(shape=shapely.to_wkb(sound.geometry.to_numpy())) if layer.shape else compared
    same = compared.astype(object).where(compared.notna(), None).duplicated()
    keys = sound.loc[~same, list(layer.key)]
    clash = keys[keys.duplicated(keep=False)]
    key = "+".join(layer.key)
    first = pd.DataFrame(
        {"reason": "the same row stands there more than once", "field": key, "outcome": "duplicate"},
        index=sound.index[same],
    )
    second = pd.DataFrame(
        {"reason": "key stands there more than once, with other contents", "field": key, "outcome": "refused"},
        index=clash.index,
    )
    report = pd.concat([first, second])
    texts = [sound.loc[report.index, name].astype(object).fillna("").astype(str) for name in layer.key]
    named = [", ".join(part for part in parts if part) for parts in zip(*texts, strict=True)]
    return report.assign(**{"finding": named})


def _same_place(frame: pd.DataFrame, card: SourceConfig, faulty: pd.Index) -> pd.DataFrame:
    """Rows that the card calls the same thing under another key."""
    sound = frame.drop(index=faulty.unique())
    again = (
        tidy.twice(sound, card.same_place) if card.same_place and len(sound) else pd.Series(False, index=sound.index)
    )
    named = sound.loc[again, list(card.same_place)].astype(object).fillna("").to_numpy()
    evidence = [", ".join(part for part in row if part) for row in named]
    return pd.DataFrame(
        {
            "reason": "the same place under another key",
            "field": "geometry",
            "outcome": "duplicate",
            "finding": evidence,
        },
        index=sound.index[again],
    )


def _unkeyed(keys: pd.Series, name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"reason": "empty", "finding": None, "field": name, "outcome": "refused"}, index=keys.index[keys.isna()]
    )


def _dissolve(frame: pd.DataFrame, card: SourceConfig) -> pd.DataFrame:
    if card.dissolve_on is None:
        return frame
    ordered = frame.sort_values(card.dissolve_on, kind="stable")
    whole = ordered.dissolve(by=card.dissolve_on, as_index=False, aggfunc="first")
    repaired = geometry.repair(whole.geometry.to_numpy(), "any")
    return whole.set_geometry(gpd.GeoSeries(repaired.shapes, index=whole.index, crs=RD_NEW))


def _refused(
    report: pd.DataFrame, raw: RawTable, row_index: Any, context: tuple[SourceConfig, Placed, pd.DataFrame]
) -> gpd.GeoDataFrame:
    card, placed, frame = context
    rows = report.index.to_numpy(dtype=int)
    shapes = placed.shapes[rows] if placed.shapes is not None else np.full(len(rows), None)
    named = {name: _named(frame[name], row_index, rows) if name in frame else None for name in NAMED}
    described = report.reset_index(drop=True).assign(
        source=card.name,
        layer=card.layer,
        file=card.path,
        file_layer=raw.file_layer,
        row=raw.rows[row_index[rows]] if len(rows) else [],
        finding=report["finding"]
        .map(lambda text: None if text is None or text is np.nan else str(text)[:200])
        .to_numpy(),
        area_before_m2=placed.area_before_m2[rows] if placed.shapes is not None else np.nan,
        area_after_m2=geometry.area(shapes) if placed.shapes is not None else np.nan,
        **named,
    )
    keyed = gpd.GeoDataFrame(described, geometry=shapes, crs=RD_NEW).drop_duplicates(list(REFUSED.key))
    return REFUSED.conform(keyed)


def _named(values: pd.Series, row_index: Any, rows: Any) -> Any:
    """What some rows of the file name in a column; all parts together where the card splits a cell."""
    is_reported = np.isin(row_index, row_index[rows])
    texts = values[is_reported].astype(object).groupby(row_index[is_reported]).agg(_joined).reindex(row_index[rows])
    return texts.where(texts != "", None).to_numpy(dtype=object)


def _joined(part: pd.Series) -> str:
    return ", ".join(dict.fromkeys(part.dropna().astype(str)))


def _judge(refused: gpd.GeoDataFrame, card: SourceConfig) -> None:
    bad = refused[refused["outcome"] == "refused"]
    rows = bad["row"].nunique()
    if rows <= card.max_refused:
        return
    shown = [
        f"row {r.row}, field '{r.field}': {r.reason}"
        + (f", found {r.finding!r}" if r.finding and r.finding == r.finding else "")
        for r in bad.head(MOST_EXAMPLES).itertuples()
    ]
    more = [f"and {len(bad) - MOST_EXAMPLES} more"] if len(bad) > MOST_EXAMPLES else []
    layer = next((f", layer '{name}'" for name in bad["file_layer"].dropna().head(1)), "")
    refusal = SourceRefusal(
        f"source '{card.name}', file '{card.path}'{layer}: {rows} rows refused, {card.max_refused} allowed",
        actual=[*shown, *more],
        todo="; or ".join(
            [*_hints(bad), "let some go with max_refused = ...: the land that they might restrict is then unknown"]
        ),
    )
    refusal.rows = refused
    raise refusal


def _hints(bad: pd.DataFrame) -> list[str]:
    """What one can do about these faults."""
    words = bad["reason"].str.startswith("not one of").any()
    places = (bad["reason"] == "outside the Netherlands in RD New").any()
    return [
        *(['translate words of your own in the card with values = { column = { word = "..." } }'] if words else []),
        *(['name the coordinate system in the card (crs = "EPSG:28992") where the file errs'] if places else []),
        "mend the rows in the source",
    ]


def _facts(
    raw: RawTable, row_index: Any, context: tuple[SourceConfig, Placed, pd.DataFrame, gpd.GeoDataFrame]
) -> pd.DataFrame:
    card, placed, table, refused = context
    lost_rows = refused[refused["outcome"] != "repaired"]["row"].nunique() if len(refused) else 0
    rows_in = len(np.unique(row_index))
    stayed = rows_in - lost_rows
    after = float(geometry.area(table.geometry.to_numpy()).sum()) if isinstance(table, gpd.GeoDataFrame) else 0.0
    row = {
        "source": card.name,
        "layer": card.layer,
        "rows_left_out": len(raw.cells) - rows_in,
        "rows_in": rows_in,
        "rows_out": len(table),
        "rows_refused": lost_rows,
        "rows_merged": max(0, stayed - len(table)) if card.dissolve_on is not None else 0,
        "rows_repaired": int((refused["outcome"] == "repaired").sum()),
        "area_before_m2": float(np.sum(placed.area_before_m2)),
        "area_after_m2": after,
        "crs": raw.crs.to_string()[:60] if raw.crs is not None and placed.operation else None,
        "crs_operation": placed.operation.name if placed.operation else None,
        "accuracy_m": placed.operation.accuracy_m if placed.operation else None,
    }
    return FACTS.collect([row])
