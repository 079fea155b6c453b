"""What resolve is given, the same for every cluster: the registers, the rules, the day that counts as today, and what
is known at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from pipeline.land.dates import day_number
from pipeline.land.register_keys import RegisterKeys
from pipeline.land.tenure_knowledge import ResolveParams
from pipeline.project.resolve import ResolveConfig
from pipeline.stages.resolve.rights import contradictions


@dataclass(frozen=True)
class ResolveTask:
    """The registers as a whole (RD New, m2), to resolve one cluster after the other by.

    leases: the rows of the contract register, with `is_master` and without the end of perpetual ones; nowhere: per row
    of it the cause that it lies in no cluster; keys: what the registers name; doubts: plots of which it is not sure who
    has them, and why; undrawn: contracts of which a polygon was refused; clashes: conflicts that are told of
    every cluster.
    """

    tables: Mapping[str, Any]
    card: ResolveConfig
    params: ResolveParams
    leases: pd.DataFrame
    nowhere: pd.DataFrame
    keys: RegisterKeys
    doubts: pd.DataFrame = field(default_factory=pd.DataFrame)
    undrawn: frozenset[str] = frozenset()
    clashes: pd.DataFrame = field(default_factory=pd.DataFrame)

    @cached_property
    def today(self) -> int:
        """The day that counts as today, in days since 1970."""
        return day_number(self.params.today)

    @cached_property
    def sound_leases(self) -> pd.DataFrame:
        """Rows of the contract register that do not contradict themselves."""
        return self.leases[self.contradiction == ""]

    @cached_property
    def contradiction(self) -> Any:
        """What is wrong with each row of the contract register by itself; empty where nothing is."""
        return contradictions(self.leases)
