"""Recall: ask by words and by meaning, weigh, say why, log.

Floor 4. Below: store, embedder, reranker, logic.ranking. Above: memory.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TypedDict

import msgspec
import numpy as np

from tacit.changes import Enqueue, Feedback, LogFeedback, LogRecall, RecallLog, Shown
from tacit.errors import InvalidInput, ModelError, NotFound, StorageError, TacitError
from tacit.logic import ranking
from tacit.logic import sessions as by_sessions
from tacit.logic.limits import LABEL, QUERY, TEXT
from tacit.logic.named_times import named_times
from tacit.logic.passages import item_of, passages
from tacit.logic.redaction import redact
from tacit.logic.text import checked
from tacit.logic.worth import LEARNED, state_of, worth_keys, worths
from tacit.policy import Policy
from tacit.ports import Embedder, Reranker, Scope
from tacit.results import Recall, Recalled, RecalledSession
from tacit.types import Filter

__all__ = ["Asked", "Hints", "Models", "feedback", "log", "recall", "search"]

MOST = 1_000
"""Results that one recall may ask for."""


class Hints(TypedDict, total=False):
    """The situation of the one who asks: what agrees with it ranks a little higher, nothing is left out."""

    domain: str
    language: str
    type: str
    tags: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question with what restricts and shapes its answer."""

    query: str
    filter: Filter
    k: int = 10
    retired: bool = False
    """Whether what was retired or quarantined counts, too."""
    best_sessions: int = 0
    """How many sessions to tell beside the items; which ones are looked at is for the filter."""
    hints: Hints | None = None


@dataclass(frozen=True, kw_only=True)
class Models:
    """What can judge meaning here, and why something is missing."""

    embedder: Embedder | None = None
    reranker: Reranker | None = None
    """Takes a second look at the best items of every recall."""
    reader: Reranker | None = None
    """Reads an extract of each of the best sessions, where sessions are asked for."""
    reason: str = ""
    """Why there is no embedder."""
    policy: Policy = field(default_factory=Policy)
    policy_id: str = ""
    """Of its row; "" is the shipped one."""


def recall(scope: Scope, asked: Asked, models: Models, *, name: str = "") -> Recall:
    """Answer a question; the recall is logged under its id. Raises `InvalidInput`, `TooLarge`."""
    begun = time.perf_counter()
    name = name or scope.new_id()
    try:
        answer = search(scope, asked, models, name=name)
    except InvalidInput:
        raise
    except TacitError as error:
        _log_failure(scope, name, asked, models, error)
        raise
    shown = tuple(Shown(item=one.item.id, score=one.score) for one in answer.results)
    unlogged = log(scope, answer, asked, models, shown=shown)
    took = (time.perf_counter() - begun) * 1000
    return msgspec.structs.replace(answer, reason=answer.reason or unlogged, milliseconds=took)


def search(scope: Scope, asked: Asked, models: Models, *, name: str = "") -> Recall:
    """Answer a question without a trace: who shows the answer to somebody logs what was shown. `name` is the id of the
    recall, where it has one already."""
    begun, worked = time.perf_counter(), time.thread_time()
    query = _checked(asked)
    vector, reason = _embedded(query, models)
    policy = models.policy
    name = name or scope.new_id()
    found = _found(scope, query, asked, vector, models)
    found = _with_worth(scope, found, name, asked, policy)
    ranked = ranking.rank(found, _situation(asked.hints), policy, now=scope.clock())
    sessions = by_sessions.by_session(found, ranked, policy) if asked.best_sessions else []
    if models.reader is not None and sessions:
        sessions, failed = _reread(found, ranked, sessions, models.reader, policy)
        reason = reason or failed
    if models.reranker is not None and found.items:
        ranked, failed = _reranked(found, ranked, models.reranker, policy)
        reason = reason or failed
    results = _results(scope, found, ranked, asked.k)
    if not results:
        reason = "; ".join(filter(None, [_why_empty(scope, asked.filter), reason]))
    return Recall(
        id=name,
        query=redact(query)[0],
        results=results,
        sessions=_told(found, sessions[: asked.best_sessions]),
        known=ranked.known,
        abstained=not results or ranked.known < policy.abstain,
        reason=reason,
        milliseconds=(time.perf_counter() - begun) * 1000,
        cpu_milliseconds=(time.thread_time() - worked) * 1000,
    )


def _log_failure(scope: Scope, name: str, asked: Asked, models: Models, error: TacitError) -> None:
    """A policy under which recalls fail must be found out, so that these are logged as well."""
    entry = RecallLog(
        id=name,
        query=redact(asked.query)[0],
        filter=asked.filter,
        policy=models.policy_id,
        k=asked.k,
        failed=type(error).__name__,
        created_at=scope.clock(),
    )
    with suppress(StorageError):
        scope.store.write(scope.namespace, [LogRecall(recall=entry)])


