"""Units that tables and people count in; inside the product lengths are m and areas m2."""

M2_PER_HA = 10_000.0


def enough_m2(hectares: float) -> float:
    """The m2 from which land has so many hectares: it is drawn to a millimetre, and told to a m2."""
    return hectares * M2_PER_HA - 0.5
