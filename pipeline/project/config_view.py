"""A view of a project that holds nothing but the config that a stage declares, and that config as flat keys and values.

A declared name is dotted: `assess.shape`, `card.reference_date`, `years`. In it `*` stands for every entry of a table
or list (`profiles.*.title`), `{unit}` for the entries of a table that are keyed by the unit or fill the source layer of
that name, and `{sources}` for those of the source layers that the stage reads (`sources.{sources}.dated`).
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from pydantic import BaseModel

from pipeline.project.project import Project
from pipeline.project.rules import OTHER_KINDS

Tree = dict[str, Any]  # names by their parts; None, where a name ends, stands for all that is below it
EVERY = "*"
FILE_BY_CONFIG = {
    "card": "project.toml",
    "years": "project.toml",
    "lifted": "scenario",
    "scenario": "scenario",
    "rules_on_dwellings": "effects.csv",
}
FOLDERS = ("sources", "clusters")
ROW_CONFIGS = ("effects", "verdicts", "demand", "projects")


class UndeclaredConfigError(LookupError):
    """A stage read config that its declaration does not name."""

    def __init__(self, owner: str, key: str) -> None:
        super().__init__(f"{owner} reads config '{key}', which its declaration in the line does not name")


class ConfigTable(dict[str, Any]):
    """The declared entries of a table; to ask for another entry that the project has is an error."""

    def __init__(self, entries: Mapping[str, Any], withheld: frozenset[str], owner: str, place: str) -> None:
        super().__init__(entries)
        self.withheld, self.owner, self.place = withheld, owner, place

    def __missing__(self, key: str) -> Any:
        self._must_be_declared(key)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        # Whether the project has an entry is config too.
        self._must_be_declared(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The entry, or the default where the project has none."""
        self._must_be_declared(key)
        return super().get(key, default)

    def _must_be_declared(self, key: object) -> None:
        if key in self.withheld:
            raise UndeclaredConfigError(self.owner, f"{self.place}.{key}")


class ConfigView:
    """An object of the project that has the declared attributes alone; its methods and properties can read no others.

    owner: who reads it; place: the key of the object, empty for the project itself.
    """

    def __init__(self, whole: Any, shown: Mapping[str, Any], owner: str, place: str) -> None:
        # Python looks here first: __getattr__ is asked only for what was not declared.
        vars(self).update(shown)
        self._class, self._shown, self._owner, self._place = type(whole), shown, owner, place

    def __getattr__(self, name: str) -> Any:
        """What is no declared attribute: a method or property of the class, read on this view, or an error."""
        member = getattr(self._class, name, None)
        if isinstance(member, property) and member.fget is not None:
            return member.fget(self)
        if callable(member):
            return partial(member, self)
        raise UndeclaredConfigError(self._owner, f"{self._place}.{name}".lstrip("."))


@dataclasses.dataclass(frozen=True)
class Scope:
    """What placeholders stand for: the unit of work, and the source layers that the stage reads."""

    unit: str = ""
    sources: frozenset[str] = frozenset()

    def entries(self, part: str, table: Mapping[str, Any]) -> list[str]:
        """The keys of a table that a part of a name stands for."""
        if part not in ("{unit}", "{sources}"):
            return [part]
        wanted = {self.unit} if part == "{unit}" else self.sources
        return [key for key, entry in table.items() if key in wanted or getattr(entry, "layer", None) in wanted]


def view(project: Project, names: Iterable[str], owner: str, scope: Scope | None = None) -> Project:
    """The project with the config of these names and no other: reading any other raises UndeclaredConfigError."""
    tree = _tree(names)
    return cast(Project, _restricted(project, tree, (owner, ""), scope or Scope()))


def flat(project: Project, names: Iterable[str], scope: Scope | None = None) -> dict[str, Any]:
    """The config of these names as plain values by dotted key, in the order in which the project has them."""
    return dict(_dumped(view(project, names, "", scope), ""))


