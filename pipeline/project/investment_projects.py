"""The grammar of projects.csv and demand.csv: what wants land, where, when, and what hangs on what."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from pipeline.project.models import ConfigModel, Hectares, Metres, Words, Year

MOST_YEARS, MOST_PRIORITY = 500, 1_000_000
WholeYears = Annotated[int, Field(ge=0, le=MOST_YEARS)]


class InvestmentProject(ConfigModel):
    """A project that wants land: activity, hectares, years in which it may begin, and its needs; empty is nothing
    asked."""

    project_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """its key"""
    title: Words
    cluster_id: str
    """the cluster in which it wants land"""
    profile: str
    """its activity, of profiles.toml"""
    area_ha: Hectares = Field(gt=0)
    """how much it wants"""
    first_year: Year
    """the first year in which it may begin"""
    last_year: Year
    """the last"""
    priority: float = Field(default=1.0, gt=0, le=MOST_PRIORITY)
    """what a hectare of it weighs"""
    quay_m: Metres = 0.0
    """length of quay that it needs"""
    build_years: WholeYears = 0
    """how long is built"""
    life_years: int | None = Field(default=None, ge=1, le=MOST_YEARS)
    """how long it stands from then on; empty: for good"""
    leaves: tuple[str, ...] = ()
    """plots that come free once it has been built, a comma between"""
    both_stand_years: WholeYears = 1
    """how long old and new stand together"""
    on_land_of: str | None = None
    """the project whose left land it needs"""
    near: str | None = None
    """a project or plot that it must lie near"""
    near_m: Metres | None = None
    """within so many metres"""
    source: Words
    """where that was published"""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_left_out(cls, given: dict[str, object]) -> dict[str, object]:
        # An empty cell of a table counts as a key that is not there: then the default holds.
        return {key: value for key, value in given.items() if value != ""}

    @field_validator("leaves", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _window_and_neighbour_are_whole(self) -> Self:
        if self.first_year > self.last_year:
            raise ValueError(f"first_year {self.first_year} lies after last_year {self.last_year}")
        if (self.near is None) != (self.near_m is None):
            raise ValueError("near and near_m go together")
        return self

    @property
    def stands_years(self) -> int | None:
        """Years from the day on which it begins until its land is free again; None is for good."""
        return None if self.life_years is None else self.build_years + self.life_years

    @property
    def years_until_left(self) -> int:
        """Years from the day on which it begins until it has left its old plots."""
        return self.build_years + self.both_stand_years
