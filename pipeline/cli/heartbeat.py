"""A sign of life: a line on stderr whenever a command has said nothing for some seconds, with what it is at."""

import threading
import time
from collections.abc import Callable
from typing import Self

import click

HEARTBEAT = "industrieruimte.heartbeat"
SILENCE_S = 9.0


class Heartbeat:
    """Says what the work is at when nothing was said for so many seconds; between `with` and its end."""

    def __init__(self, say: Callable[[str], None], silence_s: float) -> None:
        self.work, self.say, self.silence_s = "", say, silence_s
        self._begun = self._heard = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say no more."""
        self.stop()

    def set_work(self, work: str) -> None:
        """Remember what the work is at."""
        self.work = work

    def heard(self) -> None:
        """Something was said: the silence begins anew."""
        self._heard = time.monotonic()

    def stop(self) -> None:
        """Say no more: all is done, or a moving line on the terminal shows that the work goes on."""
        self._is_over.set()

    def _watch(self) -> None:
        while not self._is_over.wait(max(0.01, self._heard + self.silence_s - time.monotonic())):
            now = time.monotonic()
            if now - self._heard >= self.silence_s:
                self.say(f"{self.work} ... {now - self._begun:.0f} s")
                self._heard = now


def heartbeat_of(command: click.Context) -> Heartbeat:
    """That of a command, which its parts find by `current`; until one of them says what it is at, the verb."""

    def say(line: str) -> None:
        """Write a line on stderr."""
        click.echo(line if beat.work else f"{command.invoked_subcommand or ''}{line}", err=True)

    beat = command.meta[HEARTBEAT] = Heartbeat(say, SILENCE_S)
    return beat


def current() -> Heartbeat:
    """The heartbeat of the command at work; one that says nothing where there is none."""
    context = click.get_current_context(silent=True)
    beat = context.meta.get(HEARTBEAT) if context is not None else None
    return beat if isinstance(beat, Heartbeat) else Heartbeat(lambda _: None, SILENCE_S)
