"""Meten: what can be measured of each plot? The verb is in `facts`; kernels stand beside it, and import no tables."""
