"""Sentences that can be said in another language: a template with what stands in it, and sentences put together.

Each is plain text in English wherever text is due; `layers/glossary.py` says it in Dutch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Sentence(str):
    """A template with its values, in English; values that are sentences are said in the other language as well."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Sentence:
        """The text, that remembers what it was written from."""
        sentence = super().__new__(cls, template.format(**values))
        sentence.template, sentence.values = template, values
        return sentence

    def __reduce__(self) -> tuple[Callable[..., Sentence], tuple[Any, ...]]:
        """Whole again on the other side of a process border."""
        return _sentence, (self.template, self.values)


class JoinedSentences(str):
    """Sentences with a separator between them."""

    separator: str
    parts: tuple[str, ...]

    def __new__(cls, separator: str, parts: Iterable[str]) -> JoinedSentences:
        """The parts that are not empty as one text, that remembers them."""
        present = tuple(part for part in parts if part)
        joined = super().__new__(cls, separator.join(present))
        joined.separator, joined.parts = separator, present
        return joined

    def __reduce__(self) -> tuple[Callable[..., JoinedSentences], tuple[Any, ...]]:
        """Whole again on the other side of a process border."""
        return JoinedSentences, (self.separator, self.parts)


def _sentence(template: str, values: dict[str, Any]) -> Sentence:
    return Sentence(template, **values)
