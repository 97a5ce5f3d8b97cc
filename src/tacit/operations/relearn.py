"""Relearn: count everything anew from the episodes that are left, after some that were counted were forgotten.

Floor 4. Below: the store, and the handler of the stage "learn", which is handed in. Above: memory; the worker runs it.

In steps, each of them transactions that assert or move the note `RELEARNING`; killed anywhere, the job is claimed again
and goes on where it was:

    park     the cursor of learning goes behind the last episode: nobody learns meanwhile
    wipe     all learned rows are deleted, but those of effects (space "worth"): they rest on what was shown and what
             came of it, and are not counted twice (`credited`)
    reset    patterns stay with their ids, seen in no episode
    learn    the cursor goes to the beginning, and everything is learned from
    sweep    patterns that nothing has shown are deleted, with what was derived from them

What people said and rules stay throughout. A forgetting that comes while this runs starts it anew.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import msgspec

from tacit.changes import Advance, Change, Delete, Enqueue, Job, Put, PutLearned
from tacit.errors import Conflict
from tacit.improvement import LOOP
from tacit.logic.forgetting import cascade, guards, lasting, uncounted, unlinked
from tacit.logic.notes import LEARNING, RELEARNING
from tacit.logic.pages import every
from tacit.ports import NewId, Store, Transactions
from tacit.types import Filter, Item, Pattern, Value

__all__ = ["KEPT", "Phase", "relearn_handler"]

KEPT = ("worth", LOOP)
"""Beginnings of spaces that are not wiped."""
PARKED = 2**62
"""Behind every episode."""
PAGE = 500
Handler = Callable[[str, Sequence[Job]], Transactions]


class Phase(Value, frozen=True, kw_only=True):
    """How far relearning has come."""

    step: Literal["wipe", "reset", "learn", "sweep"]
    job: int
    """The latest job that it is done for."""
    credited: int
    """Effects are counted up to this sequence."""
    token: str


def relearn_handler(store: Store, *, learn: Handler, new_id: NewId) -> Handler:
    """Handler of the stage `relearn`. It writes by itself, and yields to keep its lease."""

    def handle(namespace: str, jobs: Sequence[Job]) -> Transactions:
        run = _Run(store, namespace, learn, new_id)
        run.begin(max(job.id for job in jobs))
        steps: dict[str, Callable[[], Iterator[None]]] = {
            "wipe": run.wipe,
            "reset": run.reset,
            "learn": run.learn,
            "sweep": run.sweep,
        }
        while run.phase is not None:
            for _ in steps[run.phase.step]():
                yield []
        return []

    return handle


class _Run:
    """One handling; `phase` is what the note says, as long as it is ours."""

    def __init__(self, store: Store, namespace: str, learn: Handler, new_id: NewId) -> None:
        self._store = store
        self._namespace = namespace
        self._learn = learn
        self._new_id = new_id
        self.phase: Phase | None = None

    def begin(self, job: int) -> None:
        """Go on with what was begun for these jobs, else park the cursor and begin."""
        kept = self._note(RELEARNING)
        known = None if kept is None else msgspec.convert(kept, Phase)
        if known is not None and known.job >= job:
            self.phase = known
            return
        cursor = self._note(LEARNING)
        was: dict[str, Any] = cursor if isinstance(cursor, dict) else {}
        learned = [was.get("credited", 0), 0 if known is None else known.credited, was.get("sequence", 0)]
        credited = max(sequence for sequence in learned if sequence < PARKED)
        phase = Phase(step="wipe", job=job, credited=credited, token=self._new_id())
        parked = _cursor(phase.token, credited, sequence=PARKED)
        changes = [Advance(key=LEARNING, before=cursor, after=parked)]
        self._store.write(
            self._namespace, [*changes, Advance(key=RELEARNING, before=kept, after=msgspec.to_builtins(phase))]
        )
        self.phase = phase

    def wipe(self) -> Iterator[None]:
        """Delete what was learned, a page at a time."""
        records = self._store.records(self._namespace)
        for space in records.stats().learned:
            while not space.startswith(KEPT) and (rows := records.learnings(space, limit=PAGE)):
                self._write(PutLearned(space=space, rows=dict.fromkeys(rows)))
                yield
        self._move("reset")

    def reset(self) -> Iterator[None]:
        """Take every count out of the patterns, and let learning begin."""
        for page in self._patterns():
            blank = [(uncounted(item), item) for item in page]
            puts = [Put(item=new, on_conflict="replace") for new, item in blank if new is not item]
            if puts:
                self._write(*puts)
                yield
        cursor = self._note(LEARNING)
        credited = 0 if self.phase is None else self.phase.credited
        token = self._new_id()
        fresh = _cursor(token, credited)
        self._move("learn", Advance(key=LEARNING, before=cursor, after=fresh), Enqueue(stage="learn", key=token))
        yield

    def learn(self) -> Iterator[None]:
        """Learn from everything; whoever else does so at the same time is welcome."""
        review = Job(id=0, namespace=self._namespace, stage="learn", key="relearn", payload={"review": True})
        waiting = True
        while waiting:
            waiting = False
            try:
                for changes in self._learn(self._namespace, [review]):
                    waiting = True
                    self._write(*changes)
                    yield
            except Conflict:
                if self._note(RELEARNING) != self._builtins():
                    raise
        self._move("sweep")

    def sweep(self) -> Iterator[None]:
        """Delete the patterns that no episode shows any more, with what was derived from them."""
        for page in self._patterns():
            cursor = self._note(LEARNING)
            fresh = self._store.read(self._namespace, [item.id for item in page])
            gone = {item.id: item for item in fresh if isinstance(item.payload, Pattern) and not item.payload.count}
            if not gone:
                continue
            kept = cascade(gone, partial(every, self._store, self._namespace), keep=lasting)
            puts = [Put(item=unlinked(item, set(gone)), on_conflict="replace") for item in kept]
            self._write(Delete(ids=tuple(gone), scrub=True), *puts, *guards(cursor, self._new_id, relearn=False))
            yield
        token = self._new_id()
        self._store.write(
            self._namespace,
            [
                Advance(key=RELEARNING, before=self._builtins(), after=None),
                Enqueue(stage="distill", key=token),
                Enqueue(stage="embed", key=token),
            ],
        )
        self.phase = None

    def _move(self, step: Literal["reset", "learn", "sweep"], *changes: Change) -> None:
        if self.phase is not None:
            after = msgspec.structs.replace(self.phase, step=step)
            advance = Advance(key=RELEARNING, before=self._builtins(), after=msgspec.to_builtins(after))
            self._store.write(self._namespace, [*changes, advance])
            self.phase = after

    def _write(self, *changes: Change) -> None:
        self._store.write(self._namespace, [*changes, self._ours()])

    def _ours(self) -> Advance:
        """Asserts that nobody else has begun anew, or has come further."""
        return Advance(key=RELEARNING, before=self._builtins(), after=self._builtins())

    def _builtins(self) -> object:
        return msgspec.to_builtins(self.phase)

    def _note(self, key: str) -> object:
        return self._store.records(self._namespace).note(key)

    def _patterns(self) -> Iterator[list[Item]]:
        after = 0
        while page := self._store.select(self._namespace, Filter(kinds=("pattern",)), after=after, limit=PAGE):
            yield page
            after = page[-1].sequence


def _cursor(token: str, credited: int, *, sequence: int = 0) -> dict[str, Any]:
    """As learning writes its note: without what is as it is by default."""
    full = {"token": token, "sequence": sequence, "credited": credited}
    return {name: value for name, value in full.items() if value}
