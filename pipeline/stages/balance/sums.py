"""Sums of clusters: of all of them, and of those of each kind where there are several kinds."""

from collections.abc import Collection, Iterator, Mapping

import pandas as pd


def summands(
    table: pd.DataFrame, national_name: str, groups: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The name of each sum with its rows of a table that holds those of all clusters: every row under the national
    name, and under the name of a group those of its clusters."""
    yield national_name, table
    for name, clusters in groups.items():
        rows = table[table["cluster_id"].isin(list(clusters))]
        if len(rows):
            yield name, rows
