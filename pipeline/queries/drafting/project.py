"""A project folder drafted from files: which file fills which layer, and the cards that say so."""

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from layers.errors import ConfigRefusal
from layers.sources import RASTERS, SOURCES, TABLES
from layers.synonyms import plain
from pipeline.project.file_formats import INPUT_FORMATS
from pipeline.project.format_versions import CURRENT_FORMAT
from pipeline.project.models import is_file_name
from pipeline.project.unfinished import TODO
from pipeline.project.validate import REQUIRED_LAYERS
from pipeline.queries.card_reference import schema_line, write_schemas
from pipeline.queries.drafting.cards import as_toml, empty_card, join_card, source_card
from pipeline.queries.inspection.files import inspect_paths
from pipeline.queries.inspection.matching import IN_PROJECT, Candidate, candidates
from pipeline.queries.inspection.profile import FileLayer

LEAST_TO_DRAFT = 35  # of a hundred: below it a card would be a guess
LESS_LIKELY = 35  # as much below the likeliest file of a layer another one is left alone
LEAST_SHARED = 0.8  # share of the keys of a table that another file must have to join it
SECOND_LAYER = "issue_register"  # which a file of plots often holds as well
HORIZONS = (2030, 2050)

Match = tuple[FileLayer, Candidate]


@dataclass
class ProjectDraft:
    """The cards by their path in the project folder; which files fill a layer, and which fill none that we know."""

    cards: dict[str, str] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    newest: str = ""


def draft_project(name: str, data: Path, root: Path) -> ProjectDraft:
    """Cards for the files in a folder of data; paths count from root."""
    seen = [(layer, candidates(layer)) for layer in inspect_paths([data], root)]
    likely = _by_layer(seen)
    plots = _plots(likely)
    draft = ProjectDraft(newest=max((_day(root / layer.path) for layer, _ in seen), default=""))
    for layer, matches in likely.items():
        joined = _join(layer, matches, root)
        if not joined and layer in TABLES and TABLES[layer].shape:
            # Without shapes, and without a file that has them by a shared key, a table cannot fill it.
            likely[layer] = matches = [match for match in matches if match[0].shape] or matches[:1]
        cards = [joined] if joined else [_card(match, plots, root) for match in matches]
        for number, text in enumerate(cards, start=1):
            draft.cards[f"sources/{layer if number == 1 else f'{layer}_{number}'}.toml"] = text
        draft.used[layer] = [file.label for file, _ in matches]
    used = {file.label for matches in likely.values() for file, _ in matches}
    draft.unused = [_left_alone(file, ranked) for file, ranked in seen if file.label not in used and file.format]
    for layer in sorted(set(REQUIRED_LAYERS) - set(likely)):
        draft.cards[f"sources/{layer}.toml"] = empty_card(layer)
    boundaries = likely.get("cluster_boundaries", [])
    _draft_clusters(draft, boundaries, name)
    absent = set(SOURCES) - set(likely) - set(REQUIRED_LAYERS) - set(IN_PROJECT)
    draft.cards["project.toml"] = project_card(name, draft.newest, sorted(absent))
    return draft


def _left_alone(file: FileLayer, ranked: Sequence[Candidate]) -> str:
    """A file of which no card is drafted, with what it is likeliest and how likely that is."""
    return f"{file.label} ({ranked[0].layer}, {ranked[0].score} of 100)" if ranked else file.label


def empty_draft(name: str) -> ProjectDraft:
    """Cards to fill in, for a project of which no file was brought."""
    draft = ProjectDraft()
    for layer in REQUIRED_LAYERS:
        draft.cards[f"sources/{layer}.toml"] = empty_card(layer)
    draft.cards[f"clusters/{name}.toml"] = cluster_card(name, "niet opgegeven")
    draft.cards["project.toml"] = project_card(name, "", ())
    return draft


def cluster_card(title: str, basis: str) -> str:
    """The card of a cluster."""
    kind = 'kind = "cluster"  # or "cluster_6": a site of the scattered sixth'
    return f"title = {as_toml(title)}\n{kind}\nbasis = {as_toml(basis)}\n"


def _by_layer(seen: Sequence[tuple[FileLayer, Sequence[Candidate]]]) -> dict[str, list[Match]]:
    """For each layer the files that fill it, the likeliest first; of a grid one alone."""
    likely: dict[str, list[Match]] = {}
    for file, ranked in seen:
        is_read = file.format in INPUT_FORMATS and bool(file.grid or file.rows or len(file.cells))
        if is_read and ranked and ranked[0].score >= LEAST_TO_DRAFT:
            likely.setdefault(ranked[0].layer, []).append((file, ranked[0]))
    for layer, matches in likely.items():
        matches.sort(key=lambda match: (-match[1].score, match[0].label))
        most = 1 if layer in RASTERS else len(matches)
        likely[layer] = [match for match in matches[:most] if _is_as_likely(match, matches)]
    for file, ranked in seen:
        second = next((candidate for candidate in ranked[1:] if candidate.layer == SECOND_LAYER), None)
        if SECOND_LAYER not in likely and second is not None and file.shape and _is_filled(second):
            likely[SECOND_LAYER] = [(file, second)]
    return {layer: likely[layer] for layer in sorted(likely)}


def _is_as_likely(match: Match, matches: Sequence[Match]) -> bool:
    """Whether a file is about as likely as the likeliest; a table beside shapes may have names for them."""
    file, candidate = match
    may_join = len(matches) == 2 and TABLES[candidate.layer].shape and not file.shape and not file.grid
    return bool(may_join) or candidate.score > matches[0][1].score - LESS_LIKELY


