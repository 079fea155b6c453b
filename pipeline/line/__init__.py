"""The line as data: each stage with its inputs, its outputs and the config that it reads.

May import the stages and the runner; declarations only, a rule found here is in the wrong room.
Open `__init__.py` first: the ten stages in order.
"""

from __future__ import annotations

from typing import Any

from pipeline.line import account, land, room
from pipeline.line.catalog import cluster_units, from_stages, supplied, units_and_sum
from pipeline.line.ingest import harmonise_layer, harmonise_settings
from pipeline.line.land import known_proof, resolve_params
from pipeline.runner.stage import Context, Stage

__all__ = ["LINE", "VERBS", "known_proof", "resolve_params"]


def _nothing(_: Context, __: str) -> Any:
    return None


LINE = (
    Stage(
        "harmonise",
        "what does the source say, in our words?",
        supplied,
        lambda *_: {},
        harmonise_settings,
        harmonise_layer,
        ("acquire", "harmonise"),
    ),
    Stage(
        "resolve",
        "who holds each part of each plot, until when?",
        cluster_units,
        land.resolve_reads,
        land.resolve_settings,
        land.work_resolve,
        ("resolve",),
    ),
    Stage(
        "constrain",
        "where does each reason apply?",
        cluster_units,
        land.constrain_reads,
        land.constrain_settings,
        land.work_constrain,
        ("constrain.py",),
    ),
    Stage(
        "overlay",
        "which part of which holding lies under which reasons?",
        cluster_units,
        lambda _, unit: from_stages(("holding_shapes", "zone_shapes"), [unit]),
        land.overlay_settings,
        land.work_overlay,
        ("overlay",),
        ("holding_shapes",),
        land.ready_to_cut,
    ),
    Stage(
        "measure",
        "what can be measured of each plot?",
        cluster_units,
        room.measure_reads,
        room.measure_settings,
        room.work_measure,
        ("measure",),
    ),
    Stage(
        "assess",
        "is it free, may this activity be here, is it fit?",
        cluster_units,
        room.assess_reads,
        room.assess_settings,
        room.work_assess,
        ("assess",),
    ),
    Stage(
        "assemble",
        "which pieces together make a plot?",
        cluster_units,
        room.assemble_reads,
        room.assemble_settings,
        room.work_assemble,
        ("assemble",),
    ),
    Stage(
        "balance",
        "how much, and why not more?",
        units_and_sum,
        account.balance_reads,
        account.balance_settings,
        account.work_balance,
        ("balance",),
    ),
    Stage(
        "publish",
        "what does the planner open?",
        units_and_sum,
        account.publish_reads,
        account.publish_settings,
        account.work_publish,
        ("publish",),
    ),
)
VERBS = ("acquire", *(stage.name for stage in LINE))
