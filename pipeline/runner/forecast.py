"""What a run will take, before it starts: from what its units took when last run, else from the plots there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from statistics import mean

from pipeline.runner.cost import Cost
from pipeline.runner.task import Report

# Of a first run, on a machine of two processors with kernels compiled: the example and the port of Amsterdam take so.
SECONDS_PER_CLUSTER, SECONDS_PER_PLOT = 6.0, 0.015


@dataclass(frozen=True)
class Forecast:
    """How many units may have to run, and about how many seconds they take; None where that stage never ran here."""

    units: int
    seconds: float | None


def forecast_of(stale: Iterable[Report], earlier: Mapping[tuple[str, str], Cost], jobs: int) -> Forecast:
    """What stale units will take, by the cost of each when it last ran; one that never ran, as others of its stage do.

    Units of a stage are divided over so many jobs.
    """
    reports = [report for report in stale if report.reasons]
    seconds: float | None = 0.0
    for stage, group in groupby(reports, lambda report: report.stage):
        units = [report.unit for report in group]
        known = {unit: cost["wall_s"] or 0.0 for (name, unit), cost in earlier.items() if name == stage}
        if not known or seconds is None:
            seconds = None
            continue
        seconds += sum(known.get(unit, mean(known.values())) for unit in units) / min(jobs, len(units))
    return Forecast(len(reports), seconds)


def seconds_by_plots(plots: int, clusters: int, jobs: int) -> float:
    """About how many seconds a first run takes once its files are read."""
    return SECONDS_PER_CLUSTER * (1 + clusters / min(jobs, clusters)) + SECONDS_PER_PLOT * plots / min(jobs, clusters)
