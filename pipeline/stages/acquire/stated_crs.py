"""The coordinate system of a file: as its card says where the file is silent or its definition has no authority."""

import pyproj
from pyproj.exceptions import CRSError

from layers.errors import ConfigRefusal
from pipeline.project.source import SourceConfig
from pipeline.spatial.coordinate_systems import has_authority, is_same


def stated_crs(card: SourceConfig, in_file: pyproj.CRS | None) -> pyproj.CRS | None:
    """The coordinate system of a file; refused where the card and a file with one that has a code disagree."""
    if card.crs is None:
        return in_file
    try:
        stated = pyproj.CRS(card.crs)
    except CRSError:
        raise ConfigRefusal(
            f"source '{card.name}'", actual=f"crs {card.crs!r}", expected="a code such as EPSG:28992"
        ) from None
    if in_file is not None and has_authority(in_file) and not is_same(stated, in_file):
        raise ConfigRefusal(
            f"source '{card.name}', file '{card.path}'",
            actual=f"crs {card.crs} in the card, {in_file.name} in the file",
            expected="a CRS in the card only where the file has none, or one without a code",
            todo="leave `crs` out, or correct the file",
        )
    return stated
