"""Units of stages done by the workers of a Dask cluster: as here, from stored tables to stored tables and a receipt."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from layers.errors import Refusal
from pipeline.runner.freshness import Evidence, differences, expected_receipt
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Report, Task, run_task
from pipeline.runner.workers import INSTALL, SAME, Workers, refusal_of_workers

_seen: dict[tuple[str | None, str], Evidence] = {}  # of one stage at a time: its inputs stay while its units run
ONE_AT_A_TIME = Lock()  # threads of one worker: charts and the database of a GeoPackage are not made for several


@contextmanager
def remote_results(
    workers: Workers, context: RunContext, tasks: Sequence[Task]
) -> Iterator[list[Callable[[], Report]]]:
    """Have workers do the tasks, whichever is free; what gives the report of each, in their order. What nobody waits
    for any more is cancelled."""
    waiting = [workers.submit(run_there, context, task) for task in tasks]
    try:
        yield [remote.result for remote in waiting]
    finally:
        for remote in waiting:
            remote.cancel()


def run_there(context: RunContext, task: Task) -> Report | Refusal:
    """One unit, done by a worker; or what keeps it from that: it must read the same inputs by the same code."""
    with ONE_AT_A_TIME:
        try:
            context.store.still_held()
            others = differences(expected_receipt(_evidence(context, task), task.stage, task.unit), task.receipt)
            if others:
                return refusal_of_workers(
                    actual=f"a worker would make {task.stage.name} of {task.unit} from something else: {others[0]}",
                    expected=f"{SAME}, and the tables of this run under the same path",
                    todo=f"{INSTALL}; name a folder with --outputs that all workers see under the same path",
                )
            return run_task(context, task)
        except Refusal as refusal:  # returned, not raised: it is no fault of the worker
            return refusal
        except (AttributeError, ImportError) as fault:  # of our own: not that of a worker without our code
            raise RuntimeError(f"{task.stage.name} of {task.unit}: {fault}") from fault
        except (MemoryError, OSError) as fault:
            return refusal_of_workers(
                actual=f"a worker could not do {task.stage.name} of {task.unit}: {type(fault).__name__} {fault}",
                expected="memory and room for one unit, and the folders of this run under the same paths",
                todo="see its log",
            )


def _evidence(context: RunContext, task: Task) -> Evidence:
    """What was written before a stage, looked at once by a worker for all units of it."""
    key = context.store.run, task.stage.name
    if key not in _seen:
        _seen.clear()
        _seen[key] = Evidence(context)
    return _seen[key]
