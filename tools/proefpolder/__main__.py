"""Write the invented data of the example project: python -m tools.proefpolder [FOLDER] [--seed N].

Nothing here describes a real place: it lies where the Markerwaard was never made. The files come in the formats that
offices really send, with some of the faults that they really have:

kavels.gpkg            a plot drawn as a bow-tie; two plots that overlap; a registered area that is 30 % off
uitgifte.xlsx          title rows above the header; empty statuses; a plot that is on no map
contracten.csv         cp1252; decimal commas; 31-12-9999 and 'eeuwigdurend'; one row twice; a contract that ends before
                       it begins; an unknown plot; master leases; several plots in one cell
contractvlakken        a polygon that crosses the edge of its plot by a hand's width
bgt.fgb                use without a building; a tank on a plot that is free on paper
ibis.csv               a year behind the register on some plots
panden.gpkg            heights in the third coordinate; demolished buildings
geluid.tif             tenths of a decibel, and no data along one side
veiligheid.geojson     a placeholder area, an expired contour, a line among polygons, a misspelt kind, a contour that
                       stands there twice under two keys, a closed line that is an area
waterdiepte.tif        no data outside the dikes: not known, not dry
"""

import argparse
import json
import random
import sys
from pathlib import Path

import pyogrio

from tools.proefpolder import buildings, contracts, drawn, energy, grids, homes, nitrogen, parcels, safety
from tools.proefpolder.places import SEED, chance_row, use_seed

DATA = Path(__file__).parents[2] / "config" / "proefpolder" / "data"


def main(folder: Path) -> None:
    """Write every file of the example into a folder."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-10-01T00:00:00Z"})
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    _write_holdings(chance_row(), folder)
    for write in (
        drawn.write_drawn,
        drawn.write_boundaries,
        drawn.write_attention_area,
        drawn.write_pipelines,
        grids.write_levels,
        grids.write_grids,
    ):
        write(folder)
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    sys.stdout.write(json.dumps({"bytes": sum(sizes.values()), **sizes}, indent=1) + "\n")


def _write_holdings(chance: random.Random, folder: Path) -> None:
    """Files that depend on the plots, or that draw from one row of random numbers: their order is part of the data."""
    land = parcels.draw_parcels(chance)
    parcels.write_parcels(land, folder)
    statuses = parcels.statuses(land)
    parcels.write_register(land, statuses, chance, folder)
    parcels.write_inventory(land, statuses, folder)
    leases = contracts.write_leases(land, chance, folder)
    contracts.write_polygons(land, leases, folder)
    buildings.write_use(land, buildings.write_buildings(land, chance, folder), folder)
    safety.write_safety(land, chance, folder)
    homes.write_homes(chance, folder)
    energy.write_energy_claims(land, folder)
    nitrogen.write_nitrogen(land, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the invented data of the example project.")
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--seed", type=int, default=SEED, help="another draw of the same place, to test with")
    given = parser.parse_args()
    use_seed(given.seed)
    main(given.folder)
