"""Where tasks run: over the cores of this machine, or over the workers of a Dask cluster; the tasks are the same.

A worker that dies costs the tasks that it held a second try. A task that kills its worker three times is given up.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Any, Protocol, TypeVar

from ..errors import UsageError

T = TypeVar("T")
R = TypeVar("R")
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A task that no worker survived."""

    task: Any


class Engine(Protocol):
    """Runs one function over many tasks; the answers come in any order, a bounded number of tasks is under way."""

    workers: int

    def run(self, does: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R | GivenUp]:
        """Yield the answer to each task, or that it was given up."""
        ...

    def close(self) -> None:
        """End the workers."""
        ...


class Local:
    """The cores of this machine."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._pool = self._fresh()

    def run(self, does: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R | GivenUp]:
        """Yield the answers as they come; after a crash, those under way run one by one, to find which it was."""
        waiting = iter(tasks)
        while suspects := (yield from self._together(does, waiting)):
            for task in suspects:
                yield from self._alone(does, task)

    def close(self) -> None:
        """End the workers."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _together(self, does: Callable[[T], R], waiting: Iterator[T]) -> Generator[R | GivenUp, None, list[T]]:
        """Run until all is done, or until a worker dies: then return what was under way."""
        under_way: dict[Future[R], T] = {}
        lost: list[T] = []
        for task in waiting:
            try:
                under_way[self._pool.submit(does, task)] = task
            except BrokenProcessPool:
                lost.append(task)
                break
            if len(under_way) >= 2 * self.workers and (yield from self._some(under_way, lost)):
                break
        while under_way:
            yield from self._some(under_way, lost)
        if lost:
            self._restart()
        return lost

    def _some(self, under_way: dict[Future[R], T], lost: list[T]) -> Generator[R | GivenUp, None, bool]:
        """Yield what is ready; return whether a worker died."""
        ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for future in ready:
            task = under_way.pop(future)
            try:
                yield future.result()
            except BrokenProcessPool:
                lost.append(task)
        return bool(lost)

    def _alone(self, does: Callable[[T], R], task: T) -> Iterator[R | GivenUp]:
        for _ in range(MOST_TRIES - 1):
            try:
                yield self._pool.submit(does, task).result()
            except BrokenProcessPool:
                self._restart()
            else:
                return
        yield GivenUp(task)

    def _restart(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        # Not forked from this process, whose engine has threads; the server of forks has the modules loaded once.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([f"{__package__}.evaluation", f"{__package__}.spans"])
        return ProcessPoolExecutor(self.workers, mp_context=context)


class Dask:
    """The workers of a Dask cluster: the one at an address, or one of processes on this machine."""

    def __init__(self, workers: int | None = None, scheduler: str | None = None) -> None:
        if find_spec("distributed") is None:
            raise UsageError("--engine dask: install the extra `cluster` first")
        import distributed

        self._dask: Any = distributed
        self._cluster = None if scheduler else distributed.LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers or len(os.sched_getaffinity(0)), threads_per_worker=1, processes=True,
            dashboard_address=None, host="127.0.0.1",
        )  # fmt: skip
        self.client = distributed.Client(scheduler or self._cluster, set_as_default=False)  # type: ignore[no-untyped-call]
        self.workers = max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))

    def run(self, does: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R | GivenUp]:
        """Yield the answers as they come; the scheduler gives what a dead worker held to another."""
        waiting = iter(tasks)
        under_way: dict[Any, T] = {}
        ready = self._dask.as_completed(loop=self.client.loop)
        for task in islice(waiting, 2 * self.workers):
            self._submit(does, task, under_way, ready)
        while under_way:
            future = next(ready)
            task = under_way.pop(future)
            for following in islice(waiting, 1):
                self._submit(does, following, under_way, ready)
            try:
                yield future.result()
            except self._dask.KilledWorker:
                yield GivenUp(task)

    def close(self) -> None:
        """Leave the cluster; end it when it is our own."""
        self.client.close()  # type: ignore[no-untyped-call]
        if self._cluster is not None:
            self._cluster.close()

    def _submit(self, does: Callable[[T], R], task: T, under_way: dict[Any, T], ready: Any) -> None:
        future = self.client.submit(does, task, pure=False)
        under_way[future] = task
        ready.add(future)
