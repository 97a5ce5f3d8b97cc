"""What one episode teaches: patterns and their counts, reward, reflection, predictions, credit for what was shown.

Floor 2. Below: the parts of learning, each in its file. Above: operations.learn, which hands over a desk for each
transaction. The order within an episode is fixed; nothing here depends on which episodes share a transaction.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from tacit.changes import Feedback, RecallLog
from tacit.lessons import Effect
from tacit.logic import contrast, effect, prediction, reflection, reward, strata, validation, values
from tacit.logic.evidence import success_of
from tacit.logic.extractors import Extractor, Seen, extract
from tacit.logic.notebook import Notebook
from tacit.logic.patterns import chosen, merged
from tacit.logic.rules.promotion import demoted, promoted, rule_key, witnessed
from tacit.logic.shelf import Shelf
from tacit.logic.withholding import exposures
from tacit.policy import Policy
from tacit.ports import NewId
from tacit.types import Episode, Item, Pattern

__all__ = ["Desk", "Lesson"]

log = logging.getLogger("tacit.learn")


@dataclass
class Desk:
    """What lies at hand for one transaction of learning, and what it counts."""

    book: Notebook
    shelf: Shelf
    recall: Callable[[str], RecallLog | None]
    policy: Policy
    new_id: NewId
    now: int = 0
    """When the latest of these episodes, or of those before them, ended: learning reads no clock."""
    credited: int = 0
    """Up to this sequence effects are counted already: the episodes are learned from a second time."""
    patterns: int = 0
    """New ones."""
    rules: int = 0
    """Earned."""
    retired: int = 0
    """Patterns and rules."""
    dropped: list[str] = field(default_factory=list)
    """Ids of patterns to be deleted: seen once, long ago."""


class Lesson:
    """Teaches at one desk."""

    def __init__(self, desk: Desk, extractors: Mapping[str, Extractor]) -> None:
        self._desk = desk
        self._extractors = extractors
        self._seen: dict[str, list[Seen]] = {}

    def prepare(self, episodes: Sequence[Item]) -> None:
        """Read at once what the episodes will want."""
        for episode in episodes:
            self._desk.shelf.hold(episode)
        self._seen = {episode.id: self._extracted(episode) for episode in episodes}
        self._desk.shelf.prefetch("pattern", [one.fingerprint for found in self._seen.values() for one in found])

    def learn(self, episode: Item) -> None:
        """Everything that one episode teaches, once and for all."""
        payload = episode.payload
        if not isinstance(payload, Episode):
            return
        self._desk.now = max(self._desk.now, payload.ended_at or episode.created_at)
        seen = self._seen.pop(episode.id)
        if episode.sequence > self._desk.credited:
            self._credit(payload, {one.fingerprint for one in seen})
        shelf = self._desk.shelf
        kept = chosen(seen, self._known)
        news = sum(not self._known(one.fingerprint) for one in kept)
        baselines = self._desk.book.page("baselines")
        told = reflection.reflected(episode, baselines)
        earned = reward.rewarded(episode, baselines, news)
        payload = msgspec.structs.replace(payload, reward=earned, reflection=told)
        episode = msgspec.structs.replace(episode, payload=payload)
        shelf.put(episode)
        self._patterns(episode, kept)
        self._desk.patterns += news
        prediction.learn(episode, self._desk.book.page("prediction"))
        values.learn(episode, self._desk.book.page("values"))

    def review(self, patterns: Iterable[Item], rules: Iterable[Item]) -> None:
        """Look at all patterns and rules together: contrasts, what stays, what became a rule, what is one no more."""
        found = {one.id: one for one in patterns}
        rules = list(rules)
        for one in (*found.values(), *rules):
            self._desk.shelf.hold(one)
        totals, held = self._desk.book.page("totals"), self._desk.book.page("held")
        for one in contrast.reviewed(list(found.values()), totals):
            found[one.id] = one
            self._desk.shelf.put(one)
        for one in list(found.values()):
            found[one.id] = self._judged(validation.validated(one, held))
        for one in found.values():
            self._promote(one)
        for rule in rules:
            self._demote(self._desk.shelf.get(rule.id) or rule, found)
        self._drop([found[one] for one in validation.stale(found.values())])

    def _drop(self, stale: Sequence[Item]) -> None:
        """Patterns that were seen once, long ago, with what was counted of them."""
        book = self._desk.book
        self._desk.dropped += [one.id for one in stale]
        keys = [one.key for one in stale if one.key is not None]
        for space in ("totals", "held"):
            strata.forget(book.page(space), keys)
        for space, names in (("witnesses", keys), ("worth", [one.id for one in stale])):
            for name in names:
                book.page(space).pop(name, None)

    def feedback(self, log: RecallLog, given: Feedback) -> None:
        """What somebody said of what a recall showed."""
        worth = self._desk.book.page("worth")
        about = given.items or [shown.item for shown in log.shown]
        self._desk.shelf.prefetch_ids(about)
        for one in about:
            item = self._desk.shelf.get(one)
            if item is not None and item.kind in effect.LEARNED:
                worth[one] = effect.fed(worth.get(one), given.score)

    def _known(self, key: str) -> bool:
        """Whether an episode before has shown a pattern; while everything is relearned, blank ones wait for theirs."""
        one = self._desk.shelf.find("pattern", key)
        return one is not None and isinstance(one.payload, Pattern) and one.payload.count > 0

    def _extracted(self, episode: Item) -> list[Seen]:
        def failed(name: str, error: Exception) -> None:
            log.warning("extractor %s failed on episode %s: %s", name, episode.id, error)
            page = self._desk.book.page("extractors")
            count = page.get(name, {"failed": 0})["failed"] + 1
            page[name] = {"failed": count, "latest": f"{type(error).__name__}: {error}"[:300], "episode": episode.id}

        return extract(episode, self._extractors, failed=failed)

    def _patterns(self, episode: Item, kept: Sequence[Seen]) -> None:
        """Count an episode in the patterns that it shows."""
        desk = self._desk
        for one in kept:
            old = desk.shelf.find("pattern", one.fingerprint)
            item = merged(old, one, episode, id=desk.new_id() if old is None else old.id, now=episode.created_at)
            desk.shelf.put(item)
            witnessed(desk.book.page("witnesses"), item, episode)
        keys = [one.fingerprint for one in kept]
        contrast.counted(desk.book.page("totals"), episode, keys)
        validation.counted(desk.book.page("held"), episode, keys)

    def _credit(self, episode: Episode, fingerprints: set[str]) -> None:
        """The outcome of an episode counts for, or against, what its recalls showed and withheld."""
        success = success_of(episode.outcome)
        logs = [log for one in episode.recalls if (log := self._desk.recall(one)) is not None]
        if success is None or not logs:
            return
        exposed = exposures(logs)
        self._desk.shelf.prefetch_ids(one.item for one in exposed)
        worth = self._desk.book.page("worth")
        for one in exposed:
            item = self._desk.shelf.get(one.item)
            if item is None or item.kind not in effect.LEARNED:
                continue
            before = worth.get(item.id)
            row = effect.credited(
                before,
                shown=one.shown,
                propensity=one.propensity,
                success=success,
                applied=self._applied(item, fingerprints),
            )
            worth[item.id] = row
            pool = effect.pool_key(item)
            worth[pool] = effect.pooled(worth.get(pool), before, row)
            if item.kind == "rule":
                self._demote(item, {})
            elif item.kind == "pattern":
                self._judged(item)

    def _applied(self, item: Item, fingerprints: set[str]) -> bool:
        """Whether an episode did what an item says; taken for granted of what cannot be seen in its steps."""
        if item.kind == "pattern":
            return item.key in fingerprints
        sources = [self._desk.shelf.get(one) for one in item.derived_from] if item.kind == "rule" else []
        keys = {one.key for one in sources if one is not None and one.kind == "pattern"}
        return not keys or bool(keys & fingerprints)

    def _effect(self, item: Item) -> Effect:
        worth = self._desk.book.page("worth")
        return effect.effect_of(item.id, worth.get(item.id), self._desk.policy, pool=worth.get(effect.pool_key(item)))

    def _judged(self, item: Item) -> Item:
        """A pattern after validation; retired where evidence, or its effect, speaks against it."""
        before, pattern = self._desk.shelf.get(item.id), item.payload
        if isinstance(pattern, Pattern) and pattern.state == "active":
            known = self._effect(item)
            hurts = f"showing it hurts: {known.mean:+.2f}" if known.verdict == "hurts" else ""
            reason = validation.retired(item) or hurts
            if reason:
                self._desk.retired += 1
                item = msgspec.structs.replace(
                    item, payload=msgspec.structs.replace(pattern, state="retired", reason=reason)
                )
        if item != before:
            self._desk.shelf.put(item)
        return item

    def _promote(self, pattern: Item) -> None:
        key = rule_key(pattern)
        if key is None:
            return
        desk = self._desk
        rule = desk.shelf.find("rule", key)
        made = promoted(
            pattern,
            self._effect(pattern),
            page=desk.book.page("witnesses"),
            rule=rule,
            new_id=desk.new_id,
            now=desk.now,
            policy=desk.policy,
        )
        if made is not None:
            desk.rules += rule is None
            desk.shelf.put(made)

    def _demote(self, rule: Item, patterns: Mapping[str, Item]) -> None:
        grounds = next((patterns[one] for one in rule.derived_from if one in patterns), None)
        ended = demoted(rule, grounds, self._effect(rule), now=self._desk.now)
        if ended is not None:
            self._desk.retired += 1
            self._desk.shelf.put(ended)
