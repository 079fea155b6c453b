"""Numbers as a Dutch reader writes them: with a decimal comma, land in hectares."""

from layers.units import M2_PER_HA


def dutch_number(value: float, decimals: int | None = None) -> str:
    """A number with so many decimals, or with those that it needs."""
    return (f"{value:g}" if decimals is None else f"{value:.{decimals}f}").replace(".", ",")


def dutch_ha(m2: float, decimals: int = 2) -> str:
    """An area in m2 as hectares with their unit."""
    return f"{dutch_number(m2 / M2_PER_HA, decimals)} ha"
