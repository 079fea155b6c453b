"""What is released carries all that lies in the tree and a run may read: rules of the house, example, assets, words."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("config", "layers", "pipeline")
FILES = ("LICENSE", "README.md", "pyproject.toml")
# One of each kind, so that an empty tree proves nothing.
SAMPLES = {
    "config/project.toml",
    "config/effects.csv",
    "config/scenarios/kleinere_kavels.toml",
    "config/proefpolder/project.toml",
    "config/proefpolder/sources.lock",
    "config/proefpolder/sources/parcels.toml",
    "config/proefpolder/clusters/westhaven.toml",
    "config/proefpolder/data/kavels.gpkg",
    "config/proefpolder/data/aandachtsgebieden.gdb.zip",
    "layers/glossary.toml",
    "pipeline/stages/publish/report/web/maplibre/maplibre-gl.js",
    "pipeline/stages/publish/styles/templates/project.xml.j2",
}


def in_tree() -> set[str]:
    """The files of the folders that are released, without what Python and numba compiled."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of a copy of the tree, and the wheel that is built from this sdist."""
    tree = tmp_path_factory.mktemp("release")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    call = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tree / "dist"), str(tree)]
    done = subprocess.run(call, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return tree / "dist"


def test_the_wheel_is_what_lies_in_the_tree(released: Path) -> None:
    with zipfile.ZipFile(next(released.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        faults = [name for name in names if wheel.read(name) != (ROOT / name).read_bytes()]
    assert names == in_tree() and names >= SAMPLES and not faults


def test_the_sdist_holds_what_the_wheel_is_built_from(released: Path) -> None:
    with tarfile.open(next(released.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in (member.name for member in sdist.getmembers() if member.isfile())}
    assert names >= in_tree() | {*FILES}