def _is_filled(candidate: Candidate) -> bool:
    """Whether every column that is due was matched, and lists by their words."""
    surely = {match.column: match.reason for match in candidate.matches if match.strength > 0.5}
    declared = TABLES[candidate.layer].columns
    return all(
        name in surely and (not column.choices or surely[name] == "words")
        for name, column in declared.items()
        if not column.optional
    )


def _plots(likely: dict[str, list[Match]]) -> set[str]:
    """The keys of the plots on the map, as the files have them."""
    keys: set[str] = set()
    for file, candidate in likely.get("parcels", []):
        field_ = next((match.field for match in candidate.matches if match.column == "parcel_id"), None)
        if field_ in file.cells:
            keys |= set(file.cells[field_].dropna())
    return keys


def _card(match: Match, plots: Collection[str], root: Path) -> str:
    file, candidate = match
    return source_card(file, candidate, plots, _day(root / file.path))


def _join(layer: str, matches: list[Match], root: Path) -> str:
    """The card of a table and the file with its shapes, where a layer of shapes has one of each with shared keys."""
    if layer not in TABLES or not TABLES[layer].shape or len(matches) != 2:
        return ""
    tables = [match for match in matches if not match[0].shape]
    shapes = [match for match in matches if match[0].shape]
    if len(tables) != 1 or len(shapes) != 1:
        return ""
    (table, candidate), (place, _) = tables[0], shapes[0]
    for column in (column for column in table.columns if column.is_key):
        keys = set(table.cells[column.name])
        for other in (other for other in place.columns if other.is_key):
            if len(keys & set(place.cells[other.name])) >= LEAST_SHARED * len(keys):
                return join_card(table, place, candidate, (column.name, other.name), _day(root / table.path))
    return ""


def _day(path: Path) -> str:
    """The day on which a file was last written."""
    moment = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC) if path.exists() else None
    return moment.date().isoformat() if moment else ""


def _draft_clusters(draft: ProjectDraft, boundaries: list[Match], name: str) -> None:
    """A card per cluster that the file of boundaries names; else one, of the project's own name."""
    slugs: dict[str, str] = {}
    for file, candidate in boundaries:
        column = next((match.field for match in candidate.matches if match.column == "cluster_id"), None)
        if column in file.cells:
            slugs |= {slug_of(text): str(text) for text in file.cells[column].dropna().unique()}
    if not slugs:
        slugs = {name: name}
        known = f'cluster_id = {{ value = "{name}" }}  # one cluster; the file names none'
        draft.cards |= {
            path: text.replace(f'cluster_id = "{TODO}"', known)
            for path, text in draft.cards.items()
            if path.startswith("sources/cluster_boundaries")
        }
    differing = {text: slug for slug, text in slugs.items() if slug != text}
    if differing and boundaries:
        lines = "\n".join(f"{as_toml(text)} = {as_toml(slug)}" for text, slug in differing.items())
        draft.cards["sources/cluster_boundaries.toml"] += f"\n[source.values.cluster_id]\n{lines}\n"
    basis = boundaries[0][0].path if boundaries else "niet opgegeven"
    draft.cards |= {f"clusters/{slug}.toml": cluster_card(text, basis) for slug, text in slugs.items()}


def slug_of(text: str) -> str:
    """A name as a slug: small letters, digits and signs between, and no name of a device."""
    slug = re.sub(r"[^a-z0-9_-]+", "-", text.casefold()).strip("-")[:64] or plain(text) or "cluster"
    return slug if is_file_name(slug) else f"{slug}-cluster"


def project_card(name: str, newest: str, absent: Sequence[str]) -> str:
    """The card of a project that reads its own rules; newest: the day of the newest file."""
    hint = f"; the newest file is of {newest}" if newest else ""
    lines = [
        "# The day that counts as today, and the years to answer for.",
        f"format = {CURRENT_FORMAT}",
        f"name = {as_toml(name)}",
        f"title = {as_toml(name)}",
        f'reference_date = "{TODO}"  # without quotes, such as 2026-10-01{hint}',
        f"horizons = {as_toml(list(HORIZONS))}  # years after it",
    ]
    if absent:
        lines += [
            "",
            "# What no file was brought for is not known. Where nothing is there: an entry of its own with none.",
            "[[absent_together]]",
            f"layers = {as_toml(list(absent))}",
            'treat_as = "unknown"',
            'basis = "niet geleverd"',
        ]
    lines += [
        "",
        "# How long what holds contracts may stay beside the results; without it nothing goes by itself.",
        "# [retention]",
        "# confidential_days = 90",
        f"# basis = {as_toml(TODO)}",
    ]
    return "\n".join(lines) + "\n"


def write_project(folder: Path, draft: ProjectDraft, rules: Path) -> None:
    """Write the cards, beside them the rules of the house, and the schemas of all; refuses a card that is there.

    Cards name their schema by a path within the project, so that an editor finds it without a network, and the one of
    this version.
    """
    there = [name for name in draft.cards if (folder / name).exists()]
    if there:
        raise ConfigRefusal(f"folder '{folder}'", actual=f"cards in it: {there[:3]}", expected="a new or empty folder")
    for name, text in draft.cards.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema_line(name) + text, encoding="utf-8", newline="\n")
    write_schemas(folder, (rules, *(path.parent for path in rules.glob("*/project.toml"))))
    (folder / "scenarios").mkdir(exist_ok=True)
    for path in sorted([*rules.glob("*.toml"), *rules.glob("*.csv"), *rules.glob("scenarios/*.toml")]):
        if path.name != "project.toml":
            place = path.relative_to(rules)
            # Without the rights of what is copied: where the tool is installed it may be for reading only.
            (folder / place).write_bytes(schema_line(place.as_posix()).encode() + path.read_bytes())
