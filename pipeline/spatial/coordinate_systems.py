"""Coordinate systems: which of them is RD New by its parameters, and how coordinates of any other get there."""

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyproj
from pyproj.crs import Datum
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import Transformer, TransformerGroup

from layers.errors import SourceRefusal

pyproj.network.set_network_enabled(False)

RD_CODE = 28992
# Places around the Netherlands (degrees) at which the projection of another system must give the metres of RD New.
LONGITUDES, LATITUDES = np.array([3.2, 3.2, 7.3, 7.3, 5.4]), np.array([50.7, 53.6, 50.7, 53.6, 52.2])
SAME_M = (
    0.05  # parameters that writers rounded move places by 2 cm at most; another ellipsoid or method by 12 m or more
)
ORIGIN_OF_RD = (155_000.0, 463_000.0)  # false easting and northing, in metres
# What a datum is called that says nothing beyond its ellipsoid.
NAMELESS = ("unknown", "not specified", "unspecified", "unnamed")
AMERSFOORT = "Amersfoort"
CORRECT_CRS = (  # a card overrules no file that names its system by a code
    'put the coordinate system right: in the card (crs = "EPSG:28992") where the file states none by a code, '
    "else in the file itself (QGIS: Assign Projection)"
)


@dataclass(frozen=True)
class Operation:
    """How coordinates were brought to RD New, and the accuracy in metres that PROJ states for it (None:
    none stated).
    """

    name: str
    accuracy_m: float | None


@dataclass(frozen=True)
class PathToRd:
    """The way from a coordinate system to RD New and back: by an operation of PROJ, or by the length of its unit in
    metres alone."""

    operation: Operation
    unit_m: float
    transformer: Transformer | None = None

    @property
    def moves_nothing(self) -> bool:
        """Whether coordinates are in RD New as they are."""
        return self.transformer is None and self.unit_m == 1.0

    def forward(self, xy: Any) -> Any:
        """Coordinates (rows of x and y) in RD New, in metres."""
        if self.transformer is None:
            return xy * self.unit_m
        return np.column_stack(self.transformer.transform(xy[:, 0], xy[:, 1]))

    def back(self, xy: Any) -> Any:
        """Coordinates of RD New (rows of x and y, metres) in the other system."""
        if self.transformer is None:
            return xy / self.unit_m
        return np.column_stack(self.transformer.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))


def horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """The part of a coordinate system that says where on the map."""
    flat = crs.to_2d() if len(crs.axis_info) > 2 else crs
    return next((part for part in flat.sub_crs_list if not part.is_vertical), flat)


def rd_unit_m(crs: pyproj.CRS) -> float | None:
    """The unit (m) of a system that is RD New by its projection and ellipsoid; None of any other.

    What stands beside them to bring it to WGS84 (+towgs84, a grid) counts for nothing: coordinates are what they are.
    """
    flat = horizontal(crs)
    plain = flat.source_crs if flat.is_bound else flat
    if plain is None or not plain.is_projected or not _may_be_amersfoort(plain):
        return None
    try:
        to_plane = Transformer.from_crs(plain.geodetic_crs, plain, always_xy=True)
    except ProjError:
        return None
    unit_m = float(plain.axis_info[0].unit_conversion_factor)
    places = np.column_stack(to_plane.transform(LONGITUDES, LATITUDES)) * unit_m
    return unit_m if bool((np.abs(places - _places_in_rd()) <= SAME_M).all()) else None


@cache
def _places_in_rd() -> Any:
    new = pyproj.CRS(RD_CODE)
    return np.column_stack(Transformer.from_crs(new.geodetic_crs, new, always_xy=True).transform(LONGITUDES, LATITUDES))


def _may_be_amersfoort(crs: pyproj.CRS) -> bool:
    """Whether the datum is that of RD New, or none that anybody else knows; its ellipsoid shows in the projection."""
    name = crs.datum.name if crs.datum is not None else ""
    try:
        known = Datum.from_name(name).name
    except CRSError:
        return True
    return bool(known == AMERSFOORT or known.casefold().startswith(NAMELESS))


def _has_origin_of_rd(crs: pyproj.CRS) -> bool:
    """Whether coordinates are counted from where those of RD New are: no other system does so."""
    numbers = [] if crs.coordinate_operation is None else [part.value for part in crs.coordinate_operation.params]
    return set(ORIGIN_OF_RD) <= {round(number, 3) for number in numbers}


def is_same(crs: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Whether two systems give a place the same coordinates: by code, by definition, or both RD New."""
    code = crs.to_epsg()
    if crs.equals(other, ignore_axis_order=True) or (code is not None and code == other.to_epsg()):
        return True
    return rd_unit_m(crs) == rd_unit_m(other) == 1.0


def has_authority(crs: pyproj.CRS) -> bool:
    """Whether somebody keeps this system under a code; a definition that a program wrote by itself has none."""
    return crs.to_authority(min_confidence=70) is not None


def path_to_rd(crs: pyproj.CRS) -> PathToRd:
    """The best way from a system to RD New. WGS84 is taken as ETRS89: PROJ knows no better path for it, and the two
    differ by decimetres."""
    unit_m = rd_unit_m(crs)
    if unit_m == 1.0:
        return PathToRd(Operation("none, already RD New", 0.0), 1.0)
    if unit_m is not None:
        return PathToRd(Operation(f"RD New in units of {unit_m:g} m, to metres", 0.0), unit_m)
    flat = horizontal(crs)
    if _has_origin_of_rd(flat):
        raise SourceRefusal(
            f"CRS '{flat.name}'",
            actual=f"the origin of RD New on another datum or projection ({flat.datum.name if flat.datum else 'none'})",
            expected="RD New; a shift by that datum would be one of about 100 m",
            todo="programs write it so into formats that do not know RD New, such as MapInfo; " + CORRECT_CRS,
        )
    is_wgs84 = flat.is_geographic and flat.datum is not None and "World Geodetic System 1984" in flat.datum.name
    source = pyproj.CRS(4258) if is_wgs84 else flat
    known: list[Transformer] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing grid shows in the accuracy, which is reported
        try:
            known = TransformerGroup(source, RD_CODE, always_xy=True, allow_ballpark=False).transformers
        except ProjError:  # drawings without a place on Earth
            known = []
    if not known:
        raise SourceRefusal(
            f"CRS '{flat.name}'",
            actual="no way to RD New",
            expected="a CRS of the Netherlands or Europe",
            todo="ask the supplier for RD New; or, if you are sure what it is, " + CORRECT_CRS,
        )
    best = known[0]
    name = best.description + (" (WGS84 taken as ETRS89)" if is_wgs84 else "")
    return PathToRd(Operation(name, best.accuracy if best.accuracy >= 0 else None), 1.0, best)