def log(
    scope: Scope,
    answer: Recall,
    asked: Asked,
    models: Models,
    *,
    shown: Sequence[Shown],
    withheld: Sequence[Shown] = (),
) -> str:
    """Log a recall. Reading goes on where nothing can be written (full disk, read-only file): -> why, else ""."""
    entry = RecallLog(
        id=answer.id,
        query=answer.query,
        filter=asked.filter,
        shown=tuple(shown),
        withheld=tuple(withheld),
        known=answer.known,
        policy=models.policy_id,
        k=asked.k,
        milliseconds=answer.milliseconds,
        cpu_milliseconds=answer.cpu_milliseconds,
        created_at=scope.clock(),
    )
    try:
        scope.store.write(scope.namespace, [LogRecall(recall=entry)])
    except StorageError as error:
        return f"this recall could not be logged, so it takes no feedback: {error}"
    return ""


def feedback(
    scope: Scope,
    recall: str,
    score: float,
    *,
    items: Sequence[str] = (),
    origin: Literal["user", "agent"] = "user",
    note: str = "",
) -> Feedback:
    """Say how good a recall was, in [-1, 1]; of some of its items, or of all. Raises `NotFound`, `InvalidInput`."""
    logged = scope.store.records(scope.namespace).recall(checked(recall, "recall id", LABEL))
    if logged is None:
        raise NotFound(
            f"no recall {ascii(recall)[:80]}", cause="none was logged under it in this namespace", remedy="pass its id"
        )
    if isinstance(score, bool) or not isinstance(score, int | float) or not -1 <= score <= 1:
        raise InvalidInput("the score is out of bounds", cause=ascii(score)[:80], remedy="pass a number in [-1, 1]")
    about = tuple(checked(one, "item's id", LABEL) for one in items)
    strangers = sorted(set(about) - {shown.item for shown in logged.shown})
    if strangers:
        raise InvalidInput(
            f"item {ascii(strangers[0])[:80]} was not shown",
            cause="feedback is on what a recall showed",
            remedy="leave it out",
        )
    if origin not in ("user", "agent"):
        raise InvalidInput("unknown origin", cause=ascii(origin)[:80], remedy="use user or agent")
    given = Feedback(
        id=scope.new_id(),
        recall=logged.id,
        score=float(score),
        items=about,
        origin=origin,
        note=redact(checked(note, "note", TEXT))[0],
        created_at=scope.clock(),
    )
    job = Enqueue(stage="learn", key=given.id, payload={"feedback": given.id, "recall": logged.id})
    scope.store.write(scope.namespace, [LogFeedback(feedback=given), job])
    return given


def _checked(asked: Asked) -> str:
    query = checked(asked.query, "query", QUERY)
    if not query.strip():
        raise InvalidInput("the query is empty", cause="there is nothing to look for", remedy="ask a question")
    if isinstance(asked.k, bool) or not isinstance(asked.k, int) or not 1 <= asked.k <= MOST:
        raise InvalidInput("k is out of bounds", cause=ascii(asked.k)[:40], remedy=f"pass a number from 1 to {MOST}")
    wanted = asked.best_sessions
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 <= wanted <= MOST:
        raise InvalidInput(
            "best_sessions is out of bounds", cause=ascii(wanted)[:40], remedy=f"pass a number from 0 to {MOST}"
        )
    return query


def _embedded(query: str, models: Models) -> tuple[np.ndarray | None, str]:
    """The question's vector; a model that fails costs quality, not the answer, and the answer says so."""
    if models.embedder is None:
        return None, models.reason
    try:
        return models.embedder.embed([query], "query")[0], ""
    except ModelError as error:
        return None, f"searched by words alone: {error}"


def _found(scope: Scope, query: str, asked: Asked, vector: np.ndarray | None, models: Models) -> ranking.Found:
    """The best passages by words and the best by meaning, with what is known of each."""
    store, namespace, limit = scope.store, scope.namespace, models.policy.candidates
    terms = ranking.question_terms(query)
    name = models.embedder.name if models.embedder is not None and vector is not None else None

    def searched(filter: Filter, limit: int) -> tuple[dict[int, float], float, dict[int, float]]:
        lexical = store.match(namespace, terms, filter, limit)
        words = dict(zip(lexical.passages.tolist(), lexical.scores.tolist(), strict=True))
        if name is None or vector is None:
            return words, lexical.ceiling, {}
        near = store.nearest(namespace, name, vector, filter, limit)
        return words, lexical.ceiling, dict(zip(near.passages.tolist(), near.scores.tolist(), strict=True))

    words, ceiling, cosines = searched(asked.filter, limit)
    ids = ranking.promising(words, ceiling, cosines, keep=max(asked.k, models.policy.kept), policy=models.policy)
    for of_its_time in _of_its_times(query, asked.filter) if models.policy.dated_kept else ():
        of_then, _, near_then = searched(of_its_time, models.policy.dated_kept)
        words |= of_then
        ids += ranking.promising(of_then, ceiling, near_then, keep=models.policy.dated_kept, policy=models.policy)
    ids = list(dict.fromkeys(ids))
    owners = [item_of(passage)[0] for passage in ids]
    items = store.load(namespace, list(dict.fromkeys(owners)))
    there = {item.sequence for item in items}
    ids = [passage for passage, owner in zip(ids, owners, strict=True) if owner in there]
    vectors = store.vectors(namespace, name, ids) if name is not None else None
    if vectors is not None and not vectors.shape[1]:
        vectors = None  # nothing is embedded yet
    return ranking.Found(
        query=query,
        terms=tuple(terms),
        items=tuple(items),
        passages=np.array(ids, dtype=np.int64),
        words=np.array([words.get(passage, 0.0) for passage in ids], dtype=np.float64),
        ceiling=max(ceiling, 1e-9),
        cosine=None if vectors is None or vector is None else (vectors @ vector).astype(np.float64),
        vectors=vectors,
        embedder=name,
    )


