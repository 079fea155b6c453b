"""Keys and texts of a TOML file with the place where each stands, so that it can be rewritten as it was typed."""

import re
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|#[^\n]*)"
    r'|(?P<long>"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!\'))'
    r"""|(?P<short>"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
    r"|(?P<bare>[\w+:-]+)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
QUOTES = {"long": 3, "short": 1, "bare": 0}


@dataclass(frozen=True)
class TomlWord:
    """A key, or a text as value, without quotes; path: the keys above it, and its own where it is a value."""

    path: tuple[str, ...]
    text: str
    start: int
    end: int
    is_key: bool


Tokens = deque[re.Match[str]]
TomlWords = Generator[TomlWord, None, tuple[str, ...]]


def toml_words(text: str) -> Iterator[TomlWord]:
    """Keys and texts of a file that is TOML, in order."""
    tokens = deque(token for token in TOKEN.finditer(text) if token.lastgroup != "blank")
    table: tuple[str, ...] = ()
    while tokens:
        if tokens[0][0] == "\n":
            tokens.popleft()
        elif tokens[0][0] == "[":
            _skip(tokens, "[")
            table = yield from _key(tokens, ())
            _skip(tokens, "]")
        else:
            yield from _pair(tokens, table)


def _skip(tokens: Tokens, signs: str) -> None:
    while tokens and tokens[0][0] in signs:
        tokens.popleft()


def _word(token: re.Match[str], path: tuple[str, ...], is_key: bool) -> TomlWord:
    quotes = QUOTES[str(token.lastgroup)]
    start, end = token.start() + quotes, token.end() - quotes
    return TomlWord(path, token.string[start:end], start, end, is_key)


def _key(tokens: Tokens, path: tuple[str, ...]) -> TomlWords:
    """The parts of a key with dots; returns the path with them."""
    while tokens[0][0] not in ("=", "]"):
        token = tokens.popleft()
        if token[0] != ".":
            word = _word(token, path, is_key=True)
            yield word
            path = (*path, word.text)
    return path


def _pair(tokens: Tokens, table: tuple[str, ...]) -> TomlWords:
    path = yield from _key(tokens, table)
    tokens.popleft()
    yield from _value(tokens, path)
    return path


def _value(tokens: Tokens, path: tuple[str, ...]) -> TomlWords:
    token = tokens.popleft()
    closing = {"[": "]", "{": "}"}.get(token[0])
    if token.lastgroup in ("long", "short"):
        yield _word(token, path, is_key=False)
    elif closing is None:  # a number, date or truth
        while tokens and tokens[0][0] not in (",", "]", "}", "\n"):
            tokens.popleft()
    else:
        _skip(tokens, ",\n")
        while tokens[0][0] != closing:
            yield from (_value if closing == "]" else _pair)(tokens, path)
            _skip(tokens, ",\n")
        tokens.popleft()
    return path
