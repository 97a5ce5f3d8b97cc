"""All items that a filter leaves, read a page at a time.

Floor 2. Below: the port of the store, which is handed in. Above: the verbs that look at more than a page.
"""

from collections.abc import Iterator

from tacit.ports import Store
from tacit.types import Filter, Item

__all__ = ["every"]

PAGE = 500


def every(store: Store, namespace: str, filter: Filter, after: int = 0) -> Iterator[Item]:
    """Those with a sequence over `after`, in their order. What is written behind them meanwhile is read as well.

    `partial(every, store, namespace)` is a `logic.forgetting.Select`.
    """
    while page := store.select(namespace, filter, after=after, limit=PAGE):
        yield from page
        after = page[-1].sequence
