"""What is free while users move is what the supply curve of the same file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.published import SUMS, layer

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext


def test_what_is_free_meanwhile_is_supply(proefpolder: RunContext) -> None:
    """In a year in which nobody moves all of it, else no more than that."""
    package = proefpolder.store.outputs / "nederland.gpkg"
    supply = layer(package, "aanbod").set_index(["cluster", "jaar"])
    rows = layer(package, "dubbel_ruimtebeslag")
    assert len(rows) == 2 * len(supply) and (rows["aantal"] > 0).any()
    for row in rows[~rows["cluster"].isin(SUMS)].itertuples():
        free_ha = supply.loc[(row.cluster, row.jaar), f"vrij_{row.geval}_ha"]
        assert row.intussen_vrij_ha <= free_ha + 1e-3, row
        assert row.aantal or abs(row.intussen_vrij_ha - free_ha) <= 1e-3, row
