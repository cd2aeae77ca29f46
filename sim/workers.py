"""Doing many independent things, here, in several processes or on a cluster; the results do not depend on which.

Workers may have a memory. A study asks for the same things in the same order whatever does them, so a thing is known by
its place: the third task of the second stream. What a stopped study had done is taken from there when asked for again.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import pickle
import signal
import socket
import sys
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count, islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, get_type_hints
from urllib.parse import urlsplit

from sim.errors import SimError
from sim.inputs import program

if TYPE_CHECKING:
    from types import FrameType

    from sim.engine import Checks

__all__ = ["Memory", "Pool", "Progress", "Staff", "Workers", "counter", "dask", "map", "pool"]

AHEAD, DEEP = 64, 4
"""Tasks that are handed out before the first of them is asked for: so many, or so many for each worker if that is more,
enough for all to be busy."""
PATIENCE_S, IMPORT_S = 4, 60
"""How long a scheduler is waited for, and how long workers that import this program [s]."""
LOOK_S, ALONE_S = 2, 20
"""After how long without a result a cluster is looked at, and how long one without workers may stay so [s]."""

Task = TypeVar("Task")
Context = TypeVar("Context")
Result = TypeVar("Result")


Progress = Callable[[int, int], None]
"""Is told how many tasks are done, and of how many."""


class Memory(Protocol):
    """What has been worked out before, under names."""

    def load(self, name: str, kind: Any) -> Any:
        """Return what was saved under a name as a value of a type, None if there is nothing that is one."""

    def save(self, name: str, value: Any) -> None:
        """Save what is not None under a name."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Workers who are told more than how many they are."""

    workers: int | Executor
    memory: Memory | None = None
    """What they have done for one study."""
    checks: Checks | None = None
    """What they simulate by, and which plans are compared."""
    streams: Iterator[int] = field(default_factory=count)
    """Numbers the streams of tasks in the order in which they are begun."""


Workers = int | Executor | Staff
"""Processes to start, or any executor of `concurrent.futures`; with or without a memory and a choice of the engine."""


class Pool(NamedTuple):
    """Workers that know what all of their tasks have in common."""

    submit: Callable[..., Future[Any]] | None
    """Hands out a function and a task; None: tasks are done here, when their results are asked for."""
    number: int
    """How many there are, 0 if nobody says."""
    staff: Staff
    context: Any
    wait: Callable[[Future[Any]], Any] = Future.result
    """Returns the result of a task that was handed out."""

    def stream(
        self, function: Callable[[Task, Context], Result], tasks: Iterable[Task]
    ) -> Generator[Result, None, None]:
        """Return function(task, context) of every task, in the order of the tasks; some ahead are worked on meanwhile.

        An executor begins at once, behind what it was given before; without one, a task is done when its result is
        asked for. Tasks may be endless. When nobody asks for more, those not begun are dropped. What the workers
        remember is not worked out again, what is worked out they keep.
        """
        found = _stream(self, function, iter(tasks), _memory(self, function))
        next(found)
        return found  # type: ignore[return-value]


@contextmanager
def pool(jobs: Workers, context: Any) -> Iterator[Pool]:
    """Yield workers, to each process of which *context* is handed once.

    Parameters
    ----------
    jobs : int, Executor or Staff
        Processes to start, of which a single one is this, or any executor of `concurrent.futures`, which is left
        running.
    context : object
        What all tasks have in common.
    """
    staff = jobs if isinstance(jobs, Staff) else Staff(jobs)
    workers = staff.workers
    if isinstance(workers, Executor):
        packed = zlib.compress(pickle.dumps(context), 1)
        handed = (program(), hashlib.sha256(packed).hexdigest(), packed)
        wait = workers.wait if isinstance(workers, _Cluster) else Future.result
        yield Pool(lambda *task: workers.submit(_do_abroad, *handed, *task), _number(workers), staff, context, wait)
    elif workers == 1:
        yield Pool(None, 1, staff, context)
    else:
        with _processes(workers, context) as executor:
            yield Pool(lambda *task: executor.submit(_do, *task), workers, staff, context)


def map(  # noqa: A001 - the name that executors have for it
    function: Callable[[Task, Context], Result],
    tasks: Sequence[Task],
    context: Context,
    *,
    jobs: Workers = 1,
    tick: Callable[[], None] | None = None,
) -> list[Result]:
    """Return function(task, context) of every task, in the order of the tasks, whatever order they end in.

    Parameters
    ----------
    function : callable
        Of a module, without memory: what it returns depends on task and context alone.
    context : object
        What all tasks have in common; handed once to each worker.
    tick : callable or None, default=None
        Called after every task.
    """
    found: list[Result] = []
    with pool(jobs, context) as workers:
        for result in workers.stream(function, tasks):
            found.append(result)
            if tick is not None:
                tick()
    return found


