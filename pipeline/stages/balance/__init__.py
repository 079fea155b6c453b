"""Balance: how much, and why not more?

reads   cluster_boundaries, holdings with their states, periods and rights, pieces, rooms, assessments, sites,
        demand, projects
writes  land_balance, waterfall, and the tables of `tables.py`
keeps   headings add up to gross to the decimetre; clusters add up to the Netherlands

Open `tables.py` first: one line per table.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.project.project import Project
from pipeline.stages.balance.accounting import Account, balance, demand, national
from pipeline.stages.balance.falls import shared_falls
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.measures import (
    measures_in_time,
    measures_of_reasons,
    measures_of_room,
    measures_of_shortages,
    measures_of_sites,
)
from pipeline.stages.balance.tables import BALANCE_TABLES


def run(config: Project, unit: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The accounting of one cluster, or of their sum; tables by name."""
    inputs = BalanceInputs(config, unit, tables)
    by_name = {table.layer.name: table.for_unit(inputs) for table in BALANCE_TABLES}
    if inputs.is_national:
        land_balance = national(tables["land_balance"], unit)
        demanded = demand(config.demand, land_balance, config.publish.lead_profile, unit)
        with_demand = pd.concat([land_balance, demanded], ignore_index=True)
        return {"land_balance": with_demand, "waterfall": national(tables["waterfall"], unit), **by_name}
    land_balance, waterfall = balance(_account(inputs, by_name), config.balance)
    return {"land_balance": land_balance, "waterfall": waterfall, **by_name}


def _account(inputs: BalanceInputs, balance_tables: Mapping[str, pd.DataFrame]) -> Account:
    tables, config = inputs.tables, inputs.config
    other_measures = [
        measures_in_time(balance_tables, inputs.conflicts, config.years[0]),
        measures_of_room(balance_tables, inputs.land, tables["assessments"], config.balance.room.claim_constraint),
        measures_of_reasons(balance_tables["attribution"]),
        measures_of_sites(tables["site_sizes"], tables["fragmentation"]),
        measures_of_shortages(balance_tables["shortages"]),
    ]
    return Account(
        inputs.unit,
        inputs.gross_m2,
        tables["holdings"],
        tables["holding_states"],
        pd.DataFrame(inputs.land.pieces.drop(columns="geometry")),
        tables["rooms"],
        tables["assessments"],
        tables["sites"],
        shared_falls(inputs.land, tables["assessments"], inputs.rules),
        pd.concat(other_measures, ignore_index=True),
    )
