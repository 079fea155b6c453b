"""Balance: how much, and why not more?

reads   cluster_boundaries, holdings with their states, periods and rights, contract_needs, pieces, rooms, assessments,
        sites, demand, projects
writes  land_balance, waterfall, and the tables of `tables.py`
keeps   headings add up to gross to the decimetre; clusters add up to the Netherlands

Open `tables.py` first: one line per table.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.derived.land_balance import LAYER as BALANCE
from pipeline.project.project import Project
from pipeline.stages.balance.accounting import balance, demand, national
from pipeline.stages.balance.falls import shared_falls
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.measures import other_measures
from pipeline.stages.balance.tables import balance_tables


def run(config: Project, unit: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The accounting of one cluster, or of their sum, in m2; tables by name."""
    inputs = BalanceInputs(config, unit, tables)
    by_name = balance_tables(inputs)
    if inputs.is_national:
        sums = {name: national(tables[name], unit, config.cluster_groups) for name in ("land_balance", "waterfall")}
        return {**sums, **by_name}
    shares = shared_falls(inputs.land, tables["assessments"], config)
    land_balance, waterfall = balance(inputs, shares, other_measures(inputs, by_name))
    ours = [row for row in config.demand if row.cluster_id == unit]
    demanded = demand(ours, land_balance, by_name["shortages"], config.balance)
    return {"land_balance": BALANCE.collect([land_balance, demanded]), "waterfall": waterfall, **by_name}
