"""A stage that runs each time: it is called, and what it gives is written only where something else stands there.

What such a stage finds outside the results, as files of sources, it gives as rows: they count as its inputs.
"""

import dataclasses

from pipeline.runner import cost
from pipeline.runner.freshness import Evidence, differences, row_checksums
from pipeline.runner.inputs import as_table, check
from pipeline.runner.task import FILES_KEY, Task, run_stage


def called(evidence: Evidence, task: Task) -> Task:
    """The task after its stage was called: with what that gave, and with the rows among it as inputs."""
    first = cost.begin()
    stage, unit, inputs = task.stage.name, task.unit, dict(task.receipt.inputs)
    written = run_stage(evidence.context, task, task.notes)
    for name, rows in written.items() if isinstance(written, dict) else ():
        if isinstance(rows, list) and name != FILES_KEY:
            evidence.given_rows[stage, unit, name] = rows
            inputs |= row_checksums(name, rows)
    receipt = dataclasses.replace(task.receipt, inputs=inputs)
    return dataclasses.replace(task, receipt=receipt, written=written, begun=first)


def is_as_before(evidence: Evidence, task: Task) -> bool:
    """Whether a stage that was called gave rows alone, and the same as when it wrote the tables that stand there."""
    earlier = evidence.receipt(task.stage.name, task.unit)
    gave_rows = isinstance(task.written, dict) and all(isinstance(rows, list) for rows in task.written.values())
    return gave_rows and earlier is not None and not differences(task.receipt, earlier)


def dry_run(evidence: Evidence, task: Task) -> None:
    """Find out what a stage that always runs would write, for the stages behind it."""
    task = called(evidence, task)
    if is_as_before(evidence, task):
        return
    from pipeline.storage.table_bytes import checksum_of

    outputs = {}
    for name, given in (task.written or {}).items():
        if name != FILES_KEY:
            content = as_table(name, given)
            check(name, content, task.unit)
            evidence.given_rows[task.stage.name, task.unit, name] = content.to_dict("records")
            outputs[name] = checksum_of(content)
    evidence.receipts[task.stage.name, task.unit] = dataclasses.replace(task.receipt, outputs=outputs)
