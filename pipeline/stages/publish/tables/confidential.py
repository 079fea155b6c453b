"""Which texts the contracts keep from the public edition, and the proof that it has
none of them.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd

from layers.derived import DERIVED
from layers.errors import ContractRefusal
from layers.glossary import choices
from layers.sources import TABLES
from pipeline.stages.publish.tables.confidential_columns import confidential_columns
from pipeline.stages.publish.tables.published_table import PublishedTable

SHORTEST_SECRET = 4
WHOLE_WORD = re.compile(r"\w+")


def confidential_values(tables: Mapping[str, pd.DataFrame], titles: Collection[str] = ()) -> dict[str, str]:
    """Every text that the contracts call confidential, with the column it stands in.

    Very short ones, and words that the published file speaks anyway (onbekend, the name of a site), cannot
    be told apart.
    """
    sites = [tables[name]["site_name"] for name in ("cluster_boundaries", "holdings") if name in tables]
    names = [site for column in sites for site in column.dropna()]
    spoken = {str(word).casefold() for word in [*choices(), *choices().values(), *titles, *names]}
    column_of_value: dict[str, str] = {}
    for name, layer in {**TABLES, "refused": DERIVED["refused"]}.items():
        for column in confidential_columns(layer) if name in tables else []:
            texts = tables[name][column].dropna().astype(str)
            secrets = [text for text in texts if len(text) >= SHORTEST_SECRET and text.casefold() not in spoken]
            column_of_value |= dict.fromkeys(secrets, f"{name}.{column}")
    return column_of_value


def prove_public(written: list[PublishedTable], secrets: Mapping[str, str]) -> None:
    """Refuse when a confidential value stands as such in any text."""
    # Of what stands in a text as such each word stands there as a whole: where its longest does it is searched for.
    by_word: dict[str, list[str]] = {}
    for secret in secrets:
        by_word.setdefault(max(WHOLE_WORD.findall(secret), key=len, default=""), []).append(secret)
    for sheet in written:
        for name, text in _texts(sheet.content):
            words = dict.fromkeys(["", *WHOLE_WORD.findall(text)])
            likely = (secret for word in words for secret in by_word.get(word, ()))
            leaked = next((secret for secret in likely if secret in text and _stands_in(secret, text)), None)
            if leaked is not None:
                raise ContractRefusal(
                    f"table '{sheet.name}', column '{name}'",
                    actual=f"a confidential value of {secrets[leaked]}",
                    expected="none in the public edition",
                    todo="take it out of the text in the source, or publish the internal edition",
                )


def _texts(content: pd.DataFrame) -> Iterator[tuple[Any, str]]:
    """Each text of a table once per column, with the name of the column."""
    for name, texts in content.drop(columns="geom", errors="ignore").items():
        if pd.api.types.is_string_dtype(texts) or texts.dtype == object:
            yield from ((name, text) for text in set(texts.dropna().astype(str)))


def _stands_in(secret: str, text: str) -> bool:
    """Whether it stands in a text as such, not as a part of a word."""
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) is not None
