"""AsyncMemory: the same verbs for asyncio, one thread hop a call.

Floor 5. Below: Memory. Not a second copy: every public method of `Memory` is here by name, and a parity test says so.
SQLite and local embedding block anyway, so a thread is what an async caller needs.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self

from tacit.opening import open_memory

__all__ = ["AsyncEpisode", "AsyncMemory", "open_async"]

GENERATORS = frozenset({"check", "export", "import_file", "index_folder", "reembed", "work"})
"""Methods that yield: here they are asynchronous iterators."""
INSTANT = frozenset({"embedder", "namespace", "working"})
"""What touches neither disk nor model, and is the same object as in `Memory`."""
_END = object()


async def open_async(*args: Any, **flags: Any) -> "AsyncMemory":
    """`tacit.open`, off the event loop."""
    return AsyncMemory(await asyncio.to_thread(open_memory, *args, **flags))


class _Async:
    """Calls the methods of an object in threads."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name.startswith("_") or name in INSTANT or not callable(found):
            return found
        return _iterated(found) if name in GENERATORS else _hopped(found)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._inner) if not name.startswith("_")]


class AsyncMemory(_Async):
    """`Memory` with awaitable methods; `async with` closes it. Signatures and errors are those of `Memory`."""

    async def episode(self, task: str, **about: Any) -> "AsyncEpisode":
        """Start an episode whose methods are awaitable."""
        return AsyncEpisode(await asyncio.to_thread(self._inner.episode, task, **about))

    async def resume_episode(self, id: str) -> "AsyncEpisode":
        """Go on with an episode that was started here or elsewhere."""
        return AsyncEpisode(await asyncio.to_thread(self._inner.resume_episode, id))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._inner.close)


class AsyncEpisode(_Async):
    """`OpenEpisode` with awaitable methods; `async with` completes it as `with` does."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await asyncio.to_thread(self._inner.__exit__, *raised)


def _hopped(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def call(*args: Any, **named: Any) -> Any:
        return await asyncio.to_thread(method, *args, **named)

    return call


def _iterated(method: Callable[..., Iterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @functools.wraps(method)
    async def iterate(*args: Any, **named: Any) -> AsyncIterator[Any]:
        iterator = await asyncio.to_thread(method, *args, **named)
        while (found := await asyncio.to_thread(next, iterator, _END)) is not _END:
            yield found

    return iterate
