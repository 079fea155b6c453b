"""What is said of rows and words that are refused: grouped, with the values that stand there and how often."""

import pandas as pd

from layers.glossary import dutch_choice, english_choice
from layers.layer import Layer
from layers.sentences import JoinedSentences, Sentence
from pipeline.project.source import SourceConfig

MOST_EXAMPLES = 8


def faults_in_words(refused: pd.DataFrame) -> list[str]:
    """A sentence for each fault of each field of these rows of `refused`."""
    groups = list(refused.groupby(["field", "reason"], sort=False))
    shown: list[str] = [
        _fault_in_words(str(field), str(reason), rows) for (field, reason), rows in groups[:MOST_EXAMPLES]
    ]
    others = len(groups) - MOST_EXAMPLES
    return shown + ([Sentence("and {count} faults more", count=others)] if others > 0 else [])


def _fault_in_words(field: str, reason: str, rows: pd.DataFrame) -> Sentence:
    """One fault of one field: in which rows, and what stands there, each with how often."""
    places = rows[["row", "file"]].drop_duplicates()
    several = places["file"].nunique() > 1
    numbers = [f"{row} ({file})" if several else str(row) for row, file in places.itertuples(index=False)]
    is_single = len(numbers) == 1
    place = Sentence("row {row}", row=numbers[0]) if is_single else Sentence("{count} rows", count=len(numbers))
    findings = _values_in_words(rows["finding"].dropna().value_counts(sort=True), is_ours=field == "geometry")
    more = Sentence(", and {count} more", count=len(numbers) - MOST_EXAMPLES) if len(numbers) > MOST_EXAMPLES else ""
    first = ", ".join(numbers[:MOST_EXAMPLES])
    listed = "" if is_single else Sentence(" (rows {rows}{more})", rows=first, more=more)
    return Sentence(
        "{place}, field '{field}': {reason}{findings}{listed}",
        place=place,
        field=field,
        reason=reason,
        findings=findings,
        listed=listed,
    )


def _values_in_words(counts: pd.Series, *, is_ours: bool) -> str:
    """What stands in rows, the most frequent first; of shapes that is a reason of ours."""
    if not len(counts):
        return ""
    values = [
        JoinedSentences(
            "",
            [
                Sentence("'{reason}'", reason=value) if is_ours else repr(value),
                Sentence(" ({count} times)", count=count) if count > 1 else "",
            ],
        )
        for value, count in counts.head(MOST_EXAMPLES).items()
    ]
    others = len(counts) - MOST_EXAMPLES
    more = Sentence(" and {count} other values", count=others) if others > 0 else ""
    return Sentence(", found {values}{more}", values=JoinedSentences(", ", values), more=more)


def foreign_words(card: SourceConfig, layer: Layer) -> tuple[list[str], str]:
    """What `values` of a card would translate to and is no word of the column; and which words are, as one types them.

    English words are taken as well: those of the layer itself.
    """
    choices = {name: layer.columns[name].choices for name in card.values if name in layer.columns}
    foreign = {
        name: [
            word for word in card.values[name].values() if allowed and word and english_choice(word, allowed) is None
        ]
        for name, allowed in choices.items()
    }
    meanings: list[str] = [
        Sentence("{word!r} for '{name}'", word=word, name=name) for name, words in foreign.items() for word in words
    ]
    allowed_words = {name: [dutch_choice(choice) for choice in choices[name]] for name in foreign if foreign[name]}
    return meanings, JoinedSentences(
        "; ", (Sentence("for '{name}' one of {words}", name=name, words=words) for name, words in allowed_words.items())
    )
