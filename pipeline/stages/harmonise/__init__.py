"""Harmonise: what does the source say, in our words, in RD New?

reads   a raw table or grid and its card; of all layers together, the plots that projects.csv names
writes  the source layer, refused, refused_shapes, source_facts
keeps   rows in = rows out + rows refused + rows merged; area before and after repair
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.column import Column
from layers.columns import OF_SOURCE
from layers.derived.refused import LAYER as REFUSED
from layers.derived.source_facts import LAYER as FACTS
from layers.errors import ConfigRefusal, SourceRefusal
from layers.layer import RD_NEW, Layer
from layers.sentences import JoinedSentences, Sentence
from pipeline.project.filter_expressions import TypedColumn, select
from pipeline.project.raw_table import RawTable
from pipeline.project.source import FromColumnConfig, SourceConfig
from pipeline.spatial import geometry
from pipeline.spatial.coordinate_systems import Operation
from pipeline.stages.harmonise.closed_lines import close_lines
from pipeline.stages.harmonise.convert import convert, is_perpetual
from pipeline.stages.harmonise.hints import HINT_ON_CORRECTIONS, HINTS
from pipeline.stages.harmonise.joining import advice, check_joins, join_rows, key_of
from pipeline.stages.harmonise.lists import explode
from pipeline.stages.harmonise.refusal_words import faults_in_words, foreign_words
from pipeline.stages.harmonise.refused_shapes import REGISTERED, ReportedRows, refused_shapes
from pipeline.stages.harmonise.typed_cells import typed_cells

# What a refused row may tell of the land that it is about.
NAMED = ("parcel_id", "site_name", "contract_id")
# What tells a row of a source from the others.
PLACE_IN_SOURCE = ["file", "row"]


@dataclass(frozen=True)
class Harmonised:
    """A source in our words, the rows that did not come through as they stood, and what it cost; m2, RD New."""

    table: pd.DataFrame
    refused: gpd.GeoDataFrame
    facts: pd.DataFrame
    refused_shapes: gpd.GeoDataFrame


@dataclass(frozen=True)
class Selected:
    """The cells that the card picks from a file, one row per part where it splits a cell; `row`: the position in the
    file that each stands for."""

    raw: RawTable
    card: SourceConfig
    cells: pd.DataFrame
    row: Any

    @property
    def thing(self) -> str:
        """What a refusal is about."""
        return Sentence("source '{source}', file '{file}'", source=self.card.name, file=self.card.path)


@dataclass(frozen=True)
class Placed:
    """Shapes in RD New, with the rows that cannot stand or were repaired, and m2 as drawn.

    drawn: before repair, None where outside; lost: what lies within the outline drawn and was lost in repair.
    """

    shapes: Any
    drawn: Any
    lost: Any
    faults: pd.DataFrame
    repairs: pd.DataFrame
    area_before_m2: Any
    operation: Operation | None


def harmonise(raw: RawTable, card: SourceConfig, layer: Layer) -> Harmonised:
    """The layer as this source has it, in RD New; refuses when more rows are refused than the card allows."""
    _check_card(card, layer)
    typed = typed_cells(raw, card)
    chosen, left_out = _leave_out(raw.cells, np.flatnonzero(select(raw.cells, card.where, typed)), card, typed)
    cells = explode(raw.cells.iloc[chosen].set_axis(chosen), card)
    selected = Selected(raw, card, cells.reset_index(drop=True), cells.index.to_numpy())
    if not len(cells) and not card.may_be_empty:
        raise SourceRefusal(
            selected.thing,
            actual=Sentence("no rows (of {count} in the file)", count=len(raw.cells)),
            expected="some",
            todo="check `where`; if none is right, say may_be_empty = true",
        )
    frame, faults = _columns(selected, layer)
    placed = _fill_holes(_place(selected, layer), frame, layer)
    frame = gpd.GeoDataFrame(frame, geometry=placed.shapes, crs=RD_NEW) if layer.shape else frame
    report = pd.concat([*faults, placed.faults, *([_no_areas(frame, layer.areas_only)] if layer.areas_only else [])])
    if card.dissolve_on is not None:
        keys = frame[card.dissolve_on]
        report = pd.concat([report, _faults(keys.index[keys.isna()], "empty", field=card.dissolve_on)])
    for repeated in (_duplicates, _same_place):
        report = pd.concat([report, repeated(frame.drop(index=report.index.unique()), card, layer)])
    table, disagreeing = join_rows(frame.drop(index=report.index.unique()), card, layer)
    report = pd.concat([report, disagreeing])
    merged = len(frame) - report.index.nunique() - len(table)
    refused = _refused(selected, pd.concat([report, placed.repairs]), placed, frame)
    _judge(refused, selected, layer)
    every = pd.concat([refused, _left_out_rows(left_out, raw, card)]) if len(left_out) else refused
    shapes = refused_shapes(refused, _reported_rows(selected, placed, frame))
    return Harmonised(
        layer.conform(table), REFUSED.conform(every), _facts(selected, placed, table, refused, merged), shapes
    )


def _check_card(card: SourceConfig, layer: Layer) -> None:
    """Refuse a card that speaks of columns or shapes that the layer does not have."""
    strange = sorted(set(card.columns) - set(layer.columns))
    loose = sorted(set(card.values) - set(card.columns))
    unknown = sorted(set(card.same_place) - set(layer.columns))
    meanings, allowed = foreign_words(card, layer)
    key, drawn = card.dissolve_on, f"columns of layer '{layer.name}', and a layer with shapes"
    for is_wrong, actual, expected in (
        (strange, f"columns {strange}", f"columns of layer '{layer.name}': {sorted(layer.columns)}"),
        (loose, f"values for {loose}", "values for columns that the card fills"),
        (meanings, Sentence("values with {words}", words=JoinedSentences(", ", meanings)), allowed),
        (unknown, f"same_place {unknown}", drawn),
        ((card.same_place or card.close_lines) and not layer.shape, "same_place or close_lines", drawn),
        (
            key is not None and (key not in layer.columns or not layer.shape),
            f"dissolve_on '{key}'",
            f"a column of layer '{layer.name}' with shapes",
        ),
    ):
        if is_wrong:
            thing = Sentence("source '{source}'", source=card.name)
            raise ConfigRefusal(thing, actual=actual, expected=expected)
    check_joins(card, layer)


def _columns(selected: Selected, layer: Layer) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    cells, card, values, faults = selected.cells, selected.card, {}, []
    shapes = None if selected.raw.shapes is None else selected.raw.shapes[selected.row]
    for name, column in layer.columns.items():
        values[name], bad = convert(cells, name, column, card, shapes)
        faults.append(bad.assign(outcome="refused"))
    for spec in card.columns.values():
        if isinstance(spec, FromColumnConfig) and spec.perpetual and "is_perpetual" in layer.columns:
            values["is_perpetual"] = is_perpetual(cells[spec.from_], spec).astype("boolean")
    if layer.columns.keys() >= OF_SOURCE.keys():
        values |= dict.fromkeys(OF_SOURCE, pd.Series(card.name, index=cells.index, dtype=object))
    return pd.DataFrame(values, index=cells.index), faults


def _place(selected: Selected, layer: Layer) -> Placed:
    """The shapes of the selected rows brought to RD New, put right, and judged; of a plain table there are none."""
    raw, card = selected.raw, selected.card
    index = selected.cells.index
    if not layer.shape:
        nothing = _faults(index[:0], "")
        return Placed(None, None, None, nothing, nothing, np.zeros(len(index)), None)
    if raw.shapes is None:
        raise SourceRefusal(
            selected.thing,
            actual="no geometry",
            expected=Sentence("{shape} features", shape=layer.shape),
            todo='say where it stands: geometry = { kind = "wkt", ... }',
        )
    if raw.crs is None:
        raise SourceRefusal(
            selected.thing,
            actual="no coordinate system",
            expected="one in the file or in the card",
            todo='ask the supplier; if you are sure, add to the card: crs = "EPSG:28992"',
        )
    drawn = raw.shapes[selected.row]
    rewound = np.zeros(len(drawn), dtype=bool) if raw.rewound is None else raw.rewound[selected.row]
    moved, operation = geometry.to_rd(drawn, raw.crs)
    moved, rings = close_lines(moved) if card.close_lines else (moved, np.zeros(len(moved), dtype=bool))
    # What lies outside is not repaired: its coordinates mean something else.
    outside = geometry.outside_box(moved, card.box)
    inside = np.where(outside, None, moved)
    repaired = geometry.repair(inside, layer.shape)
    mended = repaired.was_repaired
    missing = shapely.is_missing(drawn) | shapely.is_empty(drawn)
    lost = shapely.is_missing(repaired.shapes) & ~missing & ~outside
    seems = f"it looks like {geometry.looks_like(moved[outside])}" if outside.any() else None
    faults = [
        _faults(index[missing], "no geometry"),
        _faults(index[outside], "outside the Netherlands in RD New", seems),
        _faults(index[lost], f"no {layer.shape} left", [shape.geom_type for shape in drawn[lost]]),
    ]
    reasons = pd.Series(shapely.is_valid_reason(inside[mended]), index[mended], dtype=object).str.split("[").str[0]
    repairs = [
        _faults(index[mended & ~lost], "invalid geometry", reasons, outcome="repaired"),
        _faults(index[rings & ~lost], "a closed line taken as an area", outcome="repaired"),
        _faults(index[rewound & ~lost], "rings drawn the wrong way round", outcome="repaired"),
    ]
    area_before_m2 = np.where(outside, np.nan, repaired.area_before_m2)  # its coordinates are no metres of RD New
    report = pd.concat(faults), pd.concat(repairs)
    return Placed(repaired.shapes, inside, repaired.lost, *report, area_before_m2, operation)


def _fill_holes(placed: Placed, frame: pd.DataFrame, layer: Layer) -> Placed:
    """Shapes with the land within the holes of areas that have none by what they are, each reported as repaired."""
    if placed.shapes is None or not layer.solid:
        return placed
    filled, hollow = geometry.without_holes(placed.shapes)
    solid = select(frame, layer.solid) & hollow
    holes = _faults(frame.index[solid], "a hole in a risk contour filled", outcome="repaired")
    return replace(placed, shapes=np.where(solid, filled, placed.shapes), repairs=pd.concat([placed.repairs, holes]))


def _no_areas(frame: gpd.GeoDataFrame, areas_only: tuple[str, tuple[str, ...]]) -> pd.DataFrame:
    """Rows that must be areas by a word in a column, and are lines or points."""
    column, words = areas_only
    shapes = frame.geometry.to_numpy()
    is_flat = (shapely.get_dimensions(shapes) >= 0) & (shapely.get_dimensions(shapes) < 2)
    wrong = frame.index[is_flat & frame[column].isin(words).to_numpy(dtype=bool)]
    return _faults(wrong, "no area", [shape.geom_type for shape in frame.geometry[wrong]])


def _faults(
    index: pd.Index, reason: str, evidence: Any = None, *, field: str = "geometry", outcome: str = "refused"
) -> pd.DataFrame:
    """A row of the report for each of these rows."""
    return pd.DataFrame({"reason": reason, "finding": evidence, "field": field, "outcome": outcome}, index=index)


def _duplicates(sound: pd.DataFrame, card: SourceConfig, layer: Layer) -> pd.DataFrame:
    """Rows that repeat another to the letter, and rows that share a key but not the rest."""
    same = (sound.to_wkb() if isinstance(sound, gpd.GeoDataFrame) else sound).duplicated()
    keys = sound.loc[~same, list(layer.key)]
    clash = keys[keys.duplicated(keep=False)] if not key_of(card, layer) else keys[:0]
    field = "+".join(layer.key)
    repeated = _faults(sound.index[same], "the same row stands there more than once", field=field, outcome="duplicate")
    other = _faults(clash.index, "key stands there more than once, with other contents", field=field)
    report = pd.concat([repeated, other])
    return report.assign(finding=_in_words(sound.loc[report.index, list(layer.key)]))


def _same_place(sound: pd.DataFrame, card: SourceConfig, _: Layer) -> pd.DataFrame:
    """Rows that the card calls the same thing under another key: alike in some columns and in shape."""
    if not card.same_place:
        return _faults(sound.index[:0], "")
    compared = list(card.same_place)
    shape = shapely.to_wkb(shapely.normalize(sound.geometry.to_numpy()))
    again = sound[sound[compared].assign(shape=shape).duplicated()]
    evidence = _in_words(again[compared])
    return _faults(again.index, "the same place under another key", evidence, outcome="duplicate")


def _in_words(rows: pd.DataFrame) -> list[str]:
    """What stands in each row, without what is empty."""
    return [", ".join(filter(None, row)) for row in rows.astype(object).fillna("").astype(str).to_numpy()]


def _refused(selected: Selected, report: pd.DataFrame, placed: Placed, frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """The reported rows as rows of `refused`, with their shapes, and what they tell of the land that they are about."""
    raw, card, positions = selected.raw, selected.card, report.index.to_numpy(dtype=int)
    is_drawn = placed.shapes is not None
    shapes = placed.shapes[positions] if is_drawn else np.full(len(positions), None)
    named = {name: _named(frame[name], selected.row, positions) if name in frame else None for name in NAMED}
    described = report.reset_index(drop=True).assign(
        source=card.name,
        layer=card.layer,
        file=raw.file_of(selected.row[positions], card),
        file_layer=raw.file_layer,
        row=raw.rows[selected.row[positions]],
        finding=report["finding"].astype("str").str[:200].to_numpy(),
        area_before_m2=placed.area_before_m2[positions] if is_drawn else np.nan,
        area_after_m2=geometry.area(shapes) if is_drawn else np.nan,
        **named,
    )
    keyed = gpd.GeoDataFrame(described, geometry=shapes, crs=RD_NEW).drop_duplicates(list(REFUSED.key))
    return REFUSED.conform(keyed)


def _reported_rows(selected: Selected, placed: Placed, frame: pd.DataFrame) -> ReportedRows | None:
    """What was drawn in each row of the file; None of a plain table."""
    if placed.shapes is None:
        return None
    registered_m2 = frame[REGISTERED].to_numpy(dtype=float, na_value=np.nan) if REGISTERED in frame else None
    row, file = selected.raw.rows[selected.row], selected.raw.file_of(selected.row, selected.card)
    return ReportedRows(row, file, placed.shapes, placed.drawn, placed.lost, registered_m2)


def _named(values: pd.Series, row_index: Any, rows: Any) -> Any:
    """What some rows of the file name in a column; all parts together where the card splits a cell."""
    is_reported = np.isin(row_index, row_index[rows])
    texts = values[is_reported].astype(object).groupby(row_index[is_reported]).agg(_joined).reindex(row_index[rows])
    return texts.where(texts != "", None).to_numpy(dtype=object)


def _joined(part: pd.Series) -> str:
    return ", ".join(dict.fromkeys(part.dropna().astype(str)))


def _judge(refused: gpd.GeoDataFrame, selected: Selected, layer: Layer) -> None:
    """Refuse the source where more rows are refused than its card allows."""
    bad = refused[refused["outcome"] == "refused"]
    rows = len(bad[PLACE_IN_SOURCE].drop_duplicates())
    most, file_layer = selected.card.max_refused, selected.raw.file_layer
    if rows <= most:
        return
    inside = Sentence(", layer '{layer}'", layer=file_layer) if file_layer else ""
    filled = {name: column for name, column in layer.columns.items() if name in selected.card.columns}
    refusal = SourceRefusal(
        Sentence(
            "{thing}{inside}: {rows} rows refused, {most} allowed",
            thing=selected.thing,
            inside=inside,
            rows=rows,
            most=most,
        ),
        actual=faults_in_words(bad),
        todo=_advice(bad["reason"], layer, filled),
    )
    reasons = bad["reason"].drop_duplicates()
    refusal.todo_by_reason = {reason: _advice(reasons[reasons == reason], layer, filled) for reason in reasons}
    refusal.rows = refused
    raise refusal


def _advice(reasons: pd.Series, layer: Layer, filled: Mapping[str, Column]) -> str:
    """What one can do about rows that are refused for these reasons; filled: the columns that the card fills."""
    if layer.name == "overrides":
        return HINT_ON_CORRECTIONS
    hints = [hint for reason, hint in HINTS.items() if reasons.str.startswith(reason).any()]
    return JoinedSentences("; or ", [*advice(reasons, filled), *hints])


def _facts(selected: Selected, placed: Placed, table: pd.DataFrame, refused: pd.DataFrame, merged: int) -> pd.DataFrame:
    """One row with what was read, left out, refused, merged and repaired, in rows and m2."""
    raw, card, operation = selected.raw, selected.card, placed.operation
    lost_rows = len(refused.loc[refused["outcome"] != "repaired", PLACE_IN_SOURCE].drop_duplicates())
    # Rows of the file: one that was split over several plots counts once.
    rows_in = len(np.unique(selected.row))
    after = float(geometry.area(table.geometry.to_numpy()).sum()) if isinstance(table, gpd.GeoDataFrame) else 0.0
    row = {
        "source": card.name,
        "layer": card.layer,
        "rows_left_out": len(raw.cells) - rows_in + raw.blank_rows,
        "rows_in": rows_in,
        "rows_out": len(table),
        "rows_refused": lost_rows,
        "rows_merged": merged,
        "rows_repaired": int((refused["outcome"] == "repaired").sum()),
        "area_before_m2": float(np.nansum(placed.area_before_m2)),
        "area_after_m2": after,
        "crs": raw.crs.to_string()[:60] if raw.crs is not None and operation else None,
        "crs_operation": operation.name if operation else None,
        "accuracy_m": operation.accuracy_m if operation else None,
    }
    return FACTS.collect([row])


def _leave_out(cells: pd.DataFrame, chosen: Any, card: SourceConfig, typed: TypedColumn) -> tuple[Any, pd.Series]:
    """The rows (positions) that stay, and for those that go the first reason of the card that holds for them."""
    reasons = pd.Series(None, index=chosen, dtype=object)
    for reason, where in card.leave_out.items():
        reasons[reasons.isna() & select(cells, where, typed)[chosen]] = reason
    return chosen[reasons.isna()], reasons.dropna()


def _left_out_rows(left_out: pd.Series, raw: RawTable, card: SourceConfig) -> gpd.GeoDataFrame:
    """The rows left out, as rows of `refused`: each with its reason and the filter that it answered to."""
    rows = pd.DataFrame(
        {
            "source": card.name,
            "layer": card.layer,
            "file": raw.file_of(left_out.index.to_numpy(), card),
            "file_layer": raw.file_layer,
            "row": raw.rows[left_out.index.to_numpy()],
            "field": "leave_out",
            "outcome": "left_out",
            "reason": left_out.to_numpy(),
            "finding": [card.leave_out[reason][:200] for reason in left_out],
        },
        columns=list(REFUSED.columns),
    )
    return REFUSED.conform(gpd.GeoDataFrame(rows, geometry=[None] * len(rows), crs=RD_NEW))
