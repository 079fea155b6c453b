"""QML: colours, patterns, labels, forms and tips of a layer as QGIS reads them; plain XML, no QGIS needed.

Templates hold the XML: `style` is the document (layer_styles), `qml` what it has in common with a layer of a project.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pipeline.stages.publish.styles.documents import qgis_document, qgis_tree
from pipeline.stages.publish.styles.style import Field, LayerStyle

GENERAL, MEASURES = "Algemeen", "Maten"
SHORT_FORM = 12  # up to this many columns, measures need no tab of their own


@cache
def qml(look: LayerStyle | None, fields: tuple[Field, ...]) -> str:
    """A style document: what opens when the layer is dragged into QGIS; of a table (no look) titles and form."""
    return qgis_document(qgis_tree("style.xml.j2", style=style_content(look, fields)))


def style_content(
    look: LayerStyle | None, fields: Sequence[Field], related: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """What the template tells of a layer: look, fields and form, label and tip; without a look those of a table.

    related: relations as (id, title).
    """
    places = {field.name: number for number, field in enumerate(fields, 1)}
    content = {"look": look, "fields": fields, "places": places, "tabs": tabs(fields), "related": related}
    if look is None:
        return content
    known = {field.name: field for field in fields}
    head = look.label or next(iter(look.tip), fields[0].name)
    label = look.label if look.label_words is None else _expression(look.label_words, known)
    return content | {"label": label, "head": f'"{head}"', "tip": _tip(look, known, head)}


def tabs(fields: Sequence[Field]) -> dict[str, list[Field]]:
    """The tabs of a form: what a row is, one for every year, and what was measured."""
    fields_by_tab: dict[str, list[Field]] = {}
    for field in fields:
        rest = MEASURES if field.is_measure and len(fields) > SHORT_FORM else GENERAL
        fields_by_tab.setdefault(str(field.year) if field.year else rest, []).append(field)
    order = (GENERAL, *sorted(tab for tab in fields_by_tab if tab.isdigit()), MEASURES)
    return {tab: fields_by_tab[tab] for tab in order if tab in fields_by_tab}


def _tip(look: LayerStyle, known: Mapping[str, Field], head: str) -> str:
    # QGIS shows a tip as HTML: titles are escaped here, and values by the expression itself.
    rows = [f"<b>{_plain(look.title)} [% {_safe(known[head])} %]</b>"]
    rows += [f"<b>{_plain(known[name].title)}:</b> [% {_safe(known[name])} %]" for name in look.tip if name != head]
    return f'<div style="max-width:420px">{"<br/>".join(rows)}</div>'


def _safe(field: Field) -> str:
    """An expression that tells a column with no mark-up of the data."""
    return f"replace(replace(replace({in_words(field)}, '&', '&amp;'), '<', '&lt;'), '\\n', '<br/>')"


def _expression(words: str, known: Mapping[str, Field]) -> str:
    """Words with columns in braces as one expression."""
    parts = re.split(r"\{(\w+)\}", words)  # words and columns by turns
    texts = [in_words(known[part]) if position % 2 else _quoted(part) for position, part in enumerate(parts) if part]
    return f"concat({', '.join(texts)})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{escaped}'"


def in_words(field: Field) -> str:
    """An expression that tells a column as a Dutch reader writes it: dates, decimals, and a dash for nothing."""
    value = f'to_string("{field.name}")'
    if field.kind == "float":
        value = f"replace(to_string(round(\"{field.name}\", 1)), '.', ',')"
    if field.kind == "date":
        value = f"format_date(\"{field.name}\", 'dd-MM-yyyy')"
    return f"coalesce({value}, '–')"


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
