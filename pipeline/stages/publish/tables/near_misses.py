"""What land is short of, in a sentence: 0,7 ha te klein; kade 5,1 m diep waar 7,0 m is gevraagd."""

from typing import Any

import geopandas as gpd

from layers.units import M2_PER_HA
from pipeline.stages.publish.text.translate import dutch_number


def near_miss_overview(misses: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Near misses (EPSG:28992), each with a sentence."""
    return misses.assign(narrative=[sentence(row) for row in misses.to_dict("records")])


def sentence(row: dict[str, Any]) -> str:
    """What a patch is short of (ha, m), each with what it has and what is asked."""
    quay = f"{dutch_number(row['required_quay_m'], 0)} m is gevraagd"
    draught = f"{dutch_number(row['required_draught_m'], 1)} m is gevraagd"
    # Of what is not asked, or not known, the number is nan: the land is not short of that, and it is not told.
    words = {
        "area": f"{_apart((row['required_area_m2'] - row['area_m2']) / M2_PER_HA, 0.0, 2)} ha te klein",
        "width": (
            f"{_apart(row['patch_width_m'], row['required_width_m'])} m breed waar "
            f"{dutch_number(row['required_width_m'], 0)} m is gevraagd"
        ),
        "quay": f"{_apart(row['patch_quay_m'], row['required_quay_m'])} m kade waar {quay}",
        "draught": f"kade {dutch_number(row['patch_draught_m'], 1)} m diep waar {draught}",
        "quay_unknown": f"kade niet bekend, {quay}",
        "draught_unknown": f"diepgang aan de kade niet bekend, {draught}",
    }
    text = "; ".join(words[name] for name in str(row["short_of"]).split(" "))
    return f"{text[0].upper()}{text[1:]}."


def _apart(value: float, required: float, decimals: int = 0) -> str:
    """A number with as many decimals (four at most) as tell it from what is asked."""
    while decimals < 4 and round(value, decimals) == round(required, decimals):
        decimals += 1
    return dutch_number(value, decimals)
