"""Columns that stand in several tables under one name, and the closed lists of the result."""

from layers.closed_lists import HOLDINGS, VERDICTS
from layers.layer import Column

CASES = ("earliest", "latest")
EXPECTED = "expected"
BOTH = "both"
# Kinds of record, the strongest first.
EVIDENCE = ("override", "contract", "claim", "register", "ibis", "building", "land_use", "none")
CERTAINTIES = ("deed", "decision", "letter", "oral", "register", "observed", "unknown")
EFFECTS = ("blocks", "unknown", "conditional", "attention", "none")
# What an activity puts on the ground, in the terms of the rules on external safety and noise (Bkl, annex VI).
OBJECT_KINDS = (
    "dwelling",
    "scattered_dwelling",
    "very_vulnerable_building",
    "vulnerable_building",
    "limited_vulnerable_building",
    "office",
    "manned_installation",
    "unmanned_installation",
    "storage",
)
# Kinds of residential area, for which the guideline distances differ.
AREA_KINDS = ("quiet", "mixed")
CATEGORIES = ("1", "2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "5.3", "6")
RIGHTS = ("ground_lease", "sublease", "superficies", "rent", "temporary_use", "option", "reservation")
# Rights that give use; the others only claim.
USE_RIGHTS = RIGHTS[:5]
# What joining two parts of a site costs, from cheap to dear; unsure: what lies there is to be looked up.
BRIDGE_COSTS = ("low", "medium", "high", "unsure")
THEMES = ("physical", "noise", "safety", "nitrogen", "air", "housing", "water", "energy", "nature")

CLUSTER = Column("str", "slug of the cluster", "Cluster")
PARCEL = Column("str", "plot that it is part of", "Kavel")
HOLDING_ID = Column("str", "key of the holding: part of a plot under one set of rights", "Bezitsvlak")
PIECE = Column("str", "key of the piece: part of a holding on which no reason changes", "Deelvlak")
COMBINATION = Column("str", "set of zones that cover the piece, named by a digest of their keys", "Combinatie")
YEAR = Column("int", "the year of the reference date, or a horizon", "Jaar", unit="year", minimum=1900, maximum=2200)
CASE = Column("str", "earliest: no extension or option is called; latest: all are", "Geval", choices=CASES)
EVERY_CASE = Column(
    "str",
    "earliest: no extension or option is called; latest: all are; expected: by the chances that the card gives",
    "Geval",
    choices=(*CASES, EXPECTED),
)
CASE_OR_BOTH = Column("str", "case, or both where it makes no difference", "Geval", choices=(*CASES, EXPECTED, BOTH))
DECIDED_BY = Column("str", "kind of record that decides", "Volgens", choices=EVIDENCE)
CONTRACT = Column("str", "key of the contract", "Contract", optional=True, confidential=True)
PROFILE = Column("str", "activity profile, as in config/profiles.toml", "Activiteit")
AREA = Column("float", "area", "Oppervlakte", unit="m2", minimum=0)
EARLIEST = Column(
    "date",
    "first day it can be free if no extension is called; empty is not known or never",
    "Vrij op zijn vroegst",
    optional=True,
)
LATEST = Column(
    "date",
    "first day it can be free if all extensions are called; empty is not known or never",
    "Vrij op zijn laatst",
    optional=True,
)
LIKELY = Column(
    "date",
    "first day on which it is more likely free than not, by the chances of the card; empty is not known, "
    "never, or no chances given",
    "Vrij naar verwachting",
    optional=True,
)


def tenure_status(title: str = "Bezit") -> Column:
    """Who has it: one of the closed list of holdings."""
    return Column("str", "who has the land, as far as evidence goes", title, choices=HOLDINGS)


def verdict(title: str = "Oordeel") -> Column:
    """What holding, room and shape come to; one of the closed list of verdicts."""
    return Column("str", "what holding, room and shape come to for an activity", title, choices=VERDICTS)


def distance(to: str, title: str) -> Column:
    """Distance in metres as the crow flies; empty where the layer is not supplied."""
    return Column("float", f"distance to {to}, as the crow flies", title, unit="m", minimum=0, optional=True)
