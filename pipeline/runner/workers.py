"""The workers of a Dask cluster, which do units of stages and cut ranges of land; they see this run's folders.

What a worker is handed is a function of ours and plain values: it reads and writes tables itself, under the same path.
A worker that is lost costs what it was at: another does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from threading import Thread
from typing import Any

from layers.errors import ConfigRefusal, Refusal

SECONDS_TO_ANSWER = 10
WAYS = ("tcp", "tls", "ws", "wss")
SAFE_WAYS = ("tls", "wss")
SAME = "the same version of industrieruimte, and of what it stands on, on every worker"
INSTALL = "install the same version there, then start that worker again"
refusal_of_workers = partial(ConfigRefusal, "option --scheduler")


@dataclass(frozen=True)
class Workers:
    """The workers that are there: how many threads they have, and the client that hands them work."""

    client: Any
    threads: int

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> RemoteResult:
        """Have some worker do it; what is submitted twice is done twice."""
        return RemoteResult(self.client.submit(work, *arguments, pure=False))


@dataclass(frozen=True)
class RemoteResult:
    """What some worker is at."""

    future: Any

    def result(self) -> Any:
        """What came out; refused where a worker refused it, and in words where workers, versions or scheduler fail."""
        from distributed import KilledWorker

        try:
            content = self.future.result()
        except KilledWorker as fault:
            raise refusal_of_workers(
                actual=f"one worker after the other was lost at the same work ({fault.last_worker.address} the last)",
                expected="workers that live, with memory for what they are at",
                todo="see the log of that worker; a run without --scheduler needs no more memory than one of them",
            ) from None
        except (ImportError, AttributeError) as fault:
            raise refusal_of_workers(actual=f"a worker says: {fault}", expected=SAME, todo=INSTALL) from None
        except (CancelledError, OSError) as fault:
            raise refusal_of_workers(
                actual=f"the scheduler is gone ({type(fault).__name__})",
                expected="one that is there until the run is done",
                todo="start it again, then run again: what is done is not done again",
            ) from None
        if isinstance(content, Refusal):
            raise content
        return content

    def cancel(self) -> Any:
        """Leave it undone where no worker began it."""
        return self.future.cancel()


@contextmanager
def connected(address: str, version: Callable[[], str]) -> Iterator[Workers]:
    """The workers of the cluster at an address; refused where there are none, or where `version` says something else
    there than here."""
    try:
        from distributed import Client, Security
    except ImportError:
        raise refusal_of_workers(
            actual="no Dask here",
            expected="the extra 'cluster'",
            todo="install it: pip install 'industrieruimte[cluster]'",
        ) from None
    _check_address(address)
    # Looked at here, for a client that failed at it complains when it is thrown away.
    if address.startswith(SAFE_WAYS) and Security().get_connection_args("client").get("ssl_context") is None:
        raise refusal_of_workers(
            actual=f"'{address}' asks for TLS, and this machine has no certificate for it",
            expected="distributed.comm.tls.client.cert and .key, and .ca-file, in the configuration of Dask",
            todo="see 'Workers' in docs/manual.md",
        )
    with _client(Client, address) as client:
        threads = client.nthreads()
        if not threads:
            raise refusal_of_workers(
                actual=f"no workers at '{address}'",
                expected="at least one",
                todo=f"start one: dask worker {address}",
            )
        check_versions(client, version)
        yield Workers(client, sum(threads.values()))


def _check_address(address: str) -> None:
    """Refuse what is no address, and one beyond this machine over which anybody could listen and speak."""
    way, _, place = address.rpartition("://")
    if (way or "tcp") not in WAYS or not re.fullmatch(r".+:\d+", place):
        raise _no_scheduler(address, f"not an address such as tcp://HOST:PORT; {', '.join(WAYS)} are known")
    if (way or "tcp") not in SAFE_WAYS and not _is_loopback(place.rpartition(":")[0].strip("[]")):
        raise refusal_of_workers(
            actual=f"'{address}' is on another machine, without TLS",
            expected="tls://HOST:PORT: a scheduler can run any code here, and who reaches it any code on workers",
            todo="give all of them certificates of an authority of your own: see 'Workers' in docs/manual.md",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which may be any machine
        return False


def _client(connect_to: Callable[..., Any], address: str) -> Any:
    """A client of the scheduler; made in another thread, since one that listens and does not answer would
    block this one.
    """
    answers: list[Any] = []

    def connect() -> None:
        try:
            answers.append(connect_to(address, timeout=SECONDS_TO_ANSWER, set_as_default=False))
        except (OSError, TypeError, ValueError, RuntimeError, ImportError) as fault:
            answers.append(_no_scheduler(address, f"{type(fault).__name__}: {str(fault)[:100]}"))

    waiting = Thread(target=connect, daemon=True)
    waiting.start()
    waiting.join(2 * SECONDS_TO_ANSWER)
    client = answers[0] if answers else _no_scheduler(address, "something listens there, and does not answer as one")
    if isinstance(client, ConfigRefusal):
        raise client
    return client


def _no_scheduler(address: str, cause: str) -> ConfigRefusal:
    return refusal_of_workers(
        actual=f"no scheduler at '{address}' ({cause})",
        expected="the address of a Dask scheduler that runs, such as tls://10.0.0.4:8786",
        todo="start one with: dask scheduler, and workers with: dask worker ADDRESS",
    )


def check_versions(client: Any, version: Callable[[], str]) -> None:
    """Refuse a worker of other code: its bits could be others. One that joins later is checked at its work."""
    ours = version()
    for worker, theirs in sorted(client.run(version, on_error="return").items()):
        is_lost = isinstance(theirs, OSError)  # while it was asked: what it would do another does
        if theirs != ours and not is_lost:
            fault = f"it has {_only_in(theirs, ours)}" if isinstance(theirs, str) else f"it says: {str(theirs)[:120]}"
            expected = f"{SAME}: {_only_in(ours, str(theirs))}"
            raise refusal_of_workers(
                actual=f"worker {worker} is of another version: {fault}", expected=expected, todo=INSTALL
            )


def _only_in(version: str, other: str) -> str:
    """The parts of a version that another one does not have."""
    return ", ".join(part for part in version.split(", ") if part not in other.split(", "))
