"""Files for people: which of them are ours, and how those of one run of a unit take their places together.

Idea: they are built in a folder aside. Once whole, that folder gets the name of a finished one, in one step; from then
on its files move to their places, by the run that made them or, where it is killed, by the next.
Invariants: a name stands in the register before a file stands under it; what no register names is neither replaced nor
removed.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import SourceRefusal
from pipeline.storage.geopackages import free_place
from pipeline.storage.whole_files import PRIVATE, is_open_elsewhere, put, replace

READY_PREFIX = ".klaar-"
REGISTERS = "receipts/files"


@dataclass(frozen=True)
class DeliveredFiles:
    """The files for people of a unit, by their names below the folder of results."""

    outputs: Path
    unit: str

    @property
    def ready(self) -> Path:
        """The folder of files that are whole, and not all in their places yet."""
        return self.outputs / f"{READY_PREFIX}{self.unit}"

    def names(self) -> set[str]:
        """The names in the register; of a version that had none, those in the receipt."""
        return set(self._read(self._register).get("names") or self._read(self._receipt).get("outputs", {}))

    def refuse_foreign(self, names: Iterable[str]) -> None:
        """Refuse to write where something stands that is not ours."""
        foreign = sorted(name for name in set(names) - self.names() if os.path.lexists(self.outputs / name))
        if foreign:
            raise SourceRefusal(
                f"map '{self.outputs}'",
                actual=[f"'{name}' staat er al, en is niet door een run hier gemaakt" for name in foreign],
                expected="geen bestanden van een ander onder deze namen",
                todo="verplaats ze of geef een andere map op met --outputs; er is niets overschreven",
            )

    def refuse_open(self, names: Iterable[str]) -> None:
        """Refuse to write where another program has the file open; a GeoPackage then gets its place beside it."""
        held = [name for name in names if not name.endswith(".gpkg") and is_open_elsewhere(self.outputs / name)]
        if held:
            raise SourceRefusal(
                f"map '{self.outputs}'",
                actual=[f"'{name}' is in gebruik bij een ander programma" for name in held],
                expected="bestanden die vervangen kunnen worden",
                todo="sluit dat programma en geef de opdracht opnieuw; wat er stond is nog heel",
            )

    def register(self) -> None:
        """Write the register, where only a receipt names the files, as of an older version."""
        self._sign(self.names(), self._superseded())

    def add(self, name: str) -> None:
        """Take a name for one of ours, before a file stands under it."""
        self.refuse_foreign([name])
        self._sign(self.names() | {name}, self._superseded() - {name})

    def put(self, built: Path, names: Collection[str]) -> dict[str, str]:
        """Put the files below a folder (on the same disk) in their places, and remove all of this unit that has none of
        these names; for each that was put, the name that it got."""
        self.refuse_foreign(names)
        names_before = self.names()
        self._sign(names_before.union(names), names_before.difference(names))
        put(built, self.ready)
        return self.finish()

    def finish(self) -> dict[str, str]:
        """Move all files that are ready to their places; what they are called there."""
        placed = {}
        for path in sorted(path for path in self.ready.rglob("*") if path.is_file()):
            name = path.relative_to(self.ready).as_posix()
            placed[name] = self._place(path, name)
        superseded = self._superseded()
        for name in superseded:
            remove(self.outputs / name)
        self._sign(self.names() - superseded, ())
        shutil.rmtree(self.ready)
        return placed

    def _place(self, path: Path, name: str) -> str:
        place = self.outputs / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix == ".gpkg" and free_place(place) != place:
            place = free_place(place)
            self.add(place.name)
        put(path, place)
        return place.relative_to(self.outputs).as_posix()

    def _superseded(self) -> set[str]:
        """The names that go once all that is ready is in its place."""
        return set(self._read(self._register).get("superseded", ()))

    def _sign(self, names: Iterable[str], superseded: Iterable[str]) -> None:
        text = json.dumps({"names": sorted(names), "superseded": sorted(superseded)}, indent=1)
        replace(self._register, text.encode(), PRIVATE)

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # not there, or damaged
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def _register(self) -> Path:
        return self.outputs / REGISTERS / f"{self.unit}.json"

    @property
    def _receipt(self) -> Path:
        return self.outputs / "receipts" / "publish" / f"{self.unit}.json"


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there; of a link, the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
