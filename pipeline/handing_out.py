"""Uitgeven: what was published, for takers of other formats: files beside the GeoPackage, or a schema of PostGIS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.line import LINE
from pipeline.line.account import sheets_of
from pipeline.run import load
from pipeline.stage import Context, Origin
from pipeline.stages.publish.formats import write_as
from pipeline.stages.publish.postgis import write_postgis


def hand_out(context: Context, clusters: Sequence[str], formats: Sequence[str], postgis: tuple[str, str] | None) -> Iterator[str]:  # fmt: skip
    """Write the clusters that are asked (none: all together) in the formats, and into a database (address, schema); says what.

    Rests on results that are up to date: `publish` has just run. Several clusters go into one schema together.
    """
    units = list(clusters) or [context.project.balance.national_name]
    every = {unit: sheets_of(context, unit, {name: load(context, origins) for name, origins in _reads(context, unit).items()}) for unit in units}  # fmt: skip
    for unit, sheets in every.items():
        for kind in formats:
            yield str(write_as(kind, sheets, (context.store.outputs, unit), context.project.card.reference_date))
    if postgis is not None:
        address, schema = postgis
        for unit, sheets in every.items():
            named = schema if len(every) == 1 else f"{schema}_{unit}"
            count = write_postgis(sheets, address, named)
            yield f"{count} tables in schema {named}"


def _reads(context: Context, unit: str) -> Mapping[str, list[Origin]]:
    stage = next(stage for stage in LINE if stage.name == "publish")
    return stage.reads(context.project, unit)
