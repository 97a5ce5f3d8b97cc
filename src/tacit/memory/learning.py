"""The face that learns: patterns, rules, effects, advice, playbooks.

Floor 5. Below: base. Above: Memory.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Unpack, get_args

import msgspec

from tacit import lessons
from tacit.changes import Enqueue
from tacit.logic.about import About, Where, filtered, listed, whole
from tacit.logic.playbooks import playbook
from tacit.logic.retention import FADING
from tacit.logic.rules.contradictions import Contradiction
from tacit.logic.rules.staleness import Stale
from tacit.memory.base import Base
from tacit.operations import distill as distilling
from tacit.operations import effects as worth
from tacit.operations import fade as fading
from tacit.operations import learn, recall, review_rules
from tacit.operations import rules as ruling
from tacit.operations.recall import Asked
from tacit.operations.timeline import timeline
from tacit.types import Filter, Item, Kind, Pattern, PatternType, RuleType, Step

__all__ = ["Learning"]

SIMILAR = 24
"""Items of each kind that a playbook is made from."""
STAGES = ("relearn", "learn", "distill")


class Learning(Base):
    """What was learned from the episodes, and what it is worth."""

    def learn(self) -> Iterator[lessons.Learning]:
        """Learn here and now from what waits, then look at all patterns together; yields progress.

        Where the background worker, or another process, is at it already, waits until that is done."""
        since = learn.cursor_of(self._backend, self.namespace)
        self._backend.write(
            self.namespace, [Enqueue(stage="learn", key=self._scope.new_id(), payload={"review": True})]
        )
        while True:
            for _ in self._worker.drain(STAGES):
                yield learn.progress(self._backend, self.namespace, since)
            if not self._backend.jobs(self.namespace, states=("leased",), stages=STAGES, limit=1):
                break
            time.sleep(0.02)  # another thread or process has leased it
        yield learn.progress(self._backend, self.namespace, since)

    def patterns(
        self, *, types: Sequence[PatternType] = (), retired: bool = False, after: int = 0, limit: int = 100
    ) -> list[Item]:
        """A page of patterns, in the order in which they were found; `after` is the `sequence` of the last one seen."""
        wanted = Filter(kinds=("pattern",), types=listed(types, "type", get_args(PatternType)))
        found: list[Item] = []
        after, limit = whole(after, "after"), whole(limit, "limit")
        while len(found) < limit and (page := self._backend.select(self.namespace, wanted, after=after, limit=limit)):
            found += [
                one for one in page if isinstance(one.payload, Pattern) and (one.payload.state == "retired") == retired
            ]
            after = page[-1].sequence
        return found[:limit]

    def rules(
        self,
        *,
        states: Sequence[ruling.RuleState] = ("active",),
        types: Sequence[RuleType] = (),
        limit: int | None = None,
    ) -> list[Item]:
        """Rules in these states (none named: all), the surest first."""
        return ruling.rules(self._scope, states=states, types=types, limit=limit)

    def add_rule(
        self, text: str, *, rule_type: RuleType | None = None, confidence: float | None = None, **about: Unpack[About]
    ) -> Item:
        """Add a rule in a person's name, with or without its head `[TYPE|confidence]`."""
        return ruling.add(self._scope, text, rule_type=rule_type, confidence=confidence, **about)

    def apply_rules(
        self,
        reply: str | Sequence[Mapping[str, Any]],
        *,
        by: Literal["person", "teacher"] = "teacher",
        dry_run: bool = False,
        **about: Unpack[About],
    ) -> ruling.Report:
        """Do what the reply of a teacher asks for (JSON or XML): add, update, remove, merge, reinforce, weaken."""
        return ruling.apply(self._scope, reply, by=by, dry_run=dry_run, **about)

    def remove_rule(self, *meaning: str) -> list[Item]:
        """Retire rules, by their ids or texts."""
        return ruling.remove(self._scope, *meaning)

    def restore_rule(self, id: str, *, reason: str = "") -> Item:
        """Bring a retired rule back; it is not retired again by itself."""
        return ruling.restore(self._scope, id, reason=reason)

    def import_rules(self, path: str | Path, *, dry_run: bool = False) -> ruling.Report:
        """Add the rules of a file, separated by `---` lines."""
        return ruling.import_file(self._scope, path, dry_run=dry_run)

    def rule_conflicts(self) -> list[Contradiction]:
        """Pairs of active rules that contradict each other."""
        return review_rules.conflicts(self._scope, self._model)

    def stale_rules(self, *, days: int = 90) -> list[Stale]:
        """Active rules that nothing has confirmed for so many days, or that have lost their ground."""
        return review_rules.stale_rules(self._scope, days=days)

    def rule_merges(self) -> list[review_rules.Proposal]:
        """Pairs of rules that say the same in other words: proposals, nothing merges them by itself."""
        return review_rules.proposals(self._scope, self._model)

    def effects(self, *items: str) -> list[lessons.Effect]:
        """What items are worth: success with them minus success without them; of these, or of all that were shown."""
        return worth.effects(self._scope, self._standing().policy, items=items)

    def why(self, id: str) -> lessons.Account:
        """Why an item is believed: where it comes from, what speaks for it, what it is worth."""
        return worth.account(self._scope, self._standing().policy, id)

    def advise(
        self,
        task: str,
        steps: Sequence[Step] = (),
        *,
        options: Sequence[str] = (),
        domain: str = "",
        agent: str = "",
    ) -> lessons.Advice:
        """What to do now, in a task that has come so far: the tools that come next, what got past such an error, how
        likely success is, and what each option is worth. An option is worded as the step would be: tool, then what
        for or with what."""
        return self._adviser.advise(task, steps, options=options, domain=domain, agent=agent)

    def playbook(self, task: str, **where: Unpack[Where]) -> lessons.Playbook:
        """How to go about a task, from the similar ones that went well, and what went wrong in the others."""

        models = self._standing()

        def like(kind: Kind) -> list[Item]:
            wanted = msgspec.structs.replace(filtered(where), kinds=(kind,))
            answer = recall.search(self._scope, Asked(query=task, k=SIMILAR, filter=wanted), models)
            return [] if answer.abstained else [one.item for one in answer.results]

        return playbook(task, like("pattern"), like("knowledge"), like("episode"))

    def timeline(self, *, buckets: int = 20, **where: Unpack[Where]) -> list[lessons.Point]:
        """The learning curve: success, steps and reward over the episodes in their order, in so many stretches."""
        return timeline(self._scope, filtered(where), buckets=buckets)

    def distill(self) -> Iterator[distilling.Distilled]:
        """Make knowledge of similar patterns, here and now; yields progress. Doing it again changes nothing."""
        return distilling.distill(self._scope)

    def fade(
        self,
        *,
        max_episodes: int | None = None,
        max_items: int | None = None,
        max_age_days: float | None = None,
        kinds: Sequence[Kind] = FADING,
        dry_run: bool = False,
    ) -> fading.Faded:
        """Keep within a capacity and a time: what is past its age is forgotten with all that was derived from it, what
        there is no room for goes by its worth, and what was learned from it stays."""
        return fading.fade(
            self._scope,
            max_episodes=max_episodes,
            max_items=max_items,
            max_age_days=max_age_days,
            kinds=kinds,
            dry_run=dry_run,
            discard=getattr(self._models.embedder, "discard", None),
        )

    @property
    def _model(self) -> str | None:
        return None if self._models.embedder is None else self._models.embedder.name
