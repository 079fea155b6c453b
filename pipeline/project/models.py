"""The grammar of the TOML cards in config/; unknown keys are refused, nothing has a hidden default."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    NonNegativeFloat,
    PositiveFloat,
    create_model,
    model_validator,
)
from pydantic_core.core_schema import no_info_after_validator_function

from layers.closed_lists import HOLDINGS, ROOMS, VERDICTS, WATERFALL
from layers.columns import CLUSTER_KINDS
from pipeline.project.format_versions import CURRENT_FORMAT

T = TypeVar("T", str, tuple[Any, ...])


def one_of(choices: tuple[str, ...]) -> Any:
    """A validator of a text that must be in a closed list."""
    return _OneOf(choices)


@dataclass(frozen=True)
class _OneOf:
    """A text of a closed list, as pydantic checks it and as a JSON Schema says it."""

    choices: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """What pydantic checks: the text, and that it is in the list."""
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What editors read: the words of the list."""
        return {**handler(schema), "enum": list(self.choices)}

    def check(self, value: str) -> str:
        """The value, if it is in the list."""
        if value not in self.choices:
            raise ValueError(f"found {value!r}, expected one of {list(self.choices)}")
        return value


def repeated(names: Iterable[T]) -> list[T]:
    """Names that are there more than once, each once and in order."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


# Of a field that no card says: whoever reads the card fills it.
SET_BY_READER: dict[str, Any] = {"set_by_reader": True}


class ConfigModel(BaseModel):
    """A card: frozen, and every key known."""

    # By name too: a field with an alias, such as `from`, is set in Python under its own.
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _with_slashes_alone(path: Any) -> Any:
    """A folder as it is written on any system, also a share of Windows."""
    return path.replace("\\", "/") if isinstance(path, str) else path


Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Share = Annotated[float, Field(ge=0, le=1)]
# Beyond these a number is a slip of the pen, or in another unit: the Netherlands are no larger, nor all business land.
MOST_M, MOST_HA = 300_000, 100_000
Metres = Annotated[float, Field(ge=0, le=MOST_M)]
Hectares = Annotated[float, Field(ge=0, le=MOST_HA)]
Year = Annotated[int, Field(ge=1900, le=2200)]
SLUG = r"^[a-z0-9_-]{1,64}$"


# Names of devices: on Windows no file can have one, whatever ending it gets.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def is_file_name(name: str) -> bool:
    """Whether files can have this name on every system, Windows among them."""
    is_device = name.split(".")[0].rstrip().casefold() in DEVICES
    return not is_device and name == name.rstrip(". ") and not set(name) & set('<>:"/\\|?*')


def _as_file_name(name: str) -> str:
    if not is_file_name(name):
        raise ValueError(f"found {name!r}, expected a name that files can have on Windows too")
    return name


FileName = Annotated[str, AfterValidator(_as_file_name)]
ClusterKind = Annotated[str, one_of(CLUSTER_KINDS)]


class ClusterConfig(ConfigModel):
    """A cluster, or a site of the scattered sixth."""

    title: str
    kind: ClusterKind
    """a cluster, or a site of the scattered sixth"""
    basis: str
    slug: FileName = Field(default="", pattern=r"^$|" + SLUG, json_schema_extra=SET_BY_READER)


class AbsentConfig(ConfigModel):
    """A layer that a project does not have: does that count as nothing there, or as not known?"""

    treat_as: Literal["none", "unknown"]
    """none: nothing is there; unknown: what is there is not known"""
    basis: str


class AbsentTogetherConfig(AbsentConfig):
    """Several layers that a project does not have, for one reason."""

    layers: tuple[str, ...] = Field(min_length=1)
    """the layers, by name"""


class RetentionConfig(ConfigModel):
    """How many days what holds contracts in clear may stay beside the results."""

    confidential_days: int = Field(ge=1, le=36_500)
    """after so many days it is removed"""
    basis: Words


class DataConfig(ConfigModel):
    """Where files of source cards lie beside the data folder."""

    roots: tuple[Annotated[Words, BeforeValidator(_with_slashes_alone)], ...] = Field(
        default=(), examples=[["//server/gis", "G:/GIS data"]]
    )
    """further folders, such as network drives, from the folder of the project on"""


class ProjectConfig(ConfigModel):
    """The project: which day counts as today, which years are asked, whose rules it takes, in which language it is
    said what is refused (none: that of the session), where its results go, and how long contracts stay beside them
    (none: for good)."""

    format: int = Field(default=1, ge=1, le=CURRENT_FORMAT)
    """the version of the format of cards; `migrate` brings it up to date"""
    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    title: str
    extends: str | None = None
    """the folder whose rules count where this one has no card of that name"""
    language: Literal["nl", "en"] | None = None
    """in which language it is said what is refused: nl or en; else that of the session"""
    outputs: Words | None = None
    """the folder of results, from this folder on; --outputs goes before it"""
    reference_date: dt.date
    """the day that counts as today"""
    horizons: tuple[Year, ...]
    """the years to answer for, rising"""
    data: DataConfig = DataConfig()
    absent: dict[str, AbsentConfig] = Field(default_factory=dict)
    """layers that the project does not have, one by one"""
    absent_together: tuple[AbsentTogetherConfig, ...] = ()
    """several of them for one reason"""
    retention: RetentionConfig | None = None

    @model_validator(mode="after")
    def _no_layer_is_absent_twice(self) -> Self:
        twice = repeated([*self.absent, *(name for group in self.absent_together for name in group.layers)])
        if twice:
            raise ValueError(f"layers {twice} are declared absent more than once")
        return self

    @property
    def absences(self) -> dict[str, AbsentConfig]:
        """Every layer declared absent, alone or together with others."""
        together = {
            name: AbsentConfig(treat_as=group.treat_as, basis=group.basis)
            for group in self.absent_together
            for name in group.layers
        }
        return {**self.absent, **together}

    @model_validator(mode="after")
    def _horizons_lie_ahead(self) -> Self:
        years = [self.reference_date.year, *self.horizons]
        if years != sorted(set(years)):
            raise ValueError(f"horizons {list(self.horizons)} must rise, and lie after {self.reference_date.year}")
        return self


class InTimeConfig(ConfigModel):
    """How far supply is told, how wide the bins of ending leases are, and when a public party must speak."""

    until_year: Year
    """the last year of the supply curve"""
    bin_years: int = Field(ge=1, le=50)
    """width of the bins of ending leases"""
    notice_months: int = Field(ge=0, le=600)
    """how long before its end a public party must speak"""
    longest_move_years: int = Field(ge=0, le=100)
    """the longest move that is looked at"""
    basis: str


class RoomQuestionsConfig(ConfigModel):
    """Within what distance users could swap, which widths of protection, shifts of a plan and decibels are asked, and
    what claims land."""

    swap_m: NonNegativeFloat
    """within this distance users could swap"""
    protection_m: tuple[float, ...]
    """widths of protection that are tried"""
    shift_m: tuple[float, ...]
    """shifts of a housing plan that are tried"""
    tightness_db: int = Field(ge=1, le=40)
    """how many decibels less are tried"""
    claim_constraint: str
    """the constraint of claims on land"""
    basis: Words


class ScarceConfig(ConfigModel):
    """What makes a plot scarce: metres of quay, the lightest of the heavy categories, and room for an own
    1e-6 contour (m); and the draughts (m) between which quays are one class."""

    quay_m: PositiveFloat
    """so much quay makes a plot scarce"""
    draught_classes_m: tuple[PositiveFloat, ...] = (4.0, 8.0, 12.0, 15.0)
    """draughts between which quays are one class"""
    heavy_category: str
    """the lightest of the heavy categories"""
    seveso_radius_m: PositiveFloat
    """room for a contour of 1e-6 of its own"""
    basis: Words

    @model_validator(mode="after")
    def _draughts_rise(self) -> Self:
        if list(self.draught_classes_m) != sorted(set(self.draught_classes_m)):
            raise ValueError(f"draught_classes_m {list(self.draught_classes_m)} must rise")
        return self

    def draught_class(self, draught_m: float) -> str:
        """The class of a draught in metres, named by its bounds: the first belongs to it, the last does not."""
        bounds = [f"{bound:g}" for bound in (0.0, *self.draught_classes_m)]
        first = sum(draught_m >= bound for bound in self.draught_classes_m)
        return f"{bounds[first]}-{bounds[first + 1]}" if first + 1 < len(bounds) else f"{bounds[first]}+"


class SegmentConfig(ConfigModel):
    """The activity that stands for a segment of demand.csv."""

    profile: str
    """the activity, of profiles.toml"""
    basis: Words


class LeverConfig(ConfigModel):
    """How many reasons are lifted together, how many of these are tried on the land, and what cannot be lifted."""

    most: int = Field(ge=1, le=8)
    """how many reasons are lifted together"""
    retained: int = Field(ge=1, le=1000)
    """how many levers of each size are retained"""
    tested: int = Field(ge=1, le=1000)
    """how many are tried on the land"""
    not_liftable: tuple[str, ...]
    """what cannot be lifted: reasons such as holding.public_space, or names of constraints"""
    basis: Words


class SliverConfig(ConfigModel):
    """From how much land on a plot a reason counts there: so many m2, and so large a part (0-1) of the plot, but never
    more than half of it. Less is a sliver: its land goes to the other reasons on it, and what no other reason holds is
    counted as slivers; texts give it to what lies beside it.
    """

    least_area_m2: float = Field(default=50.0, ge=0, le=10_000)
    """the least land on which a reason counts"""
    least_share: float = Field(default=0.001, ge=0, le=0.5)
    """the least part of a plot on which it counts"""
    basis: Words = "kleiner is tekenwerk: lijnen van twee bronnen die net niet op elkaar liggen"


class ClusterGroupConfig(ConfigModel):
    """The sum of all clusters of one kind: its name in tables, and what a planner calls it."""

    name: FileName = Field(pattern=SLUG)
    title: Words


CLUSTER_GROUPS = {
    "cluster": ClusterGroupConfig(name="vijf_clusters", title="Clusters zonder Cluster 6"),
    "cluster_6": ClusterGroupConfig(name="cluster_6_samen", title="Cluster 6"),
}


class BalanceConfig(ConfigModel):
    """Order of the waterfall, the names of the sum of all clusters and of those of one kind, and how supply is told in
    time."""

    national_name: FileName = Field(pattern=SLUG)
    """the name of the sum of all clusters"""
    group: dict[ClusterKind, ClusterGroupConfig] = Field(default_factory=CLUSTER_GROUPS.copy)
    """the sums of the clusters of each kind"""
    waterfall: tuple[str, ...] = WATERFALL
    """the order of the posts"""
    basis: str
    in_time: InTimeConfig
    room: RoomQuestionsConfig
    levers: LeverConfig
    scarce: ScarceConfig
    slivers: SliverConfig = Field(default_factory=SliverConfig)
    solve_seconds: float = Field(gt=0, le=3600)
    """how long a placement of projects is searched for"""
    segment: dict[str, SegmentConfig] = Field(default_factory=dict)
    """the activity that stands for each segment of demand.csv"""

    @model_validator(mode="after")
    def _every_kind_has_its_sum(self) -> Self:
        names = [self.national_name, *(group.name for group in self.group.values())]
        if sorted(self.group) != sorted(CLUSTER_KINDS) or repeated(names):
            raise ValueError(f"group must name each of {list(CLUSTER_KINDS)}, and no two sums the same: found {names}")
        return self

    @model_validator(mode="after")
    def _every_verdict_has_its_place(self) -> Self:
        if sorted(self.waterfall) != sorted(WATERFALL) or self.waterfall[0] != "gross":
            raise ValueError(f"waterfall must start with 'gross' and name each of {list(WATERFALL[1:])} once")
        return self


Verdict = Annotated[str, one_of(VERDICTS)]


class VerdictConfig(ConfigModel):
    """One row of the written table of holding and room; its columns are those of VerdictRow."""

    holding: Annotated[str, one_of(HOLDINGS)]
    """who has the land"""

    def verdict(self, room: str) -> str:
        """The verdict for a room."""
        return str(getattr(self, room))


VERDICT_COLUMNS: dict[str, Any] = {
    room: (Verdict, Field(description=f"the verdict where the rules say {room}")) for room in ROOMS
}
# Under the name that it is made with, so that rows go to other processes.
VerdictRow: type[VerdictConfig] = create_model(
    "VerdictRow",
    __doc__="A row of the written table of holding and room: the verdict where somebody has the land so, by room.",
    __base__=VerdictConfig,
    __module__=__name__,
    **VERDICT_COLUMNS,
)


class DemandConfig(ConfigModel):
    """A published figure of demand; the file ships empty."""

    cluster_id: str
    """the cluster"""
    year: Year
    """the year for which it is asked"""
    scenario: str
    """the scenario of the study"""
    segment: str
    """the segment, which balance.toml gives an activity"""
    demand_ha: Hectares
    """how much is asked"""
    source: str
    """the study"""
    version: str
    """its version"""
    page: str
    """where it stands"""
    programme: str = ""
    """the national programme that asks for it (PEH, MIEK, VAWOZ) where it is a claim without a place"""
