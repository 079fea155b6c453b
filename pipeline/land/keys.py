"""Keys of plots, sites and contracts as people type them: what counts as one key, and which keys a strange one is like.

Two spellings are one key when they are equal after NFKC, but for case, accents, blanks, dashes and the zeros before a
number; numbers stay apart (P-1-1 is not P-11). `G0000` at the end of a cadastral key says that it is land, and is no
part of it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

Groups = tuple[str, ...]
GROUP = re.compile(r"\d+|[^\W\d_]+")
# The end of a key that is no part of it; a spreadsheet writes a whole number as 12.0.
NO_PART = re.compile(r"(?<=\d)[\W_]*g[\W_]*0{4}$|^(?P<number>\d+)[.,]0$")
# What stands between the first and the last key of a range (also a dash between blanks), and between those of a list.
RANGE_WORDS = r"t\s*[/.]\s*m\.?|(?<![^\W\d_])(?:tm|tot en met|tot|to|through)(?![^\W\d_])|\.{2,}|\s[-‐-―−]+\s"
BETWEEN_KEYS = r"[,;/+&|\\\n]|(?<![^\W\d_])(?:en|and|plus|of|or|alsmede|alsook|evenals)(?![^\W\d_])"
# Numbers in a row after the words of a key, such as `P-02 03` or `P-02 (03)`; dashes and dots stand within a key.
ROW_OF_NUMBERS = re.compile(
    rf"(?:^|[^\W\d_])[\W_]*(\d+(?:(?:[\s()\[\]-]*(?:{RANGE_WORDS}|{BETWEEN_KEYS})[\s()\[\]-]*|[\s()\[\]]+)\d+)+)",
    re.IGNORECASE,
)
SCIENTIFIC = re.compile(r"(\d+)(?:[.,](\d+)[eE]\+?|[eE]\+)(\d+)")
DIGITS_OF_A_NUMBER = 15  # a spreadsheet holds no more of a number than these
LEAST_NAME, LIKENESS = (
    4,
    0.8,
)  # letters from which a name can stand in another; share of letters that names have in common
MOST_IN_RANGE = 10_000
# Words next to the number of a plot that are no part of its key, and a number too long for that of a site or a street.
PLOT_WORDS = re.compile(r"perc|kav|numm|plot|deel|(?:nrs?|no|pcl|kvl?|ged)$")
LONG_NUMBER = 3
FOOTNOTE_SIGNS = "*†‡"


def plain(text: str) -> str:
    """The text in NFKC, without footnote marks and signs that nobody sees."""
    text = "".join(" " if _is_footnote(sign) else sign for sign in text)
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")


def _is_footnote(sign: str) -> bool:
    """Whether a sign refers to a note: `P-1¹` is not P-11."""
    return sign in FOOTNOTE_SIGNS or unicodedata.decomposition(sign).startswith(("<super>", "<sub>"))


def _has_footnote(text: str) -> bool:
    return any(map(_is_footnote, text))


def groups_of(text: str) -> Groups:
    """Words and numbers of a text, in order, without case, accents and the zeros before a number."""
    letters = unicodedata.normalize("NFKD", plain(text).casefold())
    letters = "".join(sign for sign in letters if unicodedata.category(sign) != "Mn").strip()
    return tuple(
        str(int(group)) if group.isdecimal() else group for group in GROUP.findall(NO_PART.sub(r"\g<number>", letters))
    )


def joined(groups: Iterable[str]) -> Groups:
    """Groups with neighbouring words as one: blanks within a name say nothing."""
    whole: list[str] = []
    for group in groups:
        if whole and not group.isdecimal() and not whole[-1].isdecimal():
            whole[-1] += group
        else:
            whole.append(group)
    return tuple(whole)


def fold(text: str) -> Groups:
    """What is equal for two spellings of one key."""
    return joined(groups_of(text))


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet wrote a long number in powers of ten (3,63E+13), of which the last digits are lost."""
    return SCIENTIFIC.fullmatch(plain(text).strip()) is not None


def listed(text: str) -> list[str]:
    """The keys of a list, each written out: of `P-02+03` these are `P-02` and `P-03`, and of `P-12+3` also `P-13`."""
    keys: list[str] = []
    for part in re.split(f"(?:{RANGE_WORDS}|{BETWEEN_KEYS})", plain(text), flags=re.IGNORECASE):
        key = re.sub(r"^[\W_]+|[\W_]+$", "", part)
        if key:
            previous = keys[-1] if keys else ""
            keys += [_written_out(previous, number) for number in dict.fromkeys((key, _whole_number(previous, key)))]
    return keys


