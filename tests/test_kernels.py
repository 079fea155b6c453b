"""Kernels: those that are compiled on a first run are counted as it goes."""

from __future__ import annotations

from pathlib import Path

import numba
import pytest

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


def test_kernels_of_an_install_that_cannot_be_written_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What set-up compiled serves a user who may not write where the tool is installed."""
    name = f"kernels-{numba_cache.source_fingerprint()}"
    installed = tmp_path / "tool" / "__pycache__" / name
    contents = {Path("a") / "cut.measured-1.nbi": b"index", Path("a") / "cut.measured-1.1.nbc": b"code"}
    for path, content in contents.items():
        (installed / path).parent.mkdir(parents=True, exist_ok=True)
        (installed / path).write_bytes(content)
    monkeypatch.setattr(numba_cache, "KERNELS", tmp_path / "tool" / "kernels")
    monkeypatch.setattr(numba_cache, "_user_folders", lambda: [tmp_path / "user"])
    writable = numba_cache._is_usable
    monkeypatch.setattr(numba_cache, "_is_usable", lambda place: place != installed and writable(place))
    monkeypatch.delenv(numba_cache.OTHER_FOLDER, raising=False)
    place = numba_cache.folder.__wrapped__()
    assert place == tmp_path / "user" / name
    assert {path.relative_to(place): path.read_bytes() for path in place.rglob("*.nb*")} == contents
