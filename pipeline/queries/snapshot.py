"""What an earlier run knew of who holds the land, read back from a folder of results."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from layers.derived.refused import LAYER as REFUSED
from layers.errors import ConfigRefusal
from pipeline.land.tenure_knowledge import Known, ResolveParams
from pipeline.land.tenure_sources import TENURE_REGISTERS, TENURE_SOURCES
from pipeline.line import LINE
from pipeline.project.publish import PublishedLayerConfig
from pipeline.project.resolve import ResolveConfig
from pipeline.runner.results import Results
from pipeline.stages.acquire.pinning import SNAPSHOT as FILE
from pipeline.storage.store import Store
from pipeline.storage.table_bytes import undamaged


@dataclass(frozen=True)
class Snapshot:
    """One side of a comparison: its tables, its rules, what it knew and when, which clusters it knows (by title), and
    the day that is asked about."""

    results: Results
    config: ResolveConfig
    params: ResolveParams
    clusters: dict[str, str]
    changes: PublishedLayerConfig
    today: dt.date

    def tables(self) -> dict[str, Any]:
        """The tables (RD New) that say who holds the land, as this run read them; empty where it had none."""
        sources = {name: self.results.source(name) for name in TENURE_SOURCES}
        refused = [self.results.table("refused", name) for name in TENURE_REGISTERS if self.results.has_source(name)]
        return {**sources, "refused": REFUSED.collect(refused)}

    def data_key(self) -> str:
        """What tells whether two runs read the same data: the checksums of the tables, and the proof that there is."""
        checksums = {name: self.results.source_checksum(name) for name in TENURE_SOURCES}
        days = {name: str(day) for name, day in self.params.dated.items()}
        # What is known and when weighs in as well: a file with the same bytes but a later date tells another story.
        key = [checksums, asdict(self.params.known), days, str(self.params.today), sorted(self.clusters)]
        return json.dumps(key, sort_keys=True)


def has_snapshot(place: str) -> bool:
    """Whether a folder holds results that can be compared; FOLDER@DAY is taken to."""
    return "@" in place or (Path(place) / FILE).is_file()


def read_snapshot(place: str) -> Snapshot:
    """The snapshot in a folder of results; `FOLDER@2030-01-01` is what that run foresees for a later day.

    Raises ConfigRefusal for a folder without results, or a day before the run.
    """
    # A folder whose own name has an @ goes before a day.
    name, _, day = place.rpartition("@") if "@" in place and not Path(place).is_dir() else (place, "", "")
    path = Path(name) / FILE
    if not path.is_file():
        raise ConfigRefusal(
            f"'{Path(name).resolve()}'",
            actual=f"no {FILE} in it" if Path(name).is_dir() else "no such folder",
            expected="a folder of results",
            todo="name a folder that `industrieruimte run` wrote",
        )
    with undamaged(path, "snapshot"):
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        reference_date = dt.date.fromisoformat(content["reference_date"])
        dated = {layer: dt.date.fromisoformat(text) for layer, text in content["dated"].items()}
        params = ResolveParams(reference_date, dated, Known(**content["known"]))
        # Rules and clusters as that run had them: its project folder may have changed since, or be gone.
        return Snapshot(
            Results(LINE, Store(Path(name))),
            ResolveConfig.model_validate(content["resolve"]),
            params,
            content["clusters"],
            PublishedLayerConfig.model_validate(content["changes"]),
            _later_day(place, day, reference_date) if day else reference_date,
        )


def _later_day(place: str, text: str, reference_date: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigRefusal(f"'{place}'", actual=f"'{text}' is no date", expected="FOLDER@2030-01-01") from None
    if day < reference_date:
        raise ConfigRefusal(
            f"'{place}'",
            actual=f"a day before the reference date {reference_date} of that run",
            expected="that day or a later one",
            todo="name a run of an earlier date",
        )
    return day
