"""The folders that the path of a source counts from: the data folder, and further ones that project.toml names."""

from pathlib import Path
from typing import TypeAlias

Folders: TypeAlias = Path | tuple[Path, ...]


def each_folder(folders: Folders) -> tuple[Path, ...]:
    """These folders, the data folder first."""
    return (folders,) if isinstance(folders, Path) else folders
