"""The shared budget: the most usable land that fits, from the other side: the least that its limits are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from oracle.published import EARLIEST, IS_OTHER_DRAW, activities, is_enough, layer, units
from scipy.optimize import linprog

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

BINDS = ["cluster", "activiteit", "jaar", "rekenpunt", "schaduwprijs_ha", "ruimte_rekenpunt"]


def usable_plots(packages: list[Path], activity: str, year: int) -> pd.Series:
    """Usable hectares per plot for an activity and year, no extension called."""
    parts = []
    for package in packages:
        rows = layer(package, "vrij_en_bruikbaar").query(f"jaar == {year} and geval == {EARLIEST!r}")
        parts.append(rows[np.array([activity in words for words in rows["bruikbaar_voor"]], dtype=bool)])
    return pd.concat(parts).groupby("kavel_id")["oppervlakte_ha"].sum()


def test_what_fits_together_is_worth_what_its_limits_are(proefpolder: RunContext) -> None:
    """By duality: the most land under the budgets is the least sum of prices of budgets and plots that pays for each
    hectare; and a receptor binds that has a price."""
    outputs, folder = proefpolder.store.outputs, proefpolder.project.folder / "data"
    matrix = pd.read_csv(folder / "bronmatrix.csv", sep=";")
    headroom = pd.read_csv(folder / "rekenpunten.csv", sep=";").set_index("rekenpunt")["ruimte"]
    assert set(matrix["rekenpunt"]) <= set(headroom.index)
    per_kg = matrix.pivot(index="kavel", columns="rekenpunt", values="per_kg").fillna(0.0)
    national = outputs / "nederland.gpkg"
    compared = bound = 0
    for unit, packages in [(path.stem, [path]) for path in units(outputs)] + [("nederland", units(outputs))]:
        rows = layer(national, "gezamenlijke_ruimte").query(f"cluster == {unit!r}")
        # No receptor may bind at all: then there is no such table.
        binds = layer(national, "bindende_rekenpunten").reindex(columns=BINDS).query(f"cluster == {unit!r}")
        for row in rows.itertuples():
            plots = usable_plots(packages, row.activiteit, row.jaar)
            known = plots[plots.index.isin(per_kg.index)]
            adds = per_kg.loc[known.index].to_numpy() * activities()[row.activiteit]["emission_kg_ha"]
            limit = headroom[per_kg.columns].to_numpy()
            with np.errstate(divide="ignore"):
                alone = np.minimum(known.to_numpy(), (limit / adds).min(axis=1))
            # A price per receptor and per plot, so that each hectare is paid for.
            count = len(limit)
            solved = linprog(
                np.concatenate([limit, known.to_numpy()]),
                A_ub=-np.hstack([adds, np.eye(len(known))]),
                b_ub=-np.ones(len(known)),
                bounds=(0, None),
            )
            wanted = [known.sum(), plots.sum() - known.sum(), alone.sum(), min(solved.fun, alone.sum())]
            ours = [row.bruikbaar_ha, row.niet_in_matrix_ha, row.ieder_voor_zich_ha, row.samen_ha]
            assert ours == pytest.approx(wanted, abs=5e-3), (unit, row)
            price = dict(zip(per_kg.columns, solved.x[:count], strict=True))
            listed = binds[(binds["activiteit"] == row.activiteit) & (binds["jaar"] == row.jaar)]
            listed_price = listed.set_index("rekenpunt")["schaduwprijs_ha"].to_dict()
            assert listed_price == pytest.approx({name: ha for name, ha in price.items() if ha > 1e-6}, abs=1e-3)
            assert (listed["ruimte_rekenpunt"] == listed["rekenpunt"].map(headroom)).all()
            compared, bound = compared + 1, bound + len(listed)
    assert is_enough(compared, 10) and (bound >= 1 or IS_OTHER_DRAW)
