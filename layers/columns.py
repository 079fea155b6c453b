"""Columns that stand in several tables under one name, and the closed lists of the result."""

from functools import partial

from layers.closed_lists import HOLDINGS, VERDICTS
from layers.column import Column

CASES = ("earliest", "latest")
EXPECTED = "expected"
BOTH = "both"
# Kinds of record, the strongest first.
EVIDENCE = ("override", "contract", "claim", "register", "ibis", "building", "land_use", "none")
CERTAINTIES = ("deed", "decision", "letter", "oral", "register", "observed", "unknown")
CONTRACT_CERTAINTIES = ("deed", "decision", "letter", "oral", "unknown")  # of these, what a contract may rest on
RULE_CERTAINTIES = ("C", "L", "U")  # certain, likely, unsure
STANDINGS = ("law", "guideline", "policy", "signal")
DIRECTIONS = ("onto", "from")
CLAIM_CERTAINTIES = ("decided", "likely", "explored", "unknown")  # the surest first
EXTENSION_RIGHTS = ("tenant", "mutual", "none", "unknown")
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
# Of these what a housing plan may hold.
HOUSING_KINDS = OBJECT_KINDS[:4]
# Kinds of residential area, for which the guideline distances differ.
AREA_KINDS = ("quiet", "mixed")
CATEGORIES = ("1", "2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "5.3", "6")
RIGHTS = ("ground_lease", "sublease", "superficies", "rent", "temporary_use", "option", "reservation")
# Rights that give use; the others only claim.
USE_RIGHTS = RIGHTS[:5]
# What joining two parts of a site costs, from cheap to dear; unsure: what lies there is to be looked up.
BRIDGE_COSTS = ("low", "medium", "high", "unsure")
# What an activity needs: power, process water, and other supplies, rail and roads.
THEMES_OF_NEEDS = ("grid", "industrial_water", "facilities")
THEMES = (
    *("physical", "noise", "safety", "nitrogen", "air", "housing", "water", "energy", "nature"),
    *THEMES_OF_NEEDS,
)
# What room for an activity follows from: the theme of each rule, and the category of the plan.
ASPECTS = (*THEMES, "land_use_plan")

CLUSTER_KINDS = ("cluster", "cluster_6")  # one of the five, or a site of the scattered sixth

# All business land of the Netherlands: no plot and no contract has more.
MOST_M2 = 1_000_000_000

# Columns by what they hold; the meaning in English and the title in Dutch come first.
text = partial(Column, "str")
flag = partial(Column, "bool")
day = partial(Column, "date")
number = partial(Column, "float")
integer = partial(Column, "int")
area = partial(number, unit="m2", minimum=0)
length = partial(number, unit="m", minimum=0)
share = partial(number, unit="0-1", minimum=0, maximum=1)
count = partial(integer, minimum=0)
year = partial(integer, unit="year", minimum=1900, maximum=2200)
# The same, where a cell may be empty.
optional_text = partial(text, optional=True)
optional_flag = partial(flag, optional=True)
optional_day = partial(day, optional=True)
optional_number = partial(number, optional=True)
optional_integer = partial(integer, optional=True)
optional_area = partial(area, optional=True)
optional_length = partial(length, optional=True)
optional_share = partial(share, optional=True)
optional_count = partial(count, optional=True)
optional_year = partial(year, optional=True)

CASE_OR_BOTH = text("case, or both where it makes no difference", "Geval", choices=(*CASES, EXPECTED, BOTH))
EARLIEST = optional_day(
    "first day it can be free if no extension is called; empty is not known or never",
    "Vrij zonder verlengingen",
)


def tenure_status(title: str = "Uitgifte en gebruik") -> Column:
    """Who has it: one of the closed list of holdings."""
    return text("who has the land, as far as evidence goes", title, choices=HOLDINGS)


def verdict(title: str = "Oordeel") -> Column:
    """What holding, room and shape come to; one of the closed list of verdicts."""
    return text("what holding, room and shape come to for an activity", title, choices=VERDICTS)


def distance(to: str, title: str) -> Column:
    """Distance in metres as the crow flies; empty where the layer is not supplied."""
    return optional_length(f"distance to {to}, as the crow flies", title)


SHARED = {
    "cluster_id": text("slug of the cluster", "Cluster"),
    "parcel_id": text("plot that it is part of", "Kavel"),
    "holding_id": text("key of the holding: part of a plot under one set of rights", "Vlak van uitgifte en gebruik"),
    "piece_id": text("key of the piece: part of a holding on which no reason changes", "Deelvlak"),
    "combination_id": text("set of zones that cover the piece, named by a digest of their keys", "Combinatie"),
    "profile": text("activity profile, as in config/profiles.toml", "Activiteit"),
    "year": year("the year of the reference date, or a horizon", "Jaar"),
    "case": text("earliest: no extension or option is called; latest: all are", "Geval", choices=CASES),
    "area_m2": area("area", "Oppervlakte"),
    "tenure_status": tenure_status(),
    "verdict": verdict(),
    "decided_by": text("kind of record that decides", "Volgens", choices=EVIDENCE),
    "available_earliest": EARLIEST,
    "available_latest": optional_day(
        "first day it can be free if all extensions are called; empty is not known or never",
        "Vrij met alle verlengingen",
    ),
    "available_expected": optional_day(
        "first day on which it is more likely free than not, by the chances of the card; empty is not known, "
        "never, or no chances given",
        "Vrij naar verwachting",
    ),
    "contract_id": text("key of the contract", "Contract", confidential=True),
    "right_type": text("kind of right", "Soort recht", choices=RIGHTS),
    "holder": optional_text("who holds the right", "Houder", confidential=True),
    "plan_category": text("highest nuisance category of the plan, or unknown", "Milieucategorie volgens plan"),
    "plan_id": text("key of the plan", "Plan-id"),
    "plan_name": optional_text("name of the plan", "Plannaam"),
    "receptor_id": text("key of the point", "Rekenpunt"),
    "source": text("name of the source card", "Bron"),
    "site_name": optional_text("name of the site", "Terrein"),
    "extension_right": text("who can call the extension", "Recht op verlenging", choices=EXTENSION_RIGHTS),
    "from_year": optional_year("first year in which it holds", "Geldig vanaf"),
    "to_year": optional_year("last year in which it holds", "Geldig tot"),
    "voltage_kv": optional_number("highest voltage", "Spanning", unit="kV", minimum=1, maximum=1200),
    "strip_m": optional_number("half the width of the strip", "Halve strook", unit="m", minimum=0.5, maximum=500),
    "headroom": number("what may still be added", "Ruimte", minimum=0),
}

# Rows of a register say which of its files they are of.
OF_SOURCE = {"source": optional_text("source card that the row is of", "Bron")}


def shared(*names: str) -> dict[str, Column]:
    """Columns that stand in several tables under one name, by that name."""
    return {name: SHARED[name] for name in names}
