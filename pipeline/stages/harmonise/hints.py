"""What one can do about rows that are refused, in words."""

from pipeline.spatial.coordinate_systems import CORRECT_CRS
from pipeline.stages.harmonise.convert import ROUNDED_KEY

# What one can do about faults, by the words with which their reason begins.
HINTS = {
    "not one of": 'translate words of your own in the card with values = { column = { word = "..." } }',
    ROUNDED_KEY: "give the column of keys as text in the spreadsheet, and export it anew",
    "outside the Netherlands": f"{CORRECT_CRS}; or, where other rows lie well, take a part in the card: those near the "
    'clusters with clip = "clusters + 5 km", those in a place of your own with bbox = [...], or box = "north_sea"',
    "a formula": "open the workbook in Excel or LibreOffice and save it: that computes its formulas",
    "not a number": 'the signs of numbers in the card: csv = { decimal = ",", thousands = "." }, of a workbook '
    'xlsx = { sheet = "...", decimal = ",", thousands = "." }',
    "not a": 'words for what is not known, such as NULL or n.v.t., in the card with empty_words = ["NULL", "n.v.t."]',
    "key stands there more than once": "where such rows are parts of one thing, join them in the card: of shapes "
    'dissolve_on = "KEY", of contracts together = "slices" (in time), "shares" (of tenants) or "parts" (of the area)',
    "": "mend the rows in the source; or let some go with max_refused = ...: "
    "the land that they might restrict is then unknown",
}
# Of the corrections, which a user writes without a card of their own.
HINT_ON_CORRECTIONS = (
    "mend these rows in overrides.csv: a word as listed, a last day as 2026-12-31, who and why, "
    "each plot or contract once"
)