def counter(progress: Progress | None, total: int | None = None) -> Callable[[], None]:
    """Return what is called after every task, and tells *progress* how many are done, of how many; None: who knows."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, done + 1 if total is None else max(done, total))

    return tick


@contextmanager
def _processes(number: int, context: Any) -> Iterator[Executor]:
    executor = ProcessPoolExecutor(number, multiprocessing.get_context(_start_method()), _start, (context,))
    try:
        yield executor
    except BaseException:
        # what they work on is of no use any more, and may take long
        for process in list((executor._processes or {}).values()):  # noqa: SLF001 - nothing public tells them anything
            process.terminate()
        raise
    finally:
        # what runs is waited for: an executor left to itself may fail at the exit of the interpreter
        executor.shutdown(cancel_futures=True)


def _start_method() -> str:
    """Return how processes are started: a fork is at once ready, but would copy other threads in whatever state."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


_held: dict[str, Any] = {"token": "", "context": None, "busy": False, "stopped": False}
"""What was handed to this process, as a worker; whether it is at a task, and whether it shall begin no other."""


_LOCKING = {"coverage", "importlib", "logging", "threading"}
"""Packages whose code holds locks of the whole process; an exception raised in it could leave one locked for ever."""
RETRY_S = 0.01
"""After how long a process that could not drop its task tries again [s]."""


class _Stopped(BaseException):
    """The work on a task was of no use any more."""


def _start(context: Any) -> None:
    """Begin a process of a pool: Ctrl-C goes to all of them, and is for the one that started them.

    Asked to end, a process drops its task and goes on to the next, which it refuses: one that ended while it sends
    would leave half a message, and who waits for the other half waits for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _stop)
    _held["context"] = context


def _stop(_: int, frame: FrameType | None) -> None:
    """Drop the task at hand; a moment later where what runs may hold a lock that the next task would wait for."""
    _held["stopped"] = True
    if not _held["busy"]:
        return
    while frame is not None and frame.f_code is not _do.__code__:
        if frame.f_globals.get("__name__", "").partition(".")[0] in _LOCKING:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, RETRY_S)
            return
        frame = frame.f_back
    raise _Stopped


def _do(function: Callable[[Any, Any], Any], task: Any) -> Any:
    """Do one task in a process of a pool."""
    if _held["stopped"]:
        raise _Stopped
    _held["busy"] = True
    try:
        return function(task, _held["context"])
    finally:
        _held["busy"] = False


# -- executors of others -----------------------------------------------------------------------------------------------

_turn = threading.Lock()
"""What a process holds is its own: threads take turns, and Python would not let them do more anyway."""


def _do_abroad(wanted: str, token: str, context: bytes, function: Callable[[Any, Any], Any], task: Any) -> Any:
    """Do one task, in whatever process and thread."""
    if program() != wanted:
        raise SimError("a worker has another version of this program; install the same on all of them")
    with _turn:
        if _held["token"] != token:
            _held.update(token=token, context=pickle.loads(zlib.decompress(context)))
        return _do(function, task)


@contextmanager
def dask(scheduler: str) -> Iterator[Executor]:
    """Yield an executor on the Dask cluster whose scheduler is at an address, such as tcp://10.0.0.1:8786.

    Tasks of a worker that is lost are done again by another.

    Raises
    ------
    SimError
        If Dask is not installed, the scheduler does not answer, or has no workers that know this program.
    """
    _reach(scheduler)
    try:
        Client: Any = import_module("distributed").Client  # noqa: N806 - an extra, imported when it is asked for
    except ImportError:
        raise SimError("--executor dask needs Dask: pip install 'solid-electrolyte-sim[dask]'") from None
    logging.disable()  # of what Dask logs remains what this program says
    try:
        client = Client(scheduler, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        logging.disable(logging.NOTSET)
        raise SimError(f"what answers at '{scheduler}' is no Dask scheduler; start one with: dask scheduler") from error
    try:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            text = f"the Dask scheduler at '{scheduler}' has no workers; start some with: dask worker {scheduler}"
            raise SimError(text) from None
        _hold_one_version(client, scheduler)
        yield _Cluster(client, scheduler)
    finally:
        with suppress(OSError):  # one that has gone needs no goodbye
            client.close(timeout=PATIENCE_S)
        logging.disable(logging.NOTSET)


def _hold_one_version(client: Any, scheduler: str) -> None:
    """Raise SimError if a worker has no program or another one."""
    try:
        found = client.sync(client._run, program, callback_timeout=IMPORT_S)  # noqa: SLF001 - `run` waits for ever
    except ImportError as error:
        raise SimError(f"a Dask worker cannot run this program: {error}; install it there too") from error
    except OSError:
        text = f"the workers of the Dask scheduler at '{scheduler}' do not answer within {IMPORT_S} s"
        raise SimError(text) from None
    others = sorted(worker for worker, digest in found.items() if digest != program())
    if others:
        raise SimError(f"{', '.join(others)}: another version of this program; install the same on all workers")


class _Cluster(Executor):
    """The workers of a Dask cluster; a result is waited for as long as somebody is there who can send it."""

    def __init__(self, client: Any, scheduler: str) -> None:
        self._client, self._scheduler = client, scheduler
        self._executor = client.get_executor(pure=False)
        self._max_workers = len(client.nthreads())

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand out a task."""
        try:
            found: Future[Any] = self._executor.submit(function, *args, **kwargs)
        except (OSError, RuntimeError) as error:
            raise self._gone() from error
        return found

    def wait(self, future: Future[Any]) -> Any:
        """Return the result of a task; SimError if there is nobody left to do it."""
        alone_since: float | None = None
        while True:
            try:
                return future.result(LOOK_S)
            except TimeoutError:
                if future.done():
                    raise
            except CancelledError:
                raise self._gone() from None
            except Exception as error:
                if type(error).__module__.startswith("distributed"):
                    raise SimError(f"the Dask cluster has given up a task: {type(error).__name__}: {error}") from error
                raise
            now = time.monotonic()
            alone_since = None if self._workers() else alone_since or now
            if alone_since is not None and now - alone_since > ALONE_S:
                text = (
                    f"the Dask scheduler at '{self._scheduler}' has lost its last worker; {ALONE_S} s brought no other"
                )
                raise SimError(text)

    def _workers(self) -> int:
        """Return how many workers there are; SimError if the scheduler does not answer."""
        if self._client.status != "running":
            raise self._gone()
        try:
            return len(self._client.sync(self._client.scheduler.identity, callback_timeout=PATIENCE_S)["workers"])
        except OSError:
            raise self._gone() from None

    def _gone(self) -> SimError:
        return SimError(f"the Dask scheduler at '{self._scheduler}' has gone: no answer within {PATIENCE_S} s")


