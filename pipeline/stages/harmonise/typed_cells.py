"""The cells of a file as numbers, dates or yes and no, where a filter of its card compares them with such."""

import pandas as pd

from layers.errors import SourceRefusal
from layers.sentences import JoinedSentences, Sentence
from pipeline.project.filter_expressions import TypedColumn
from pipeline.project.raw_table import RawTable, column
from pipeline.project.source import FromColumnConfig, SourceConfig
from pipeline.stages.harmonise.convert import dates_of, flags_of, numbers_of

WRITE_IN_CARD = "write in the card: "
WANTED_IN_FILTER = {
    "number": ("a number", "see csv.decimal and csv.thousands"),
    "date": ("a date (yyyy-mm-dd, or in the form that the card names)", '[source.dates] "{name}" = "%d-%m-%Y"'),
    "flag": ("yes or no", "compare with text in quotes"),
}


def typed_cells(raw: RawTable, card: SourceConfig) -> TypedColumn:
    """The columns of a file by the kind of value that a filter asks; refused where a cell that is filled has none."""
    specs = [spec for spec in card.columns.values() if isinstance(spec, FromColumnConfig)]
    forms = {spec.from_: (spec.date, spec.first_year) for spec in specs}
    forms |= {name: (form, None) for name, form in card.dates.items()}

    def typed(name: str, kind: str | None) -> pd.Series:
        texts = column(raw.cells, name, card)
        if kind in (None, "text"):
            return texts
        if kind == "date":
            values = dates_of(texts, *forms.get(name, (None, None)))
        else:
            values = numbers_of(texts, card) if kind == "number" else flags_of(texts)
        odd = (texts.notna() & values.isna()).to_numpy()
        if odd.any():
            wanted, todo = WANTED_IN_FILTER[kind]
            first = odd.argmax()
            raise SourceRefusal(
                Sentence(
                    "source '{source}', file '{file}', field '{field}', which a filter of the card compares",
                    source=card.name,
                    file=raw.file_of(odd.argmax(), card),
                    field=name,
                ),
                actual=Sentence(
                    "{count} rows with something else, first row {row}: {value!r}",
                    count=odd.sum(),
                    row=raw.rows[first],
                    value=texts.iloc[first],
                ),
                expected=wanted,
                todo=JoinedSentences("", [WRITE_IN_CARD, Sentence(todo, name=name)]),
            )
        return values

    return typed
