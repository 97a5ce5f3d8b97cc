"""Cases: the owner's own recalls, with what would have been right. Trials replay them, and quality is measured by them.

Floor 4. Below: the store. Above: memory.

They grow by themselves: feedback that names items says what was right; a recall that an episode used which succeeded
says, less surely, that what it showed first was. What an owner knows can be added by hand.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tacit.changes import Feedback, PutLearned, RecallLog
from tacit.errors import InvalidInput, NotFound
from tacit.improvement import CASES, Case
from tacit.logic.improving.shelf import every_row, put_rows
from tacit.logic.limits import LABEL, QUERY
from tacit.logic.redaction import redact
from tacit.logic.text import checked
from tacit.ports import Scope
from tacit.types import Filter

__all__ = ["add_case", "cases", "failed", "gather", "logged"]

LOOKED_AT = 5_000
"""Latest recalls that are looked at."""
KEPT = 2_000
"""Cases; the oldest go first."""
MOST = 50
"""The k of a case at most."""
LED = 3
"""What an episode that succeeded had been shown first: so many items count."""
LED_GRADE = 0.5
"""Each of them, against 1 for what somebody named: the outcome does not say which of them it was."""


def add_case(
    scope: Scope, query: str, relevant: Sequence[str] | Mapping[str, float], *, filter: Filter, k: int = 10
) -> Case:
    """Say what a question should have found. Raises `InvalidInput`, `NotFound`."""
    query = checked(query, "query", QUERY)
    grades = dict(relevant) if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1.0)
    grades = {checked(one, "id", LABEL): grade for one, grade in grades.items()}
    if not query.strip() or not grades:
        raise InvalidInput("the case is empty", cause="it needs a question and what would be right", remedy="pass both")
    for grade in grades.values():
        if isinstance(grade, bool) or not isinstance(grade, int | float) or not 0 < grade <= 1:
            raise InvalidInput("a grade is out of bounds", cause=ascii(grade)[:80], remedy="pass numbers in (0, 1]")
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST:
        raise InvalidInput("k is out of bounds", cause=ascii(k)[:40], remedy=f"pass a number from 1 to {MOST}")
    there = {item.id for item in scope.store.read(scope.namespace, [*grades])}
    if gone := sorted(set(grades) - there):
        raise NotFound(f"no item {ascii(gone[0])[:80]}", cause="this namespace has none", remedy="pass an item's id")
    case = Case(
        id=scope.new_id(),
        query=redact(query)[0],
        relevant={one: float(grade) for one, grade in grades.items()},
        filter=filter,
        k=k,
        created_at=scope.clock(),
    )
    scope.store.write(scope.namespace, [put_rows(CASES, case)])
    return case


def gather(scope: Scope) -> int:
    """Make cases of what was recalled and fed back since; -> how many are new or say something else now."""
    known = {case.id: case for case in every_row(scope, CASES, Case)}
    said: dict[str, list[Feedback]] = defaultdict(list)
    for one in scope.store.records(scope.namespace).feedback():
        said[one.recall].append(one)
    made = [
        case
        for recall in scope.store.records(scope.namespace).recalls(limit=LOOKED_AT)
        if recall.id in said and (case := _case(recall, said[recall.id])) is not None
    ]
    fresh = [case for case in made if case.id not in known or _other(case, known[case.id])]
    everything = sorted({**known, **{case.id: case for case in fresh}})
    dropped = dict.fromkeys(one for one in everything[: max(0, len(everything) - KEPT)] if one in known)
    fresh = [case for case in fresh if case.id in everything[-KEPT:]]
    if fresh or dropped:
        scope.store.write(scope.namespace, [put_rows(CASES, *fresh), PutLearned(space=CASES, rows=dropped)])
    return len(fresh)


def cases(scope: Scope) -> list[Case]:
    """All of them, in the order in which they were made, with what still exists of what would have been right."""
    return [*_alive(scope, [*every_row(scope, CASES, Case)])]


def logged(scope: Scope, *, limit: int) -> list[Case]:
    """The latest recalls of which nobody said what was right, with what they showed: whether another policy would show
    the same can be seen, not whether it would be better. They are not kept."""
    spoken = {case.id for case in every_row(scope, CASES, Case)}
    found = []
    for recall in scope.store.records(scope.namespace).recalls(limit=min(LOOKED_AT, 4 * limit)):
        if recall.id not in spoken and recall.shown:
            first = recall.shown[: _k(recall)]
            found.append(_made(recall, {shown.item: 1 / (rank + 1) for rank, shown in enumerate(first)}, "log"))
    return [*_alive(scope, found[:limit])]


def failed(scope: Scope, since: int) -> PutLearned:
    """The change that makes failures of the cases which came since: what judges a change that had to be taken back was
    seen by it, so it judges from now on, and what proposes never sees it."""
    now = [case for case in every_row(scope, CASES, Case) if case.created_at >= since]
    return put_rows(CASES, *(msgspec.structs.replace(case, origin="failure") for case in now))


def _case(recall: RecallLog, said: Sequence[Feedback]) -> Case | None:
    named: dict[str, float] = {}
    for one in said:
        about = one.items or (tuple(shown.item for shown in recall.shown) if len(recall.shown) == 1 else ())
        if one.origin != "outcome":
            named.update(dict.fromkeys(about, one.score))
    right = {item: score for item, score in named.items() if score > 0}
    if right:
        return _made(recall, right, "feedback")
    led = [shown.item for shown in recall.shown[:LED] if shown.item not in named]
    if led and not named and any(one.origin == "outcome" and one.score > 0 for one in said):
        return _made(recall, dict.fromkeys(led, LED_GRADE), "outcome")
    return None


def _made(recall: RecallLog, relevant: dict[str, float], origin: str) -> Case:
    return msgspec.convert(
        {
            "id": recall.id,
            "query": recall.query,
            "relevant": relevant,
            "filter": msgspec.to_builtins(recall.filter),
            "k": _k(recall),
            "origin": origin,
            "created_at": recall.created_at,
        },
        Case,
    )


def _k(recall: RecallLog) -> int:
    return min(MOST, recall.k or max(10, len(recall.shown)))


def _other(case: Case, known: Case) -> bool:
    return known.origin != "failure" and msgspec.structs.replace(case, created_at=known.created_at) != known


def _alive(scope: Scope, found: Sequence[Case]) -> Iterator[Case]:
    ids = [*{item for case in found for item in case.relevant}]
    there = {
        item.id
        for start in range(0, len(ids), LOOKED_AT)
        for item in scope.store.read(scope.namespace, ids[start : start + LOOKED_AT])
    }
    for case in found:
        relevant = {item: grade for item, grade in case.relevant.items() if item in there}
        if relevant:
            yield msgspec.structs.replace(case, relevant=relevant)
