"""Who has a plot today in one line: by which right, until when, and until when an extension can be called."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.glossary import dutch_choice
from pipeline.stages.publish.text.parcel_story import Story
from pipeline.stages.publish.text.story_parts import PROOF, StoryRows, in_a_row
from pipeline.stages.publish.text.translate import dutch_day, dutch_ha

CLAIMS = ("option", "reservation")
LONGEST_NAME = 40  # signs of a holder


@dataclass(frozen=True)
class TenureWords:
    """Words on who has the land today: the right that decides on each holding; no names in the public edition."""

    story: Story
    rights: Mapping[str, Any]
    today: dt.date
    is_public: bool

    def lines(self, parcel: str, now: StoryRows) -> list[str]:
        """The line on the largest two holdings, and a shorter one on the largest alone; the rest is counted."""
        holdings = self.story.shown_holdings(parcel, now)
        states = {row.holding_id: row.tenure_status for row in now}
        texts = [self._holding(row, states[row.holding_id]) for row in holdings]
        if len(texts) == 1:
            return [f"{texts[0][0].upper()}{texts[0][1:]}."]
        parts = [f"op {dutch_ha(row.area_m2)} {text}" for row, text in zip(holdings, texts, strict=True)]
        lines = []
        for shown in (2, 1):
            left = len(parts) - shown
            rest = [f"en nog {left} {'deel' if left == 1 else 'delen'}"] if left else []
            text = "; ".join([*parts[:shown], *rest])
            lines.append(f"{text[0].upper()}{text[1:]}.")
        return lines

    def _holding(self, row: Any, state: str) -> str:
        if self.story.is_lifted(row.holding_id):
            return "telt in dit scenario als vrij"
        right = self.rights.get(row.holding_id) if row.decided_by in ("contract", "claim") else None
        if right is not None:
            about = self._right(right)
            return f"niet bekend wie deze grond nu heeft; {about}" if state == "unknown" else about
        if state == "unknown":
            return "niet bekend wie deze grond heeft"
        proof = f" volgens {PROOF[row.decided_by]}" if row.decided_by in PROOF else ""
        text = f"{dutch_choice(state)}{proof}"
        if state in ("free", "public_space"):
            return text
        whose = "" if state == "not_serviced" else "door wie"
        if pd.isna(row.available_earliest):
            return f"{text}; {in_a_row([*filter(None, [whose]), 'tot wanneer'])} is niet bekend"
        return "; ".join(
            [text, *([f"{whose} is niet bekend"] if whose else []), f"vrij per {dutch_day(row.available_earliest)}"]
        )

    def _right(self, right: Any) -> str:
        """`ondererfpacht van X tot en met 1 januari 2030; verlenging inroepen uiterlijk 1 juli 2028`."""
        text = f"{dutch_choice(right.right_type)}{self._holder(right)}"
        if pd.notna(right.starts_on) and right.starts_on.date() > self.today:
            text += f" vanaf {dutch_day(right.starts_on)}"
        if pd.isna(right.ends_on):
            text += " zonder bekend einde"
        elif right.ends_on.date() < self.today:
            text += f", afgelopen op {dutch_day(right.ends_on)}"
        else:
            text += f" tot en met {dutch_day(right.ends_on)}"
        return "; ".join([text, *self._extension(right)])

    def _holder(self, right: Any) -> str:
        if self.is_public:
            return ""
        if not isinstance(right.holder, str) or not right.holder:
            return " van een onbekende houder"
        name = right.holder if len(right.holder) <= LONGEST_NAME else f"{right.holder[: LONGEST_NAME - 3].rstrip()}..."
        return f" van {name}"

    def _extension(self, right: Any) -> list[str]:
        """What can still be done with an extension, and by when."""
        if right.right_type in CLAIMS:
            return []
        if right.is_noticed:
            return ["opgezegd"]
        if right.extension_right == "none":
            return ["geen recht op verlenging"]
        if right.extension_right == "unknown":
            return ["recht op verlenging niet bekend"]
        how = "verlenging in overleg" if right.extension_right == "mutual" else "verlenging inroepen"
        if pd.isna(right.last_notice_on):
            return [f"{how}, uiterste datum niet bekend"]
        if right.last_notice_on.date() < self.today:
            return [f"{how} kon tot en met {dutch_day(right.last_notice_on)}"]
        return [f"{how} uiterlijk {dutch_day(right.last_notice_on)}"]
