"""The store of tables: what was written comes back as it was, in the CRS that its file names."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
from geopandas.testing import assert_geodataframe_equal
from squared_paper import holdings, square

from layers.errors import ConfigRefusal
from pipeline.storage.store import Store


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    drawn, store = holdings(a=square(0, 0), b=square(3, 0)), Store(tmp_path)
    store.save("resolve", "west", "holdings", drawn)
    assert_geodataframe_equal(gpd.GeoDataFrame(store.load("resolve", "west", "holdings")), drawn)


def test_a_table_has_the_crs_that_its_file_names_and_is_refused_without(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.place("resolve", "west", "holdings")
    path.parent.mkdir(parents=True)
    holdings(a=square(0, 0)).to_crs(4258).to_parquet(path, index=False)
    assert store.load("resolve", "west", "holdings").crs == "EPSG:4258"
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    with pytest.raises(ConfigRefusal, match="damaged"):
        store.load("resolve", "west", "holdings")


def test_a_folder_whose_run_could_not_write_its_name_is_held_all_the_same(tmp_path: Path) -> None:
    """A full disk: what needs nothing written goes on, and a worker that knows no name of the run writes nothing."""
    resource = pytest.importorskip("resource")
    with Store(tmp_path).alone():
        pass
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with Store(tmp_path).alone() as name, pytest.raises(ConfigRefusal, match="has ended"):
            Store(tmp_path, run=name).still_held()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
