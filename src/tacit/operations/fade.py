"""Fade: keep within a capacity and a time of retention, the least worth keeping first.

Floor 4. Below: the store, logic.retention, logic.forgetting. Above: memory.

Two things that differ. What is older than its time is forgotten as `forget` does it: with all that was derived from it,
and out of every count. What there is no room for fades: what was learned from it stays learned, in counts and in
patterns that other episodes show as well, but nothing stays that quotes it. What people said that holds never fades,
nor does an episode that was not learned from yet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from tacit.changes import Change, Delete, Enqueue, Put
from tacit.errors import Conflict, InvalidInput
from tacit.logic.about import filtered
from tacit.logic.forgetting import cascade, counted, guards, lasting, unlinked, without_words_of
from tacit.logic.notes import LEARNING
from tacit.logic.pages import every
from tacit.logic.passages import passages
from tacit.logic.retention import DAY, FADING, happened, worth_keeping
from tacit.ports import Scope
from tacit.types import Filter, Item, Kind, Pattern, Rule, Value

__all__ = ["Faded", "fade"]

T = TypeVar("T")

PAGE = 500
BATCH = 200
"""Items that fade in one transaction: killed, the next call goes on with the rest."""
ATTEMPTS = 20
MOST, MOST_DAYS = 2**63, 10**8
"""Limits of the limits: 10**8 days before now there was no clock."""
WORTH = "worth"
DISTILLED: tuple[Kind, ...] = ("pattern", "knowledge")


class Faded(Value, frozen=True, kw_only=True):
    """What was, or would be, deleted."""

    ids: tuple[str, ...] = ()
    kinds: dict[str, int] = {}
    """kind -> how many."""
    reasons: dict[str, str] = {}
    """id -> why."""
    derived: int = 0
    """How many of them only because something they were derived from goes."""
    unlinked: int = 0
    """Items that stay and name what goes no more."""
    waiting: int = 0
    """Episodes that nothing was learned from yet: they do not fade."""
    dry_run: bool = False
    relearn: bool = False
    """True where what was learned from is past its time: what was counted is counted anew, without it."""


def fade(
    scope: Scope,
    *,
    max_episodes: int | None = None,
    max_items: int | None = None,
    max_age_days: float | None = None,
    kinds: Sequence[Kind] = FADING,
    dry_run: bool = False,
    discard: Callable[[Iterable[str]], None] | None = None,
) -> Faded:
    """Delete what is past its time (`max_age_days`), then what is over the capacity, of these kinds.

    `max_items` counts all items of the kinds, `max_episodes` the episodes among them. Killed at any point, the same
    call goes on. `discard` is told the texts, for caches. Raises `InvalidInput` where no limit is given, or one that is
    no number of 0 or more.
    """
    limits = {"max_episodes": max_episodes, "max_items": max_items, "max_age_days": max_age_days}
    for name, limit in limits.items():
        if limit is not None and not _is_limit(limit, days=name == "max_age_days"):
            raise InvalidInput(f"{name} is no limit", cause=ascii(limit)[:40], remedy="pass a number of 0 or more")
    filtered({"kinds": kinds})
    if all(limit is None for limit in limits.values()) or not kinds:
        raise InvalidInput("nothing is to fade", cause="no limit, or no kind", remedy="pass max_episodes, for one")
    run = _Run(scope, tuple(kinds), dry_run=dry_run, discard=discard)
    if max_age_days is not None:
        run.past(max_age_days)
    if max_episodes is not None or max_items is not None:
        run.over(max_episodes, max_items)
    return run.faded()


def _is_limit(limit: object, *, days: bool) -> bool:
    """Whether it is a number that a clock, or a count, can have."""
    allowed = int | float if days else int
    return isinstance(limit, allowed) and not isinstance(limit, bool) and 0 <= limit <= (MOST_DAYS if days else MOST)


class _Run:
    """One call, and what it has done so far."""

    def __init__(
        self,
        scope: Scope,
        kinds: tuple[Kind, ...],
        *,
        dry_run: bool,
        discard: Callable[[Iterable[str]], None] | None,
    ) -> None:
        self._scope = scope
        self._kinds = kinds
        self._dry_run = dry_run
        self._discard = discard
        self._reasons: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._derived = 0
        self._unlinked: set[str] = set()
        self._waiting: set[str] = set()
        self._relearn = False

    def faded(self) -> Faded:
        """The report."""
        return Faded(
            ids=tuple(self._reasons),
            kinds=self._counts,
            reasons=self._reasons,
            derived=self._derived,
            unlinked=len(self._unlinked - self._reasons.keys()),
            waiting=len(self._waiting),
            dry_run=self._dry_run,
            relearn=self._relearn,
        )

    def past(self, days: float) -> None:
        """Forget what is older, with all that was derived from it."""
        limit = self._scope.clock() - int(days * DAY)
        old = [item.id for item in self._fading() if happened(item) < limit]
        self._delete(old, f"older than {days:g} days", forget=True)

    def over(self, max_episodes: int | None, max_items: int | None) -> None:
        """Let fade what there is no room for, the least worth keeping first."""
        ranked = self._ranked()
        episodes = [entry for entry in ranked if entry[2] == "episode"]
        if max_episodes is not None and len(episodes) > max_episodes:
            self._least(episodes[: len(episodes) - max_episodes], f"{len(episodes)} episodes, room for {max_episodes}")
        left = [entry for entry in ranked if entry[1] not in self._reasons]
        if max_items is not None and len(left) > max_items:
            self._least(left[: len(left) - max_items], f"{len(left)} items, room for {max_items}")

    def _least(self, entries: Sequence[tuple[float, str, Kind, str]], why: str) -> None:
        reasons = {one: f"{why}; worth keeping {worth}" for _, one, _, worth in entries}
        self._unlink(frozenset(reasons))
        self._delete(list(reasons), why, forget=False, reasons=reasons)

    def _fading(self) -> Iterator[Item]:
        """The items of these kinds that may fade."""
        cursor = self._scope.store.records(self._scope.namespace).note(LEARNING)
        learned = cursor.get("sequence", 0) if isinstance(cursor, dict) else 0
        for item in every(self._scope.store, self._scope.namespace, Filter(kinds=self._kinds)):
            if item.kind == "episode" and item.sequence > learned:
                self._waiting.add(item.id)
            elif not lasting(item) and item.id not in self._reasons:
                yield item

    def _ranked(self) -> list[tuple[float, str, Kind, str]]:
        """(worth, id, kind, worth in words), the least worth keeping first; the older of equals."""
        records, now = self._scope.store.records(self._scope.namespace), self._scope.clock()
        found: list[tuple[float, int, str, Kind, str]] = []
        for page in _pages(self._fading()):
            rows = records.learned(WORTH, [item.id for item in page])
            for item in page:
                worth = worth_keeping(item, rows.get(item.id), now)
                found.append((worth.keep, item.sequence, item.id, item.kind, str(worth)))
        return [(keep, one, kind, words) for keep, _, one, kind, words in sorted(found)]

    def _unlink(self, gone: frozenset[str]) -> None:
        """Patterns that were seen in other episodes, too, are nobody's words: they stay, and name what goes no more."""
        for page in _pages(every(self._scope.store, self._scope.namespace, Filter(kinds=("pattern",)))):
            changed = [new for item in page if _shared(item) and (new := unlinked(item, gone)) is not item]
            changed = [item for item in changed if item.id not in gone]
            self._unlinked.update(item.id for item in changed)
            if changed and not self._dry_run:
                _retried(partial(self._replace, [item.id for item in changed], gone))

    def _replace(self, ids: Sequence[str], gone: frozenset[str]) -> None:
        items = self._scope.store.read(self._scope.namespace, ids)
        puts = [Put(item=unlinked(item, gone), on_conflict="replace") for item in items]
        self._scope.store.write(self._scope.namespace, puts)

    def _delete(self, ids: Sequence[str], why: str, *, forget: bool, reasons: dict[str, str] | None = None) -> None:
        """In transactions of their own, each with what was derived."""
        for start in range(0, len(ids), BATCH):
            batch = [one for one in ids[start : start + BATCH] if one not in self._reasons]
            found = _retried(partial(self._batch, batch, forget=forget))
            for item in found.values():
                if item.id in self._reasons:  # a dry run finds what two have in common twice
                    continue
                self._reasons[item.id] = (reasons or {}).get(item.id, why if item.id in batch else "derived from these")
                self._counts[item.kind] = self._counts.get(item.kind, 0) + 1
                self._derived += item.id not in batch
            if self._discard is not None and not self._dry_run:
                self._discard(piece for item in found.values() for piece in passages(item.text))

    def _batch(self, ids: Sequence[str], *, forget: bool) -> dict[str, Item]:
        scope = self._scope
        cursor = scope.store.records(scope.namespace).note(LEARNING)  # first: what is learned now is a conflict
        found = {item.id: item for item in scope.store.read(scope.namespace, ids)}
        stays = lasting if forget else _stays
        select = partial(every, scope.store, scope.namespace)
        kept = cascade(found, select, keep=stays)
        self._unlinked.update(item.id for item in kept)
        relearn = forget and counted(found, cursor)
        self._relearn = self._relearn or relearn
        if found and not self._dry_run:
            rest = {item.id: unlinked(item, set(found)) for item in kept}
            rest.update((item.id, item) for item in without_words_of(found, select))
            changes: list[Change] = [Put(item=item, on_conflict="replace") for item in rest.values()]
            stages = ["embed"] * bool(rest) + ["distill"] * any(item.kind in DISTILLED for item in found.values())
            changes += [Enqueue(stage=stage, key=scope.new_id()) for stage in stages]
            changes += guards(cursor, scope.new_id, relearn=relearn)
            scope.store.write(scope.namespace, [Delete(ids=tuple(found), scrub=forget), *changes])
        return found


def _retried(work: Callable[[], T]) -> T:
    """Learning may go on between reading and writing."""
    for _ in range(ATTEMPTS - 1):
        with suppress(Conflict):
            return work()
    return work()


def _shared(item: Item) -> bool:
    """Whether more than one episode has shown a pattern."""
    return isinstance(item.payload, Pattern) and item.payload.count > 1


def _stays(item: Item) -> bool:
    """What was learned stays although something that it came from fades."""
    return lasting(item) or _shared(item) or (isinstance(item.payload, Rule) and item.payload.state == "active")


def _pages(items: Iterator[Item]) -> Iterator[list[Item]]:
    page: list[Item] = []
    for item in items:
        page.append(item)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
