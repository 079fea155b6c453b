"""Charts: what is drawn where a table has rows of few kinds."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.stages.publish.charts.charts import _between


@pytest.mark.parametrize(
    ("periods", "years"),
    [
        pytest.param([(2030, "2030-2034"), (2040, "2040-2044")], [2030, 2035, 2040], id="nothing ends later"),
        pytest.param([(2030, "2030-2034"), (2045, "later")], [2030, 2035, 2040], id="up to what ends later"),
        pytest.param([(2026, "past"), (2045, "later")], [], id="no bin with years of its own"),
    ],
)
def test_bins_of_the_renewal_wall_run_on_between_the_first_and_the_last(
    periods: list[tuple[int, str]], years: list[int]
) -> None:
    table = pd.DataFrame(periods, columns=["from_year", "period"])
    assert _between(table) == {(year, f"{year}-{year + 4}") for year in years}
