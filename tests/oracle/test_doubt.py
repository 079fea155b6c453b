"""Land of which it is not sure who has it: its m2 on a drawn site where each plot may be in doubt, for one reason or
another, and part of it may lie under the polygon of a contract that is sound."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from paper_port import port, settle
from squared_paper import lease, parcels, square

if TYPE_CHECKING:
    from pipeline.project.load import Project

RUNS = {"starts_on": "2000-01-01", "ends_on": "2050-12-31"}
TURNED = {"starts_on": "2040-01-01", "ends_on": "2030-12-31"}
OVER = {"starts_on": "2000-01-01", "ends_on": "2020-12-31"}
# How a plot comes into doubt, with words of what is told of it; and what leaves it sure.
DOUBTS = {
    "turned": "een contract op deze kavel spreekt zichzelf tegen",
    "lost": "een regel van een register die geen kavel of terrein vindt, lijkt deze kavel te noemen",
    "refused": "een geweigerde regel van een register noemt deze kavel",
}
WIDTHS = (0.0, 0.3, 0.75, 1.0)  # of the part of a plot under a sound contract


def registers(plots: list[tuple[str, float, str]]) -> dict[str, Any]:
    """A row of the contract register for each plot in doubt, and a polygon for each part under a sound contract."""
    rows, refused, polygons = [], [], []
    for number, (cause, width, _) in enumerate(plots):
        key = f"P-{number:02d}"
        if cause == "refused":
            place = {"source": "c", "layer": "ground_leases", "file": "c.csv", "row": number, "field": "E"}
            fault = {"reason": "empty", "outcome": "refused", "geometry": None}
            refused.append(place | fault | {"contract_id": f"C{number}", "parcel_id": key})
        elif cause != "none":
            days = {"turned": TURNED, "over": OVER}.get(cause, RUNS)
            rows.append(lease(f"C{number}", f"{key} A2" if cause == "lost" else key, "rent", **days))
        if width:
            rows.append(lease(f"S{number}", None, "rent", **RUNS))
            polygons.append({"contract_id": f"S{number}", "geometry": square(number, 0, width, 1)})
    status_rows = [
        {"parcel_id": f"P-{number:02d}", "issue_status": status} for number, (_, _, status) in enumerate(plots)
    ]
    return {"ground_leases": rows, "refused": refused, "lease_polygons": polygons, "issue_register": status_rows}


def test_land_in_doubt_is_what_no_sound_contract_has(rules: Project) -> None:
    """Of each plot in doubt that is on offer all but the land under a contract in force; of one that was issued none:
    it is in use whoever has it."""
    plots = list(product((*DOUBTS, "none", "over"), WIDTHS, ("available", "issued")))
    keys = {f"P-{number:02d}": square(number, 0) for number in range(len(plots))}
    land = square(0, 0, len(plots), 1)
    done = settle(rules, port(land, plots=parcels(**keys).assign(site_name="Haven"), **registers(plots)))
    rows = done["conflicts"].query("conflict_class == 'land_in_doubt'").fillna({"area_m2": 0.0})
    published = {row.subject: (row.finding, round(float(row.area_m2))) for row in rows.itertuples()}
    assert published == {
        f"P-{number:02d}": (DOUBTS[cause], round(10_000 * (1 - width)) if status == "available" else 0)
        for number, (cause, width, status) in enumerate(plots)
        if cause in DOUBTS
    }
