"""Kernels: what is compiled on a first run is told as it goes."""

from __future__ import annotations

import numba

from pipeline.kernels import numba_cache as kernels


def test_every_kernel_that_is_compiled_is_told() -> None:
    """One that calls another: two; called again with the same kind of number: none."""
    inner = numba.njit(lambda x: x + 1)
    outer = numba.njit(lambda x: inner(x) * 2)
    told: list[int] = []
    with kernels.watched(told.append):
        assert outer(1) == 4
        assert told == [1, 2]
        assert outer(3) == 8
    outer(1.5)
    assert told == [1, 2]
