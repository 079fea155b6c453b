"""What a run knew of who holds the land: its rules and days as JSON, so that a later run can be compared with it."""

import dataclasses
import json

from pipeline.project.project import Project
from pipeline.stages.resolve.cluster import resolve_params


def describe(config: Project) -> str:
    """What a run knows of its rules and days, as JSON."""
    params = resolve_params(config)
    content = {
        "resolve": config.resolve.model_dump(mode="json"),
        "reference_date": str(params.today),
        "dated": {name: str(day) for name, day in params.dated.items()},
        "known": dataclasses.asdict(params.known),
        "changes": config.publish.changes.model_dump(mode="json"),
        "clusters": {slug: cluster.title for slug, cluster in config.clusters.items()},
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
