"""Kernels: those that are compiled on a first run are counted as it goes."""

from __future__ import annotations

from pathlib import Path

import numba

from pipeline.kernels import numba_cache


def test_kernels_of_tests_are_stored_outside_the_tree_and_stay_for_the_next_session() -> None:
    folder = numba_cache.folder()
    assert folder is not None and Path(numba.config.CACHE_DIR) == folder
    assert Path(__file__).parents[1] not in folder.parents and folder.name.endswith(numba_cache.source_fingerprint())


def test_every_kernel_that_is_compiled_is_counted() -> None:
    """One that calls another: two; called again with the same kind of number: none."""
    inner = numba.njit(lambda x: x + 1)
    outer = numba.njit(lambda x: inner(x) * 2)
    counts: list[int] = []
    with numba_cache.watched(counts.append):
        assert outer(1) == 4
        assert counts == [1, 2]
        assert outer(3) == 8
    outer(1.5)
    assert counts == [1, 2]
