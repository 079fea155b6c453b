"""Snijden: which part of which holding lies under which reasons? The verb is in `pieces`; kernels stand beside it, and import no tables."""
