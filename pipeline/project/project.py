"""Project: all cards of a project together, as one frozen thing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pipeline.project import assemble as assemble_card
from pipeline.project import investment_projects as projects_card
from pipeline.project import measure as measure_card
from pipeline.project import models as cards
from pipeline.project import publish as publish_card
from pipeline.project import resolve as resolve_card
from pipeline.project import rules as rules_card
from pipeline.project import scenario as scenario_card
from pipeline.project import source as source_card


@dataclass(frozen=True)
class Project:
    """All cards of a project; years are the year of the reference date and the horizons."""

    folder: Path
    card: cards.ProjectConfig
    clusters: dict[str, cards.ClusterConfig]
    sources: dict[str, source_card.SourceConfig]
    resolve: resolve_card.ResolveConfig
    constrain: rules_card.ConstrainConfig
    effects: tuple[rules_card.EffectConfig, ...]
    profiles: dict[str, rules_card.ProfileConfig]
    measure: measure_card.MeasureConfig
    assess: rules_card.AssessConfig
    verdicts: tuple[cards.VerdictConfig, ...]
    assemble: assemble_card.AssembleConfig
    balance: cards.BalanceConfig
    publish: publish_card.PublishConfig
    demand: tuple[cards.DemandConfig, ...]
    projects: tuple[projects_card.InvestmentProject, ...]
    overrides_folder: Path
    scenario: scenario_card.ScenarioConfig | None = None
    not_supplied: tuple[str, ...] = ()
    deprecations: tuple[str, ...] = ()

    @property
    def lifted(self) -> tuple[str, ...]:
        """Reasons that do not count in this scenario."""
        return self.scenario.lifted if self.scenario is not None else ()

    @property
    def years(self) -> tuple[int, ...]:
        """The reference year and the horizons."""
        return (self.card.reference_date.year, *self.card.horizons)

    def day(self, year: int) -> dt.date:
        """The day on which a year is judged: the reference date, and 1 January of each horizon."""
        return self.card.reference_date if year == self.years[0] else dt.date(year, 1, 1)

    def roots(self, data: Path) -> dict[str, Path]:
        """The folder that each source's path counts from: the data folder, and the project's own for corrections."""
        return {name: self.overrides_folder if name == "overrides" else data for name in self.sources}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever runs the project should know, one line each."""
        if not self.not_supplied:
            return self.deprecations
        return (
            *self.deprecations,
            f"no source card fills {', '.join(self.not_supplied)}, nor does project.toml say that they are absent: "
            "what they would say is not known",
        )
