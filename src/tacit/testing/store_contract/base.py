"""What the parts of the contract share: a fresh store for each test, and short ways to fill it.

Floor 6. Below: the ports. Above: the parts.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tacit.changes import Enqueue, Hits, OnConflict, Put, PutVectors, Receipt
from tacit.logic.passages import item_of, passage_id
from tacit.logic.words import terms
from tacit.ports import Backend, Clock
from tacit.testing.clock import FrozenClock
from tacit.types import Fact, Filter, Item

__all__ = ["MODEL", "NAMESPACE", "OTHER", "Contract", "axis", "embed", "enqueue", "fact", "found", "ids_of", "put"]

NAMESPACE = "acme/support-bot"
OTHER = "acme/other"
MODEL = "test:axes"
DIMENSION = 4


class Contract:
    """Base of the parts. Fixtures: `clock`, which stands still, and `store`, empty and closed after the test."""

    def make_store(self, clock: Clock) -> Backend:
        """An empty store that reads this clock. Inheritors say how."""
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> FrozenClock:
        """Stands still until a test moves it."""
        return FrozenClock()

    @pytest.fixture
    def store(self, clock: FrozenClock) -> Iterator[Backend]:
        """Empty."""
        store = self.make_store(clock)
        yield store
        store.close()


def fact(id: str, text: str = "", **fields: Any) -> Item:
    """An item of kind fact."""
    return Item(id=id, kind=fields.pop("kind", "fact"), text=text or id, payload=Fact(statement=text or id), **fields)


def put(store: Backend, *items: Item, on_conflict: OnConflict = "error", namespace: str = NAMESPACE) -> Receipt:
    """Write the items in one transaction."""
    return store.write(namespace, [Put(item=item, on_conflict=on_conflict) for item in items])


def found(
    store: Backend, words: str, filter: Filter | None = None, limit: int = 10, namespace: str = NAMESPACE
) -> list[str]:
    """Ids of the items whose passages match these words, best first."""
    hits = store.match(namespace, terms(words), filter or Filter(), limit)
    return ids_of(store, hits, namespace)


def ids_of(store: Backend, hits: Hits, namespace: str = NAMESPACE) -> list[str]:
    """Ids of the items of these hits, in their order."""
    sequences = [item_of(int(passage))[0] for passage in hits.passages]
    ids = {item.sequence: item.id for item in store.load(namespace, sequences)}
    return [ids[sequence] for sequence in sequences]


def axis(number: int, dimension: int = DIMENSION) -> np.ndarray:
    """The unit vector along one axis."""
    return np.asarray(np.eye(dimension, dtype=np.float32)[number])


def embed(store: Backend, item: Item, *rows: np.ndarray, namespace: str = NAMESPACE, model: str = MODEL) -> None:
    """Give vectors to the first passages of a stored item."""
    passages = tuple(passage_id(item.sequence, number) for number in range(len(rows)))
    store.write(namespace, [PutVectors(model=model, passages=passages, matrix=np.stack(rows))])


def enqueue(store: Backend, *keys: str, stage: str = "embed", namespace: str = NAMESPACE, not_before: int = 0) -> None:
    """Add jobs."""
    store.write(namespace, [Enqueue(stage=stage, key=key, not_before=not_before) for key in keys])
