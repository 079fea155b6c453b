"""The smallest changes after which a plot serves: drawn cases, and every set against trying all of them by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pandas as pd
import pytest
from drawn_sites import whole_of
from hypothesis import given, settings
from hypothesis import strategies as st
from squared_paper import square, table

from pipeline.land.tenure_timeline import Timeline
from pipeline.project.load import Project
from pipeline.stages.assemble.changes import smallest_changes

THREE = {"least_area_ha": 3}


def change_sets(
    rules: Project, shapes: dict[str, Any], plot: str = "a", fixed: tuple[str, ...] = (), **given: Any
) -> list[str]:
    """The sets of changes of a plot, in their order."""
    result = smallest_changes(whole_of(rules, shapes, **given), "p", fixed)
    return result.loc[result["parcel_id"] == plot, "changes"].tolist()


BIG, SMALL = square(0, 0, 2, 2), square(0, 0, 2, 1)


@pytest.mark.parametrize(
    ("shapes", "given", "sets"),
    [
        pytest.param({"a": BIG}, {}, ["none"], id="it serves now"),
        pytest.param({"a": BIG}, {"held": {"a"}}, ["holding.leased"], id="its lease ends"),
        pytest.param(
            {"a": BIG},
            {"late": {"a": 2030}, "years": (2026, 2030)},
            ["wait:2030-01-01", "holding.leased"],
            id="or one waits",
        ),
        pytest.param(
            {"a": BIG},
            {"late": {"a": 2050}, "years": (2026, 2030, 2050)},
            ["wait:2050-01-01", "holding.leased"],
            id="only the first year in which waiting helps",
        ),
        pytest.param({"a": BIG}, {"blocked": {"a"}}, ["rule"], id="a rule is lifted"),
        pytest.param({"a": BIG}, {"blocked": {"a"}, "held": {"a"}}, ["holding.leased rule"], id="both at once"),
        pytest.param({"a": SMALL, "b": square(2, 0)}, {"held": {"b"}}, ["join:b"], id="the neighbour comes with it"),
        pytest.param(
            {"a": SMALL, "b": square(2, 0), "c": square(0, 1)},
            {"held": {"b", "c"}},
            ["join:b", "join:c"],
            id="either neighbour",
        ),
        pytest.param(
            {"a": SMALL, "b": square(3, 0)}, {"held": {"b"}}, ["beyond"], id="one that does not touch is no neighbour"
        ),
        pytest.param(
            {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0)},
            {"held": {"b", "c"}},
            ["beyond"],
            id="the neighbour of a neighbour is none",
        ),
        pytest.param(
            {"a": square(1, 0), "b": square(0, 0), "c": square(2, 0)},
            {"held": {"b", "c"}},
            ["join:b join:c"],
            id="both neighbours",
        ),
        pytest.param(
            {"a": SMALL, "b": square(2, 0)},
            {"held": {"b"}, "blocked": {"b"}},
            ["join:b rule"],
            id="a neighbour under a rule needs that lifted too",
        ),
        pytest.param(
            {"a": SMALL, "b": square(2, 0)},
            {"late": {"b": 2030}, "years": (2026, 2030)},
            ["wait:2030-01-01", "join:b"],
            id="the neighbour comes free by itself",
        ),
        pytest.param({"a": square(0, 0)}, {}, ["beyond"], id="too small, and nobody beside it"),
    ],
)
def test_the_smallest_changes(rules: Project, shapes: dict[str, Any], given: dict[str, Any], sets: list[str]) -> None:
    assert change_sets(rules, shapes, profile=THREE, **given) == sets


@pytest.mark.parametrize(
    ("free", "room", "words"),
    [
        pytest.param("2032-03-02", 2026, "wait:2032-03-02", id="the day on which it comes free"),
        pytest.param("2032-03-02", 2040, "wait:2040-01-01", id="the year in which a rule ends"),
        pytest.param("2049-12-31", 2040, "wait:2049-12-31", id="the later of both"),
    ],
)
def test_one_waits_until_the_day(rules: Project, free: str, room: int, words: str) -> None:
    """Plot a is free, and too small until b beside it is; c beyond comes last and is not waited for."""
    shapes = {"a": SMALL, "b": square(2, 0), "c": square(3, 0)}
    whole = whole_of(rules, shapes, profile=THREE, late={"b": 2050, "c": 2050}, years=(2026, 2050))
    since = {"a": pd.Timestamp("2026-10-01"), "b": pd.Timestamp(free), "c": pd.Timestamp("2049-12-31")}
    states = whole.land.states.assign(status_since=whole.land.states["holding_id"].map(since).astype("datetime64[ms]"))
    open_since = whole.land.rooms["combination_id"].map({"a": 2026, "b": room, "c": 2026})
    rooms = whole.land.rooms.assign(open_since=open_since.astype("Int32"))
    drawn = replace(whole, land=replace(whole.land, states=states, rooms=rooms))
    result = smallest_changes(drawn, "p", ())
    assert words in result.loc[result["parcel_id"] == "a", "changes"].tolist()


@pytest.mark.parametrize(
    ("late", "words"),
    [
        pytest.param({"b": "2057-01-01"}, "wait:2032-03-02/2057-01-01", id="c is not waited for"),
        pytest.param({"b": "2057-01-01", "c": "2040-05-01"}, "wait:2032-03-02/2057-01-01", id="c does not help"),
        pytest.param({"b": "2032-03-02"}, "wait:2032-03-02", id="the same in both cases"),
        pytest.param({}, "wait:2032-03-02", id="never"),
        pytest.param({"a": "2060-02-01", "b": "2057-01-01"}, "wait:2032-03-02/2060-02-01", id="the last of both"),
    ],
)
def test_one_waits_until_a_day_at_the_latest(rules: Project, late: dict[str, str], words: str) -> None:
    """Plot a serves with b beside it, no extension called from 2 March 2032; `late`: from when each is free if all are
    called. Of c, free from 2049, is too little to serve with."""
    shapes = {"a": SMALL, "b": square(2, 0), "c": square(2, 1, 1, 0.5)}
    whole = whole_of(rules, shapes, profile=THREE, late={"b": 2050, "c": 2050}, years=(2026, 2050))
    since = {"a": pd.Timestamp("2026-10-01"), "b": pd.Timestamp("2032-03-02"), "c": pd.Timestamp("2049-12-31")}
    states = whole.land.states.assign(status_since=whole.land.states["holding_id"].map(since).astype("datetime64[ms]"))
    rooms = whole.land.rooms.assign(open_since=pd.Series(2026, index=whole.land.rooms.index, dtype="Int32"))
    periods = [
        {"holding_id": n, "case": "latest", "begins_on": day, "tenure_status": status, "decided_by": "contract"}
        | {"chance_free": float(status == "free")}
        for n in shapes
        for day, status in (("2026-10-01", "leased"), (late.get(n), "free"))
        if day
    ]
    if "a" not in late:
        periods = [
            {**row, "tenure_status": "free", "chance_free": 1.0} if row["holding_id"] == "a" else row for row in periods
        ]
    lines = table("holding_periods", periods)
    ends = lines.groupby("holding_id")["begins_on"].shift(-1)
    lines["until"] = (pd.to_datetime(ends) - pd.Timedelta(days=1)).astype(lines["until"].dtype)
    keys = sorted(shapes)
    drawn = replace(
        whole,
        land=replace(whole.land, states=states, rooms=rooms),
        late=Timeline.from_periods(lines, "latest", keys),
    )
    result = smallest_changes(drawn, "p", ())
    assert [word for word in result.loc[result["parcel_id"] == "a", "changes"] if word.startswith("wait:")] == [words]


def test_what_is_lifted_counts_from_when_it_is_so(rules: Project) -> None:
    """Plot a is contracted now and leased from 2029 on: without the lease it serves from then, not from today."""
    whole = whole_of(rules, {"a": BIG}, profile=THREE, held={"a"}, years=(2026, 2050))
    is_now = whole.land.states["year"] == 2026
    states = whole.land.states.assign(
        tenure_status=whole.land.states["tenure_status"].mask(is_now, "contracted"),
        status_since=pd.Series(pd.Timestamp("2029-05-01"), index=is_now.index).astype("datetime64[ms]"),
    )
    room = whole.land.rooms.assign(open_since=pd.Series(2026, index=whole.land.rooms.index, dtype="Int32"))
    result = smallest_changes(replace(whole, land=replace(whole.land, states=states, rooms=room)), "p", ())
    assert result["changes"].tolist() == ["holding.contracted", "holding.leased wait:2029-05-01"]


def test_what_cannot_be_lifted_is_no_change(rules: Project) -> None:
    assert change_sets(rules, {"a": BIG}, fixed=("rule",), blocked={"a"}, profile=THREE) == ["beyond"]


@pytest.mark.parametrize(("wide", "sets"), [(1.1, ["none"]), (0.9, ["rule"])])
def test_a_plot_serves_when_half_of_it_does(rules: Project, wide: float, sets: list[str]) -> None:
    shapes = {"free": square(0, 0, wide, 4), "rest": square(wide, 0, 2 - wide, 4)}
    plots = {"free": "a", "rest": "a"}
    assert change_sets(rules, shapes, plots=plots, blocked={"rest"}, profile={"least_area_ha": 2}) == sets


spots = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=7, unique=True)


@settings(max_examples=40)
@given(spots, st.sets(st.integers(0, 6)), st.sets(st.integers(0, 6)))
def test_every_minimal_set_is_found_and_no_other(
    rules: Project, places: list[tuple[int, int]], held: set[int], blocked: set[int]
) -> None:
    """Against judging the land anew after each set of changes, one after the other."""
    shapes = {f"p{n}": square(x, y) for n, (x, y) in enumerate(places)}
    has, bars = {f"p{n}" for n in held} & set(shapes), {f"p{n}" for n in blocked} & set(shapes)
    near = [name for name, shape in shapes.items() if name != "p0" and shape.intersection(shapes["p0"]).length > 1]
    closed = [f"join:{name}" for name in near if name in has | bars]
    factors = [word for word, names in (("holding.leased", has), ("rule", bars)) if "p0" in names]
    factors += ["rule"] if bars & set(near) and "rule" not in factors else []

    def serves(changes: tuple[str, ...]) -> bool:
        joined = {word.removeprefix("join:") for word in changes if word.startswith("join:")}
        free = (has - joined) - ({"p0"} if "holding.leased" in changes else set())
        room = bars - ((joined | {"p0"}) if "rule" in changes else set())
        judged = whole_of(rules, shapes, held=free, blocked=room, profile=THREE).assessments
        return bool((judged.loc[judged["piece_id"] == "p0", "verdict"] == "usable").all())

    def is_tried(changes: tuple[str, ...]) -> bool:
        """A rule that is not on the plot itself is lifted only for a neighbour that comes along."""
        return "rule" not in changes or "p0" in bars or any(word.startswith("join:") for word in changes)

    every = [
        set(change_set)
        for size in range(4)
        for change_set in combinations([*factors, *closed], size)
        if is_tried(change_set) and serves(change_set)
    ]
    minimal = {" ".join(sorted(change_set)) for change_set in every if not any(other < change_set for other in every)}
    result = {
        word.replace("none", "") for word in change_sets(rules, shapes, "p0", held=has, blocked=bars, profile=THREE)
    }
    assert result - {"beyond"} == minimal and ("beyond" in result) == (not minimal)
