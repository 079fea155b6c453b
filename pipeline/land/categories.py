"""The highest nuisance category that land can have: what its plan admits, what dwellings and hard plans leave, and none
where nothing may be built."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import OBJECT_KINDS
from pipeline.land.land import in_force
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.project.rules import EffectConfig

STORAGE_KIND = "storage"  # what lies on land is no building on it


class CategoryScale:
    """Nuisance categories from light to heavy, as ranks: 0 is not even the lightest, nan is not known."""

    def __init__(self, categories: Sequence[str]) -> None:
        names = ["none", *categories]
        self.place = {name: rank for rank, name in enumerate(names)}
        # The last: of a name that is not on the scale.
        self.known_ranks = np.array([*range(len(names)), np.nan])
        self.names = np.array([*names, UNKNOWN], dtype=object)

    def ranks(self, words: Iterable[Any]) -> Any:
        """The rank of each category."""
        return self.known_ranks[[self.place.get(word, -1) for word in words]]

    def words(self, ranks: Any) -> Any:
        """The category of each rank; `unknown` where it is not known."""
        return self.names[np.where(np.isnan(ranks), -1, ranks).astype(int)]


@dataclass(frozen=True)
class Bars:
    """Per piece the constraint in force that bars all that is built there (None: none), and whether one may do so that
    is not known."""

    by: Any
    is_unknown: Any

    @property
    def is_barred(self) -> Any:
        """Which pieces are barred for certain."""
        return ~pd.isna(self.by)


def highest_ranks(plan: Any, by_dwellings: Any, bars: Bars) -> Any:
    """The rank of the highest category: the lower of what the plan admits and what dwellings leave; none under a rule
    that bars all that is built, whatever is known of the others, and not known where such a rule may hold."""
    return np.select([bars.is_barred, bars.is_unknown], [0.0, np.nan], np.minimum(plan, by_dwellings))


def bars_on(
    pieces: pd.DataFrame, combinations: pd.DataFrame, zones: pd.DataFrame, effects: Iterable[EffectConfig], year: int
) -> Bars:
    """What bars every kind of building and installation on each piece, whatever may be stored there."""
    barred_kinds: dict[str, set[str]] = defaultdict(set)
    named_kinds: dict[str, set[str]] = defaultdict(set)
    for effect in effects:
        named_kinds[effect.constraint].add(effect.object_kind)
        if effect.effect == "blocks" and effect.condition == "always":
            barred_kinds[effect.constraint].add(effect.object_kind)
    # Of a kind that nobody builds the matrix need not speak: every rule speaks of all others.
    built_kinds = set(OBJECT_KINDS).intersection(*named_kinds.values()) - {STORAGE_KIND}
    names = [name for name, kinds in barred_kinds.items() if kinds >= built_kinds]
    now = zones[zones["constraint"].isin(names) & in_force(zones, year)]
    # Land of which a layer is not known lies under a zone of an unknown band.
    is_known = now["band"].ne(UNKNOWN).fillna(True)
    constraint_of = dict(zip(now["zone_id"], now["constraint"].where(is_known, None), strict=True))
    over = {
        combination: [constraint_of[zone] for zone in str(text).split() if zone in constraint_of]
        for combination, text in zip(combinations["combination_id"], combinations["zones"].fillna(""), strict=True)
    }
    by = {key: next((name for name in constraints if not pd.isna(name)), None) for key, constraints in over.items()}
    is_unknown = {key: bool(constraints) and by[key] is None for key, constraints in over.items()}
    of_piece = pieces["combination_id"]
    return Bars(of_piece.map(by).astype(object).to_numpy(), of_piece.map(is_unknown).fillna(False).to_numpy(dtype=bool))
