"""What is kept beside the items of one namespace: drafts, recalls, feedback, notes, counts.

Floor 3. Below: rows. Above: the store hands this out.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

import apsw
import msgspec

from tacit.changes import Feedback, RecallLog, StoreStats
from tacit.stores.sqlite.apply import namespace_id
from tacit.stores.sqlite.rows import unpacked
from tacit.stores.sqlite.statements import fetch, fetch_one, sql
from tacit.types import Episode, Item, Step

__all__ = ["SqliteRecords"]

_item = msgspec.json.Decoder(Item)
_steps = msgspec.json.Decoder(tuple[Step, ...])
_recall = msgspec.json.Decoder(RecallLog)
_feedback = msgspec.json.Decoder(Feedback)
_any: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder()

Reader = Callable[[], AbstractContextManager[apsw.Connection]]


class SqliteRecords:
    """As `ports.Records`."""

    def __init__(self, name: str, reader: Reader, size: Callable[[], int]) -> None:
        self._name = name
        self._reader = reader
        self._size = size

    def drafts(self, id: str | None = None) -> list[Item]:
        """Open episodes with the steps logged so far; only the one with this id, if given."""
        with self._reader() as connection:
            namespace = namespace_id(connection, self._name)
            rows = fetch(connection, sql("drafts"), (namespace, id))
            return [self._draft(connection, cast("int", namespace), *row) for row in rows]

    def recall(self, id: str) -> RecallLog | None:
        """The log of one recall, or None."""
        found = self._all("recall", _recall, id)
        return found[0] if found else None

    def recalls(self, *, limit: int = 100) -> list[RecallLog]:
        """The latest first."""
        return self._all("recalls", _recall, max(0, limit))

    def feedback(self, recall: str | None = None, *, since: str = "") -> list[Feedback]:
        """In the order in which it came; on one recall, if given; on none whose id is under `since`."""
        if recall is not None:
            return self._all("feedback_on", _feedback, recall) if recall >= since else []
        return self._all("feedback_since", _feedback, since) if since else self._all("feedback", _feedback)

    def note(self, key: str) -> object:
        """The value set by `SetNote`, or None."""
        with self._reader() as connection:
            namespace = namespace_id(connection, self._name)
            row = fetch_one(connection, sql("note"), (namespace, key))
            return None if row is None else unpacked(row[0], row[1], _any, namespace, key)

    def learned(self, space: str, keys: Sequence[str]) -> dict[str, Any]:
        """The values that `PutLearned` keeps under these keys; unknown ones are left out."""
        return self._learned("learned", space, space, msgspec.json.encode(list(keys)).decode()) if keys else {}

    def learnings(
        self, space: str, *, after: str = "", limit: int = 1000, newest_first: bool = False
    ) -> dict[str, Any]:
        """A page of a space: key -> value, ascending by key, those over `after`; when `newest_first`, descending, those
        under it."""
        if newest_first and not after:
            return self._learned("latest_learnings", space, space, max(0, limit))
        return self._learned("earlier_learnings" if newest_first else "learnings", space, space, after, max(0, limit))

    def unembedded(self, model: str, *, after: int = 0, limit: int = 1000) -> list[int]:
        """Ascending sequences over `after` of items whose first passage has no vector of this model."""
        with self._reader() as connection:
            namespace = namespace_id(connection, self._name)
            row = fetch_one(connection, sql("model"), (namespace, model))
            number = -1 if row is None else row[0]
            return [one[0] for one in fetch(connection, sql("unembedded"), (namespace, number, after, max(0, limit)))]

    def stats(self) -> StoreStats:
        """Counts."""
        with self._reader() as connection:
            namespace = namespace_id(connection, self._name)

            def count(statement: str, *values: object) -> int:
                return int(fetch_one(connection, sql(statement), values)[0])

            models = fetch(connection, sql("models"), (namespace,))
            return StoreStats(
                items=dict(fetch(connection, sql("kinds"), (namespace,))),
                superseded=count("superseded", namespace),
                drafts=count("count_drafts", namespace),
                vectors={name: count("embedded_items", number) for number, name, _, _ in models},
                jobs=dict(fetch(connection, sql("job_states"), (namespace,))),
                recalls=count("count_recalls", namespace),
                feedback=count("count_feedback", namespace),
                learned=dict(fetch(connection, sql("learned_spaces"), (namespace,))),
                bytes=self._size(),
            )

    def _draft(self, connection: apsw.Connection, namespace: int, id: str, checksum: int, body: bytes) -> Item:
        item = unpacked(checksum, body, _item, namespace, id)
        episode = cast("Episode", item.payload)
        steps: list[Step] = list(episode.steps)
        for first, step_checksum, step_body in fetch(connection, sql("steps_of_draft"), (namespace, id)):
            steps += unpacked(step_checksum, step_body, _steps, namespace, id, first)
        payload = msgspec.structs.replace(episode, steps=tuple(steps))
        replaced: Item = msgspec.structs.replace(item, payload=payload)
        return replaced

    def _learned(self, statement: str, space: str, *values: object) -> dict[str, Any]:
        with self._reader() as connection:
            namespace = namespace_id(connection, self._name)
            rows = fetch(connection, sql(statement), (namespace, *values))
            return {key: unpacked(checksum, body, _any, namespace, space, key) for key, checksum, body in rows}

    def _all(self, statement: str, decoder: "msgspec.json.Decoder[Any]", *values: object) -> list[Any]:
        with self._reader() as connection:
            namespace = namespace_id(connection, self._name)
            rows = fetch(connection, sql(statement), (namespace, *values))
            return [unpacked(checksum, body, decoder, namespace, key) for key, checksum, body in rows]
