"""Scenariokaartje: the grammar of scenarios/<name>.toml and sweeps.toml: which cards read otherwise, and what is lifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from pipeline.project.models import ConfigModel, Words

# Tables with rows, and the columns by which a scenario names the row that reads otherwise.
ROWS = {"effects": ("constraint", "object_kind", "condition"), "verdicts": ("holding",), "projects": ("project_id",)}
TABLES = ("resolve", "constrain", "profiles", "measure", "assess", "assemble", "balance", "publish", "sources")


class LiftConfig(ConfigModel):
    """Reasons that do not count: constraints, plan_category, or who has the land (holding.leased); each as in `levers`."""

    reasons: tuple[str, ...] = Field(min_length=1)


class ScenarioConfig(ConfigModel):
    """What reads otherwise in a scenario: per card the keys that change, rows of tables, and reasons that are lifted."""

    title: Words
    basis: Words
    lift: LiftConfig | None = None
    resolve: dict[str, Any] = Field(default_factory=dict)
    constrain: dict[str, Any] = Field(default_factory=dict)
    profiles: dict[str, Any] = Field(default_factory=dict)
    measure: dict[str, Any] = Field(default_factory=dict)
    assess: dict[str, Any] = Field(default_factory=dict)
    assemble: dict[str, Any] = Field(default_factory=dict)
    balance: dict[str, Any] = Field(default_factory=dict)
    publish: dict[str, Any] = Field(default_factory=dict)
    sources: dict[str, Any] = Field(default_factory=dict)
    effects: tuple[dict[str, Any], ...] = ()
    verdicts: tuple[dict[str, Any], ...] = ()
    projects: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> ScenarioConfig:
        if self.lift is None and not any(getattr(self, name) for name in (*TABLES, *ROWS)):
            raise ValueError(
                f"nothing reads otherwise; name a card ({', '.join(TABLES)}), rows of {list(ROWS)}, or [lift]"
            )
        return self

    @property
    def lifted(self) -> tuple[str, ...]:
        """Reasons that do not count."""
        return self.lift.reasons if self.lift is not None else ()


class SweepConfig(ConfigModel):
    """A number of a card that is tried lower and higher; `card` is its place: profiles.general_industry.least_area_ha.

    Only cards that decide over verdicts: resolve, constrain, profiles, measure, assess.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    title: Words
    card: Annotated[str, Field(pattern=r"^(resolve|constrain|profiles|measure|assess)(\.[A-Za-z0-9_]+)+$")]
    low: float
    high: float
    basis: Words

    @model_validator(mode="after")
    def _low_is_below_high(self) -> SweepConfig:
        if not self.low < self.high:
            raise ValueError(f"low {self.low:g} must lie below high {self.high:g}")
        return self

    def scenario(self, value: float) -> ScenarioConfig:
        """The scenario in which the number has another value."""
        first, *path = self.card.split(".")
        change: Any = value
        for key in reversed(path):
            change = {key: change}
        return ScenarioConfig.model_validate({"title": f"{self.title}: {value:g}", "basis": self.basis, first: change})


class SweepsConfig(ConfigModel):
    """All numbers that are tried."""

    sweep: tuple[SweepConfig, ...] = ()


def merged(content: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A card with changed keys. A key that is no key of the card may name one of its tables: [constrain.noise_zone]."""
    found = dict(content)
    for key, value in change.items():
        if key in found or not isinstance(value, Mapping):
            old = found.get(key)
            found[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
            continue
        holder = _holder(found, key)
        if holder is None:
            found[key] = value
        elif isinstance(found[holder], Mapping):
            found[holder] = {**found[holder], key: merged(found[holder][key], value)}
        else:
            found[holder] = [merged(one, value) if _named(one) == key else one for one in found[holder]]
    return found


def _holder(content: Mapping[str, Any], name: str) -> str | None:
    """The key whose tables hold one of that name."""
    for key, value in content.items():
        if isinstance(value, Mapping) and isinstance(value.get(name), Mapping):
            return key
        if isinstance(value, list) and any(_named(one) == name for one in value):
            return key
    return None


def _named(one: Any) -> Any:
    return one.get("name") if isinstance(one, Mapping) else None


def rows_merged(
    rows: Iterable[tuple[int, dict[str, Any]]], changes: Iterable[Mapping[str, Any]], key: tuple[str, ...]
) -> list[tuple[int, dict[str, Any]]]:
    """Rows of a table with changed values: a change holds for every row that has the values it names in the key columns; else it is a new row."""
    found = [(line, dict(row)) for line, row in rows]
    for change in changes:
        told = {name: str(change[name]) for name in key if name in change}
        same = [row for _, row in found if all(row.get(name) == value for name, value in told.items())]
        for row in same:
            row.update({name: _cell(value) for name, value in change.items()})
        if not same:
            found.append((0, {name: _cell(value) for name, value in change.items()}))
    return found


def _cell(value: Any) -> str:
    """A value as it would stand in a table; a list with commas between."""
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