def _in_row(text: str) -> Iterator[str]:
    """The keys of numbers in a row, each with the words before the first of them."""
    for row in ROW_OF_NUMBERS.finditer(plain(text)):
        before, previous = plain(text)[: row.start(1)], ""
        for number in re.findall(r"\d+", row.group(1)):
            whole = _whole_number(previous, number)
            yield from (before + digits for digits in dict.fromkeys((number, whole)))
            previous = whole


def _whole_number(previous: str, part: str) -> str:
    """A part that begins with a shorter number than the key before it ends with, as last digits: 1235 for 1234/5."""
    last, digits = re.search(r"(\d+)\D*$", previous), re.match(r"\d+", part)
    left_out = len(last.group(1)) - len(digits.group()) if last and digits else 0
    return last.group(1)[:left_out] + part if last and left_out > 0 else part


def _written_out(previous: str, part: str) -> str:
    """A part of a list with what it leaves to the key before it: its words, or all but its last letter."""
    if part.isdecimal():
        return re.sub(r"\d+(?=\D*$)", part, previous) if re.search(r"[^\W\d_].*\d", previous) else part
    if len(part) == 1 and re.search(r"\d\s*[^\W\d_]$", previous):
        return previous[:-1] + part
    return part


def expanded(first: str, last: str) -> list[str] | None:
    """All keys from the first to the last, as the first is written; None where they are no two ends of a range."""
    before, after = plain(first).strip(), plain(last).strip()
    whole = _whole_number(before, after)
    if whole != after and not _is_last_digits(before, whole):
        return None
    ends = [fold(first), fold(_written_out(before, whole))]
    start = re.search(r"(\d+)\D*$", plain(first))
    if start is None or any(not end or not end[-1].isdecimal() for end in ends) or ends[0][:-1] != ends[1][:-1]:
        return None
    low, high = sorted(int(end[-1]) for end in ends)
    if high - low >= MOST_IN_RANGE:
        return None
    before, digits = plain(first)[: start.start(1)], start.group(1)
    return [f"{before}{number:0{len(digits)}}" for number in range(low, high + 1)]


def _is_last_digits(first: str, whole: str) -> bool:
    """Whether the end of a range can only be meant by its last digits: 1234 t/m 36, and not 12 t/m 3."""
    digits, number = re.findall(r"\d+", first)[-1], re.match(r"\d+", whole)
    return len(digits) >= LONG_NUMBER and number is not None and int(number.group()) >= int(digits)


def _range_ends(first: str, last: str) -> list[str]:
    """What the second end of a range may be, where it is shorter than the first."""
    whole = _whole_number(first, last)
    return [whole] if whole == last or _is_last_digits(first, whole) else [whole, last]


def _ranges(first: Groups, last: Groups, must_rise: bool) -> Iterator[list[Groups]]:
    """All keys from the last number (or letter) of one text to the first of another, by how much of the words before it
    belongs to the key, the most first; `must_rise`: where the first is higher it is no range."""
    places = [number for number, group in enumerate(first) if group.isdecimal() or len(group) == 1]
    lead = first[: places[-1]] if places else ()
    start = first[places[-1]] if places else ""
    for size in range(len(lead), -1, -1):
        # The other end repeats the words before its number, or leaves them out.
        end = last[size:] if last[:size] == lead[len(lead) - size :] else last
        if start and end and start.isdecimal() == end[0].isdecimal() and (start.isdecimal() or len(end[0]) == 1):
            ends = [int(side) if side.isdecimal() else ord(side) for side in (start, end[0])]
            low, high = ends if must_rise else sorted(ends)
            between = range(low, min(high, low + MOST_IN_RANGE) + 1)
            yield [(*lead[len(lead) - size :], str(n) if start.isdecimal() else chr(n)) for n in between]


