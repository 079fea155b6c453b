"""Write the rows of a figures.csv that git watches: python tests/figures/watch.py outputs/figures.csv"""

import csv
import sys
from pathlib import Path

MEASURES = {"waterfall", "holding", "sites", "supply", "paper_vacancy", "renewal_ends", "conflict"}
PROFILES = {"all", "general_industry", "circular_storage", "electrolyser"}

with Path(sys.argv[1]).open(encoding="utf-8", newline="") as lines:
    header, *rows = csv.reader(lines)
watched = [row for row in rows if row[header.index("measure")] in MEASURES and row[header.index("profile")] in PROFILES]
with Path(__file__).with_name("proefpolder.csv").open("w", encoding="utf-8", newline="") as lines:
    csv.writer(lines, lineterminator="\n").writerows([header, *watched])