def _with_worth(scope: Scope, found: ranking.Found, name: str, asked: Asked, policy: Policy) -> ranking.Found:
    """What is known of the learned ones among the candidates; retired ones fall out unless they were asked for."""
    learned = [item.id for item in found.items if item.kind in LEARNED]
    if not learned:
        return found
    whole = scope.store.read(scope.namespace, learned)
    rows = scope.store.records(scope.namespace).learned("worth", worth_keys(whole))
    known = worths(whole, rows, policy)
    gone = set() if asked.retired else {item.id for item in whole if state_of(item) != "active"}
    found = replace(found, worths=known, recall=name)
    return ranking.without(found, gone) if gone else found


def _of_its_times(query: str, filter: Filter) -> list[Filter]:
    """The filter, narrowed to each time that the question names: what was said then may share no word with it."""
    narrowed = []
    for named in named_times(query):
        bounds = named.bounds()
        if bounds is not None:
            since = max(bounds[0], bounds[0] if filter.since is None else filter.since)
            until = min(bounds[1], bounds[1] if filter.until is None else filter.until)
            if since < until:
                narrowed.append(msgspec.structs.replace(filter, since=since, until=until))
    return narrowed


def _reread(
    found: ranking.Found,
    ranked: ranking.Ranked,
    sessions: list[by_sessions.Session],
    reranker: Reranker,
    policy: Policy,
) -> tuple[list[by_sessions.Session], str]:
    """A second look at the first few sessions, at an extract of each. Fails as `_reranked` does."""
    texts = [by_sessions.extract(found, ranked, one) for one in sessions[: policy.rerank_sessions]]
    try:
        logits = reranker.score(found.query, texts)
    except ModelError as error:
        return sessions, f"not reranked: {error}"
    return by_sessions.reread(sessions, logits, policy), ""


def _told(found: ranking.Found, sessions: Sequence[by_sessions.Session]) -> tuple[RecalledSession, ...]:
    return tuple(
        RecalledSession(
            session=one.name,
            score=one.score,
            items=tuple(found.items[place].id for place in one.places[: by_sessions.BEST]),
        )
        for one in sessions
    )


def _reranked(
    found: ranking.Found, ranked: ranking.Ranked, reranker: Reranker, policy: Policy
) -> tuple[ranking.Ranked, str]:
    """A second look at the first few. Where the model fails the first order stands, and the answer says so."""
    places = ranking.to_reread(ranked, policy)
    texts = []
    for place in places:
        _, number = item_of(int(found.passages[ranked.best[place]]))
        texts.append(passages(found.items[place].text)[number])
    try:
        logits = reranker.score(found.query, texts)
    except ModelError as error:
        return ranked, f"not reranked: {error}"
    return ranking.rerank(ranked, places, logits, policy), ""


def _results(scope: Scope, found: ranking.Found, ranked: ranking.Ranked, k: int) -> tuple[Recalled, ...]:
    """The best, read whole; what was forgotten meanwhile falls out."""
    best = {found.items[place].id: place for place in ranked.order[:k]}
    return tuple(
        Recalled(item=item, score=float(ranked.scores[best[item.id]]), why=ranked.why(found, best[item.id]))
        for item in scope.store.read(scope.namespace, list(best))
    )


def _situation(hints: Hints | None) -> ranking.Situation:
    given = hints or {}
    return ranking.Situation(
        domain=given.get("domain", ""),
        language=given.get("language", ""),
        type=given.get("type", ""),
        tags=frozenset(given.get("tags", ())),
    )


def _why_empty(scope: Scope, filter: Filter) -> str:
    if not scope.store.select(scope.namespace, Filter(), limit=1):
        return f"namespace {scope.namespace} is empty: nothing has been recorded in it"
    if not scope.store.select(scope.namespace, filter, limit=1):
        return "the filter leaves nothing over"
    return "no item shares a word or a meaning with the question"
