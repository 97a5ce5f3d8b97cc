"""Timeline: the course of success, steps and reward over the episodes in their order.

Floor 4. Below: the store, logic.timeline. Above: memory.
"""

import msgspec

from tacit.lessons import Point
from tacit.logic.pages import every
from tacit.logic.timeline import points
from tacit.ports import Scope
from tacit.types import Filter

__all__ = ["timeline"]


def timeline(scope: Scope, filter: Filter, *, buckets: int) -> list[Point]:
    """The episodes that the filter leaves, in so many stretches. Raises `InvalidInput`."""
    return points(every(scope.store, scope.namespace, msgspec.structs.replace(filter, kinds=("episode",))), buckets)
