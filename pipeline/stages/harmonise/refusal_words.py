"""What is said of rows and words that are refused: grouped, with the values that stand there and how often."""

import pandas as pd

from layers.glossary import dutch_choice, english_choice
from layers.layer import Layer
from pipeline.project.source import SourceConfig

MOST_EXAMPLES = 8


def faults_in_words(refused: pd.DataFrame) -> list[str]:
    """A sentence for each fault of each field of these rows of `refused`."""
    groups = list(refused.groupby(["field", "reason"], sort=False))
    shown = [_fault_in_words(str(field), str(reason), rows) for (field, reason), rows in groups[:MOST_EXAMPLES]]
    return shown + ([f"and {len(groups) - MOST_EXAMPLES} faults more"] if len(groups) > MOST_EXAMPLES else [])


def _fault_in_words(field: str, reason: str, rows: pd.DataFrame) -> str:
    """One fault of one field: in which rows, and what stands there, each with how often."""
    numbers = [str(row) for row in rows["row"].unique()]
    more = f", and {len(numbers) - MOST_EXAMPLES} more" if len(numbers) > MOST_EXAMPLES else ""
    place = f"row {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} rows"
    counts = rows["finding"].dropna().value_counts(sort=True)
    values = [repr(value) + (f" ({count} times)" if count > 1 else "") for value, count in counts.items()]
    others = f" and {len(values) - MOST_EXAMPLES} other values" if len(values) > MOST_EXAMPLES else ""
    findings = f", found {', '.join(values[:MOST_EXAMPLES])}{others}" if values else ""
    listed = f" (rows {', '.join(numbers[:MOST_EXAMPLES])}{more})" if len(numbers) > 1 else ""
    return f"{place}, field '{field}': {reason}{findings}{listed}"


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
    meanings = [f"{word!r} for '{name}'" for name, words in foreign.items() for word in words]
    allowed_words = {name: [dutch_choice(choice) for choice in choices[name]] for name in foreign if foreign[name]}
    return meanings, "; ".join(f"for '{name}' one of {words}" for name, words in allowed_words.items())