def values_at(project: Project, name: str) -> list[Any]:
    """The values of all keys that a name stands for."""
    return list(flat(project, [name]).values())


def file_and_key(key: str, config: Mapping[str, Any]) -> tuple[str, str]:
    """The file in which a user writes a key of this config, and the key in that
    file: profiles.toml, general_industry.least_area_ha."""
    head, _, rest = key.partition(".")
    constraint, kind = (config.get(f"{head}.{name}") for name in ("constraint", "object_kind"))
    in_card = f"constraint[{constraint}].effects"
    if any(f"constrain.{in_card}.{each}" in config for each in (kind, OTHER_KINDS)):
        return "constrain.toml", f"{in_card}.{kind}.{rest}"  # it stands in the card of its constraint
    if head in FOLDERS:
        name, _, rest = rest.partition(".")
        return f"{head}/{name}.toml", rest
    if head in ROW_CONFIGS or "[" in head:
        name, _, row = head.partition("[")
        return f"{name}.csv", f"[{row}.{rest}" if row else rest
    return (FILE_BY_CONFIG.get(head, f"{head}.toml"), rest or head)


def _tree(names: Iterable[str]) -> Tree:
    tree: Tree = {}
    for name in sorted(names, key=lambda text: text.count("."), reverse=True):
        *path, last = name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = None  # shorter names come last: they take what longer ones named a part of
    return tree


def _restricted(value: Any, tree: Tree | None, place: tuple[str, str], scope: Scope) -> Any:
    owner, key = place
    # A name ends here: all below it was declared.
    if tree is None or value is None:
        return value
    if isinstance(value, Mapping):
        entries = dict(_branches(value, tree, scope))
        shown = {
            name: _restricted(value[name], entries[name], (owner, f"{key}.{name}"), scope)
            for name in value
            if name in entries
        }
        return ConfigTable(shown, frozenset(map(str, value)) - frozenset(shown), owner, key)
    if isinstance(value, tuple):
        return tuple(
            _restricted(entry, tree[EVERY], (owner, f"{key}[{label}]"), scope) for label, entry in _labelled(value)
        )
    shown = {
        name: _restricted(getattr(value, name), branch, (owner, f"{key}.{name}".lstrip(".")), scope)
        for name, branch in tree.items()
    }
    return ConfigView(value, shown, owner, key)


def _branches(table: Mapping[str, Any], tree: Tree, scope: Scope) -> Iterator[tuple[str, Tree | None]]:
    """The entries of a table that are declared, each with what is declared of it."""
    for part, branch in tree.items():
        names = list(table) if part == EVERY else scope.entries(part, table)
        yield from ((name, branch) for name in names if name in table)


def _dumped(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """A value by the keys of what it consists of; of a view, what it shows."""
    if value is None or isinstance(value, str | int | float):  # most of it, and soon told
        yield key, value
        return
    if isinstance(value, ConfigView):
        key, value = value._place, value._shown
    if isinstance(value, BaseModel | Mapping):
        for name, entry in dict(value).items():
            yield from _dumped(entry, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list | tuple) and any(
        isinstance(entry, ConfigView | BaseModel | Mapping) for entry in value
    ):
        for label, entry in _labelled(value):
            yield from _dumped(entry, f"{key}[{label}]")
    else:
        yield key, _plain(value)


def _labelled(entries: Sequence[Any]) -> list[tuple[str, Any]]:
    """The entries of a list, each with its name where all have one of their own, else with its number from 1 on."""
    # A name stays when rows move; by number, a new first row would change the key of all.
    names = [vars(entry).get("name") if isinstance(entry, BaseModel) else None for entry in entries]
    labels = names if None not in names and len(set(names)) == len(names) else range(1, len(entries) + 1)
    return [(str(label), entry) for label, entry in zip(labels, entries, strict=True)]


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value))
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else str(value)
