"""Drawings (DXF): how many things in them GDAL passes by, of which it says nothing."""

import re

# Kinds of things of which GDAL makes features; hatches are areas, blocks are drawn where they are inserted.
READ = {
    *(b"POINT", b"LINE", b"POLYLINE", b"LWPOLYLINE", b"CIRCLE", b"ELLIPSE", b"ARC", b"SPLINE", b"HELIX", b"MLINE"),
    *(b"3DFACE", b"SOLID", b"TRACE", b"HATCH", b"TEXT", b"ATTRIB", b"ATTDEF", b"MTEXT", b"DIMENSION", b"INSERT"),
    *(b"LEADER", b"MULTILEADER", b"3DSOLID", b"REGION", b"BODY", b"SURFACE"),
}
# Parts of others, and windows on the drawing.
NO_THINGS = {b"VERTEX", b"SEQEND", b"VIEWPORT", b"SECTION", b"ENDSEC"}
ENTITIES = re.compile(rb"\s2\s+ENTITIES[ \t]*\r?\n(.*?)\r?\n[ \t]*0[ \t]*\r?\n[ \t]*ENDSEC", re.DOTALL)


def unread_entities(content: bytes) -> int:
    """The number of things in the drawing that become no feature, such as proxies of other programs and images."""
    section = ENTITIES.search(content)
    # A code and what it stands for, each on a line; what begins a thing has code 0.
    lines = [line.strip() for line in section[1].split(b"\n")] if section else []
    kinds = [kind for code, kind in zip(lines[::2], lines[1::2], strict=False) if code == b"0"]
    return sum(kind not in READ | NO_THINGS for kind in kinds)
