"""The grammar of scenarios/<name>.toml and sweeps.toml: which cards read otherwise, and what is lifted."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pipeline.project.models import ConfigModel, Words

# Tables with rows, and the columns by which a scenario names the row that reads otherwise.
ROWS = {"effects": ("constraint", "object_kind", "condition"), "verdicts": ("holding",), "projects": ("project_id",)}
SCENARIO_CONFIGS = (
    "resolve",
    "constrain",
    "profiles",
    "measure",
    "assess",
    "assemble",
    "balance",
    "publish",
    "sources",
)


# Keys of a card that read otherwise, with their values.
Changes = Annotated[dict[str, Any], Field(default_factory=dict)]


class LiftConfig(ConfigModel):
    """Reasons that do not count, as in `levers`."""

    reasons: tuple[str, ...] = Field(min_length=1)
    """names of constraints, plan_category, or who has the land, such as holding.leased"""


class ScenarioConfig(ConfigModel):
    """What reads otherwise in a scenario: per card the keys that change, rows of tables, and reasons
    that are lifted."""

    title: Words
    basis: Words
    lift: LiftConfig | None = None
    resolve: Changes
    """keys of resolve.toml that read otherwise, with their values"""
    constrain: Changes
    """keys of constrain.toml that read otherwise, with their values"""
    profiles: Changes
    """keys of profiles.toml that read otherwise, with their values"""
    measure: Changes
    """keys of measure.toml that read otherwise, with their values"""
    assess: Changes
    """keys of assess.toml that read otherwise, with their values"""
    assemble: Changes
    """keys of assemble.toml that read otherwise, with their values"""
    balance: Changes
    """keys of balance.toml that read otherwise, with their values"""
    publish: Changes
    """keys of publish.toml that read otherwise, with their values"""
    sources: Changes
    """per source card the keys that read otherwise"""
    effects: tuple[dict[str, Any], ...] = ()
    """rows of effects.csv with other values, or new ones"""
    verdicts: tuple[dict[str, Any], ...] = ()
    """rows of verdicts.csv with other values, or new ones"""
    projects: tuple[dict[str, Any], ...] = ()
    """rows of projects.csv with other values, or new ones"""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.lift is None and not any(getattr(self, name) for name in (*SCENARIO_CONFIGS, *ROWS)):
            raise ValueError(
                f"nothing reads otherwise; name a card ({', '.join(SCENARIO_CONFIGS)}), rows of {list(ROWS)}, or [lift]"
            )
        return self

    @property
    def lifted(self) -> tuple[str, ...]:
        """Reasons that do not count."""
        return self.lift.reasons if self.lift is not None else ()


class SweepConfig(ConfigModel):
    """A number of a card that is tried lower and higher. Only cards that decide over verdicts: resolve, constrain,
    profiles, measure, assess."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    title: Words
    card: Annotated[str, Field(pattern=r"^(resolve|constrain|profiles|measure|assess)(\.[A-Za-z0-9_]+)+$")]
    """the place of the number: profiles.general_industry.least_area_ha"""
    low: float
    """the lower value"""
    high: float
    """the higher value"""
    basis: Words

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low {self.low:g} must lie below high {self.high:g}")
        return self

    def scenario(self, value: float) -> ScenarioConfig:
        """The scenario in which the number has another value."""
        first, *path = self.card.split(".")
        change: Any = value
        # From the inside out: assess.shape.touch_m becomes {assess: {shape: {touch_m: value}}}.
        for key in reversed(path):
            change = {key: change}
        return ScenarioConfig.model_validate({"title": f"{self.title}: {value:g}", "basis": self.basis, first: change})


class SweepsConfig(ConfigModel):
    """All numbers that are tried."""

    sweep: tuple[SweepConfig, ...] = ()
    """the numbers that are tried, each on its own"""


def merged(content: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A card with changed keys. A key that is no key of the card may name one of its tables: [constrain.noise_zone]."""
    result = dict(content)
    for key, value in change.items():
        if key in result or not isinstance(value, Mapping):
            old = result.get(key)
            result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
            continue
        # A short name such as [constrain.noise_zone]: of a table inside the card, or a row with that name.
        holder = _holder(result, key)
        if holder is None:
            result[key] = value
        elif isinstance(result[holder], Mapping):
            result[holder] = {**result[holder], key: merged(result[holder][key], value)}
        else:
            result[holder] = [merged(row, value) if _named(row) == key else row for row in result[holder]]
    return result


def _holder(content: Mapping[str, Any], name: str) -> str | None:
    """The key whose tables hold one of that name."""
    for key, value in content.items():
        if isinstance(value, Mapping) and isinstance(value.get(name), Mapping):
            return key
        if isinstance(value, list) and any(_named(row) == name for row in value):
            return key
    return None


def _named(row: Any) -> Any:
    return row.get("name") if isinstance(row, Mapping) else None


def rows_merged(
    rows: Iterable[tuple[int, dict[str, Any]]], changes: Iterable[Mapping[str, Any]], key: tuple[str, ...]
) -> list[tuple[int, dict[str, Any]]]:
    """Rows of a table with changed values: a change holds for every row that has the values it names in the key
    columns; else it is a new row."""
    result = [(line, dict(row)) for line, row in rows]
    for change in changes:
        cells = {name: _cell(value) for name, value in change.items()}
        selector = {name: cells[name] for name in key if name in cells}
        same = [row for _, row in result if selector.items() <= row.items()]
        for row in same:
            row.update(cells)
        if not same:
            # Line 0: it stands in no table.
            result.append((0, cells))
    return result


def _cell(value: Any) -> str:
    """A value as it would stand in a table; a list with commas between."""
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
