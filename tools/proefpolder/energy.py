"""Land that the energy system claims."""

from pathlib import Path

import geopandas as gpd
import shapely

from tools.proefpolder.files import write_vector


def write_energy_claims(land: gpd.GeoDataFrame, folder: Path) -> None:
    """energieclaims.geojson: land that the energy system claims, from decided to explored."""
    free = land[land["role"] == "free"]
    west, east = (free[free["site"] == site].geometry.to_numpy() for site in ("Westhaven", "Oosterpark"))
    taken = [shapely.convex_hull(shapely.union_all(plots)) for plots in (west[:12], east[:8], west[30:45])]
    claims = {
        "claim": ["EC1", "EC2", "EC3"],
        "naam": ["Hoogspanningsstation West", "Elektrolyse Oost", "Converter West"],
        "soort": ["station", "elektrolyser", "converterstation"],
        "zeker": ["besloten", "waarschijnlijk", "in verkenning"],
        "van": [2028, 2032, 2035],
    }
    write_vector(folder / "energieclaims.geojson", claims, taken)