class KeyIndex:
    """The keys that there are, to look up what others write."""

    def __init__(self, keys: Iterable[str]) -> None:
        """Take keys; nothing is worked out before it is needed."""
        self.keys = frozenset(keys)

    @cached_property
    def _by_fold(self) -> dict[Groups, list[str]]:
        return _grouped((fold(key), key) for key in sorted(self.keys))

    @cached_property
    def _by_end(self) -> dict[Groups, list[str]]:
        """Keys by what each begins or ends with, numbers among it."""
        return _grouped((end, key) for key in sorted(self.keys) for end in _ends(groups_of(key)))

    @cached_property
    def _by_look(self) -> dict[str, list[str]]:
        return _grouped((_look(key), key) for key in sorted(self.keys))

    def spellings(self, text: str) -> list[str]:
        """The keys that a text is another spelling of; a footnote may say that it is not quite that key."""
        keys = self._same(text)
        return [] if any(map(_has_footnote, (text, *keys))) else keys

    def _same(self, text: str) -> list[str]:
        return self._by_fold.get(fold(text), [])

    def read(self, text: str) -> str | None:
        """The one key that a text stands for; None where it stands for none, for two, or may be a list of several."""
        if text in self.keys:
            return text
        keys = self.spellings(text)
        parts = listed(text) if len(keys) == 1 else []
        is_list = len(parts) > 1 and any(self.spellings(part) for part in parts)
        return keys[0] if len(keys) == 1 and not is_list else None

    def resembling(self, text: str) -> set[str]:
        """Keys that a text which is none of them may be about.

        Those that it lists or has as a part, all from the first to the last of a range, those that it is a part of,
        that look the same (O and 0, P-1-1 and P-11), or that were a number whose last digits a spreadsheet lost."""
        if is_scientific(text):
            return set(self._rounded(text))
        if same := self._same(text):
            return {*same, *(key for part in listed(text) for key in self._same(part))}
        near = {key for part in (text, *listed(text), *_in_row(text)) for key in self._near(part)}
        near |= self._in_ranges(text).union(self._rounded(text))
        raised = unicodedata.normalize("NFKC", text) if not near and _has_footnote(text) else text
        return self.resembling(raised) if raised != text else near

    def _near(self, text: str) -> Iterator[str]:
        groups = groups_of(text)
        if same := self._same(text):
            yield from same
            return
        yield from self._by_end.get(joined(groups), [])
        yield from self._by_look.get(_look(text), [])
        covered: list[tuple[int, int]] = []
        # The longest first: of AMR03-H-1234 also H-1234 may be a key, and is not meant.
        for size in range(len(groups) - 1, 0, -1):
            for start in range(len(groups) - size + 1):
                part, end = groups[start : start + size], start + size
                is_within = any(low <= start and end <= high for low, high in covered)
                if not is_within and _names_something(part) and (keys := self._of_part(groups, start, end)):
                    covered.append((start, end))
                    yield from keys
        yield from self._written_together(text)

    def _of_part(self, groups: Groups, start: int, end: int) -> list[str]:
        """The keys that a part of a text is, else those that begin or end with it."""
        part = joined(groups[start:end])
        if keys := self._by_fold.get(part):
            return keys
        before, after = groups[:start], groups[end:]
        if len(part) == 1 and not _is_plot_number(before, part[0], after):
            return []
        is_last = not any(group.isdecimal() for group in after)  # of AMR03-K-99 AMR03 says nothing of a plot
        return [
            key
            for key in self._by_end.get(part, [])
            if (is_last and _begins(groups_of(key), part)) or _ends_after(groups_of(key), part, before)
        ]

    def _written_together(self, text: str) -> Iterator[str]:
        """The keys of which the numbers stand against each other, all of one width: P-01 and P-02 as P0102."""
        last = re.search(r"(\d+)\D*$", plain(text))
        before, digits = (plain(text)[: last.start(1)], last.group(1)) if last else ("", "")
        for width in range(2, len(digits) // 2 + 1):
            starts = range(0, len(digits), width)
            numbers = [before + digits[start : start + width] for start in starts]
            hits = [self._same(key) or self._by_end.get(fold(key), []) for key in numbers]
            if len(digits) % width == 0 and all(hits):
                yield from (key for keys in hits for key in keys)

    def _in_ranges(self, text: str) -> set[str]:
        near = set()
        for word in re.finditer(f"{RANGE_WORDS}|[-‐-―−]", plain(text), re.IGNORECASE):
            # Of a longer list the keys next to the word are the ends.
            first, last = listed(plain(text)[: word.start()]), listed(plain(text)[word.end() :])
            is_dash = len(word.group()) == 1
            for end in _range_ends(first[-1], last[0]) if first and last else ():
                ranges = _ranges(groups_of(first[-1]), groups_of(end), is_dash)
                near |= next(filter(None, map(self._any_of, ranges)), set())
        return near

    def _any_of(self, keys: Iterable[Groups]) -> set[str]:
        sides = (self._by_fold, self._by_end)
        return {hit for key in keys for side in sides for hit in side.get(joined(key), [])}

    def _rounded(self, text: str) -> Iterator[str]:
        number = plain(text).strip()
        power = SCIENTIFIC.fullmatch(number)
        if power is not None:
            whole, decimals, exponent = power.group(1), power.group(2) or "", int(power.group(3))
            unit = 10 ** max(exponent - len(decimals), 0)
            value = int(whole + decimals) * unit
            yield from (key for key in self.keys if key.isdecimal() and 2 * abs(int(key) - value) <= unit)
        elif number.isdecimal() and len(number) > DIGITS_OF_A_NUMBER:
            start = number[:DIGITS_OF_A_NUMBER]
            yield from (key for key in self.keys if len(key) == len(number) and key.startswith(start))

    def within(self, text: str) -> set[str]:
        """Names that stand in a text as they are, among other words."""
        groups = groups_of(text)
        places = [(start, end) for start in range(len(groups)) for end in range(start + 1, len(groups) + 1)]
        parts = {joined(groups[start:end]) for start, end in places}
        return {name for part in parts if _has_word(part) for name in self._by_fold.get(part, [])}

    def alike(self, text: str) -> list[str]:
        """Names that a text which is none of them may be about: one stands in the other, few letters differ, or its
        words stand there in another order. Of two names with numbers one has all those of the other."""
        return [name for name in sorted(self.keys) if _is_alike(groups_of(text), groups_of(name))]


def _grouped(pairs: Iterable[tuple[Any, str]]) -> dict[Any, list[str]]:
    grouped: dict[Any, list[str]] = {}
    for place, key in pairs:
        if place:
            grouped.setdefault(place, []).append(key)
    return grouped


def _ends(groups: Groups) -> set[Groups]:
    """What a key begins and ends with, in fewer groups than it has."""
    ends = [side for size in range(1, len(groups)) for side in (groups[:size], groups[-size:])]
    return {joined(end) for end in ends if any(group.isdecimal() for group in end)}


def _begins(key: Groups, part: Groups) -> bool:
    return any(joined(key[:size]) == part for size in range(1, len(key)))


def _ends_after(key: Groups, part: Groups, before: Groups) -> bool:
    """Whether a key ends with a part of a text, and the text does not begin as the key of another municipality."""
    for size in range(1, len(key)):
        rest = key[:-size]
        if joined(key[-size:]) == part:
            codes = (rest[-2:], before[-2:])
            is_code = all(len(code) == 2 and code[-1].isdecimal() for code in codes)
            return not (is_code and len(codes[0][0]) == len(codes[1][0]) and codes[0] != codes[1])
    return False


def _is_plot_number(before: Groups, number: str, after: Groups) -> bool:
    """Whether a number can be that of a plot, by what stands around it: not of another section (K 1234), nor of a site
    or a street (Haven 2)."""
    if not number.isdecimal():
        return False
    if before:
        is_name = len(before[-1]) >= LEAST_NAME and not before[-1].isdecimal() and len(number) >= LONG_NUMBER
        return is_name or PLOT_WORDS.search(before[-1]) is not None
    is_bare = all(len(group) < LEAST_NAME or PLOT_WORDS.search(group) for group in after)
    return is_bare or len(number) >= LONG_NUMBER


def _names_something(groups: Sequence[str]) -> bool:
    """Whether a part of a text says enough to be a key: a number, or a word of some length."""
    return any(group.isdecimal() or len(group) >= LEAST_NAME for group in groups)


def _has_word(groups: Groups) -> bool:
    return any(not group.isdecimal() and len(group) >= LEAST_NAME for group in groups)


def _look(text: str) -> str:
    """A text as it looks, without what stands between its groups."""
    signs = plain(text).casefold().translate(str.maketrans("oil", "011"))
    return "".join(groups_of(re.sub(r"[\W_]+", "", signs)))


def _is_alike(groups: Groups, others: Groups) -> bool:
    numbers, other_numbers = ({group for group in side if group.isdecimal()} for side in (groups, others))
    if numbers and other_numbers and not (numbers <= other_numbers or other_numbers <= numbers):
        return False
    words, other_words = ([group for group in side if not group.isdecimal()] for side in (groups, others))
    names = (("".join(groups), "".join(others)), ("".join(words), "".join(other_words)))
    return any(_is_like(*pair) for pair in names) or _has_words(words, other_words) or _has_words(other_words, words)


def _is_like(name: str, other: str) -> bool:
    short, long = sorted((name, other), key=len)
    is_part = len(short) >= LEAST_NAME and short in long
    return bool(short) and (short == long or is_part or SequenceMatcher(None, short, long).ratio() >= LIKENESS)


def _has_words(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether all words of a name stand in another, in whatever order: West Haven in Haven-West and Westhaven."""
    size, whole = sum(map(len, words)), " ".join(others)
    return LEAST_NAME <= size <= len("".join(others)) and all(word in whole for word in words)
