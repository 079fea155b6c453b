"""Project: all cards of a project together, as one frozen thing."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from layers.columns import HOUSING_KINDS
from pipeline.project.assemble import AssembleConfig
from pipeline.project.data_folders import Folders
from pipeline.project.effect_conditions import HOUSING_CONDITIONS
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.measure import MeasureConfig
from pipeline.project.models import BalanceConfig, ClusterConfig, DemandConfig, ProjectConfig, VerdictConfig
from pipeline.project.publish import PublishConfig
from pipeline.project.resolve import ResolveConfig
from pipeline.project.rules import AssessConfig, ConstrainConfig, EffectConfig, ProfileConfig
from pipeline.project.scenario import ScenarioConfig
from pipeline.project.source import SourceConfig


@dataclass(frozen=True)
class Project:
    """All cards of a project; years are the year of the reference date and the horizons.

    rules_folder: where cards stand that its own folder does not have.
    """

    folder: Path
    card: ProjectConfig
    clusters: dict[str, ClusterConfig]
    sources: dict[str, SourceConfig]
    resolve: ResolveConfig
    constrain: ConstrainConfig
    effects: tuple[EffectConfig, ...]
    profiles: dict[str, ProfileConfig]
    measure: MeasureConfig
    assess: AssessConfig
    verdicts: tuple[VerdictConfig, ...]
    assemble: AssembleConfig
    balance: BalanceConfig
    publish: PublishConfig
    demand: tuple[DemandConfig, ...]
    projects: tuple[InvestmentProject, ...]
    rules_folder: Path
    scenario: ScenarioConfig | None = None
    not_supplied: tuple[str, ...] = ()
    stated_effects: tuple[EffectConfig, ...] = ()  # before a scenario lifts any; none: as they are

    @property
    def lifted(self) -> tuple[str, ...]:
        """Reasons that do not count in this scenario."""
        return self.scenario.lifted if self.scenario is not None else ()

    @property
    def years(self) -> tuple[int, ...]:
        """The reference year and the horizons."""
        return (self.card.reference_date.year, *self.card.horizons)

    @property
    def published_units(self) -> list[str]:
        """What a planner opens: each cluster, and all together where there are several."""
        names = list(self.clusters)
        return names if len(names) == 1 else [*names, self.balance.national_name]

    @property
    def cluster_groups(self) -> dict[str, tuple[str, ...]]:
        """The clusters of each kind, by the name of their sum; none where all clusters are of one kind."""
        groups = {
            group.name: tuple(slug for slug, card in self.clusters.items() if card.kind == kind)
            for kind, group in self.balance.group.items()
        }
        return groups if all(groups.values()) else {}

    @property
    def rules_on_dwellings(self) -> tuple[str, ...]:
        """The constraints that can do something to planned dwellings, lifted or not: where they lie is the same."""
        names = (
            effect.constraint
            for effect in self.stated_effects or self.effects
            if effect.object_kind in HOUSING_KINDS
            and effect.condition in HOUSING_CONDITIONS
            and effect.effect != "none"
        )
        return tuple(dict.fromkeys(names))

    def day(self, year: int) -> dt.date:
        """The day on which a year is judged: the reference date, and 1 January of each horizon."""
        return self.card.reference_date if year == self.years[0] else dt.date(year, 1, 1)

    def roots(self, data: Path) -> dict[str, Folders]:
        """The folders that each source's path counts from: the data folder and those of project.toml, and the project's
        own for corrections."""
        overrides = self.folder if (self.folder / "overrides.csv").exists() else self.rules_folder
        folders = (data, *(self.folder / root for root in self.card.data.roots))
        return {name: overrides if name == "overrides" else folders for name in self.sources}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever runs the project should know, one line each."""
        if not self.not_supplied:
            return ()
        return (
            f"no source card fills {', '.join(self.not_supplied)}, nor does project.toml say that they are absent: "
            "what they would say is not known",
        )
