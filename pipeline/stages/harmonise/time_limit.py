"""A limit to the time that a piece of work may take, for work that a user's own card sets."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from layers.errors import ConfigRefusal


@contextmanager
def time_limit(seconds: float, thing: str) -> Iterator[None]:
    """Refuse the thing when the work within takes more processor seconds than this.

    Only in the main thread of a process, and where the system has such clocks; elsewhere the work takes its time.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise ConfigRefusal(
            thing,
            actual=f"more than {seconds:g} s of work",
            expected="a pattern that fits or fails at once",
            todo="leave out repetitions within repetitions, such as (a+)+",
        )

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
