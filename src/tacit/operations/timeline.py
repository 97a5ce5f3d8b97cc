"""Timeline: the course of success, steps and reward over the episodes in their order.

Floor 4. Below: the store, logic.timeline. Above: memory.
"""

from collections.abc import Iterator

import msgspec

from tacit.lessons import Point
from tacit.logic.timeline import points
from tacit.ports import Scope
from tacit.types import Filter, Item

__all__ = ["timeline"]

PAGE = 500


def timeline(scope: Scope, filter: Filter, *, buckets: int) -> list[Point]:
    """The episodes that the filter leaves, in so many stretches. Raises `InvalidInput`."""
    return points(_episodes(scope, msgspec.structs.replace(filter, kinds=("episode",))), buckets)


def _episodes(scope: Scope, filter: Filter) -> Iterator[Item]:
    after = 0
    while page := scope.store.select(scope.namespace, filter, after=after, limit=PAGE):
        yield from page
        after = page[-1].sequence