def _number(executor: Executor) -> int:
    """Return how many workers an executor has, 0 if it does not say."""
    return int(getattr(executor, "_max_workers", 0))


def _reach(scheduler: str) -> None:
    """Raise SimError if nothing listens at an address: Dask itself would try for long."""
    try:
        address = urlsplit(scheduler if "://" in scheduler else f"tcp://{scheduler}")
        host, port = address.hostname, address.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise SimError(f"expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786, found '{scheduler}'")
    try:
        with socket.create_connection((host, port), PATIENCE_S) as connection:
            # a scheduler greets whoever comes
            if "tls" not in scheduler and not connection.recv(1):
                raise ConnectionError
    except OSError as error:
        why = error.strerror or f"no answer within {PATIENCE_S} s"
        raise SimError(f"no Dask scheduler at '{scheduler}': {why}; start one with: dask scheduler") from error


# -- tasks in order ----------------------------------------------------------------------------------------------------


class _Kept(NamedTuple):
    """What is remembered of one stream of tasks."""

    memory: Memory
    stream: str
    kind: Any
    """What a task returns."""

    def recall(self, number: int) -> Any:
        return self.memory.load(f"{self.stream}_{number}", self.kind)

    def keep(self, number: int, result: Any) -> None:
        self.memory.save(f"{self.stream}_{number}", result)


def _memory(workers: Pool, function: Callable[..., Any]) -> _Kept | None:
    staff = workers.staff
    if staff.memory is None:
        return None
    stream = f"{next(staff.streams)}_{function.__name__.strip('_')}"
    return _Kept(staff.memory, stream, get_type_hints(function)["return"])


def _stream(
    workers: Pool, function: Callable[[Task, Any], Result], tasks: Iterator[Task], memory: _Kept | None
) -> Generator[Result | None, None, None]:
    """Yield once when the first tasks are handed out, then every result."""
    waiting: deque[tuple[int, Task, Future[Result] | None, Result | None]] = deque()
    ahead = 1 if workers.submit is None else max(AHEAD, DEEP * workers.number)
    numbered = enumerate(tasks)

    def hand_out() -> None:
        for number, task in islice(numbered, ahead - len(waiting)):
            known = memory.recall(number) if memory is not None else None
            future = workers.submit(function, task) if workers.submit is not None and known is None else None
            waiting.append((number, task, future, known))

    try:
        if workers.submit is not None:
            hand_out()
        yield None
        while True:
            hand_out()
            if not waiting:
                return
            number, task, future, known = waiting.popleft()
            if future is None and known is not None:
                yield known
                continue
            result = function(task, workers.context) if future is None else workers.wait(future)
            if memory is not None:
                memory.keep(number, result)
            yield result
    finally:
        for _, _, future, _ in waiting:
            if future is not None:
                future.cancel()
