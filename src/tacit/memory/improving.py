"""The face that improves: what is measured, what is wrong, what was proposed, tried, applied and taken back.

Floor 5. Below: base. Above: Memory.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Unpack, cast

from msgspec import structs

from tacit.changes import SetNote
from tacit.errors import ConfigurationError, Conflict, InvalidInput
from tacit.improvement import (
    APPLICATIONS,
    IMPROVEMENTS,
    LEDGER,
    POLICIES,
    TRIALS,
    Application,
    Bottleneck,
    Case,
    Entry,
    Idea,
    Improvement,
    PolicyRow,
    Snapshot,
    Standing,
    Trial,
)
from tacit.logic.about import Where, filtered
from tacit.logic.improving.catalogue import goal_of
from tacit.logic.improving.chain import in_force, lost
from tacit.logic.improving.judge import LEAST_CASES, Primary
from tacit.logic.improving.proposals import Ground, propose
from tacit.logic.improving.quality import ndcg
from tacit.logic.improving.shelf import entry, every_row, newest, put_rows, row_named
from tacit.logic.improving.vigil import Watched
from tacit.memory.base import LOOK_EVERY, Base
from tacit.operations import apply, bottlenecks, effects, notify, observe, recall
from tacit.operations import cases as casebook
from tacit.operations.alter import altered, taken_back
from tacit.operations.apply import Altering
from tacit.operations.ask_model import Asking, advised
from tacit.operations.improve import Improving as Progress
from tacit.operations.improve import Terms, check_terms, improve
from tacit.operations.policies import dialled
from tacit.operations.recall import Asked
from tacit.operations.try_improvement import Laboratory, Look, decide, look, sides_of
from tacit.policy import Policy

__all__ = ["Improving"]

CASES_A_TRIAL = 300
"""The latest ones: what a small change needs to be seen."""
PROBED = 100
"""Cases that are asked for the metric `recall_quality`."""
PROBING = "probed"
"""Note: quality of the last probing."""
DRAWS = 5
"""Of ideas, before there is nothing left to try."""
ALTERING = Altering(do=altered, undo=taken_back)


class Improving(Base):
    """The loop, as a whole and in its steps. Everything it does is in the ledger."""

    @property
    def policy(self) -> Policy:
        """The policy that rules; a candidate may be answering a share of recalls beside it."""
        return self._standing().policy

    def standing(self) -> Standing:
        """Which policy rules, and which is being watched."""
        return self._policies.standing()

    def set_policy(self, dials: Mapping[str, Any]) -> PolicyRow:
        """Turn dials by hand; an empty mapping goes back to the shipped policy. What is being watched is let go.

        Raises `InvalidInput` for a dial that there is none of."""
        return apply.turn(self._scope, self._policies.standing(), dialled(self._policies.shipped, dials), dials)

    def add_case(
        self, query: str, relevant: Sequence[str] | Mapping[str, float], *, k: int = 10, **where: Unpack[Where]
    ) -> Case:
        """Say what a question should find: ids, or ids with grades in (0, 1]. Trials judge by it from now on."""
        return casebook.add_case(self._scope, query, relevant, filter=filtered(where), k=k)

    def cases(self) -> list[Case]:
        """What trials judge by: recalls with what would have been right, those of feedback and outcomes included."""
        casebook.gather(self._scope)
        return casebook.cases(self._scope)

    def probe(self) -> float | None:
        """Ask the latest cases, and note how good the answers were: what the next analyses tell as `recall_quality`.

        -> mean nDCG@k, in [0, 1]; None where there is no case. The loop does it in every round."""
        asked = [case for case in casebook.cases(self._scope) if case.origin != "log"][-PROBED:]
        if not asked:
            return None
        models = self._standing()
        found = []
        for case in asked:
            answer = recall.search(self._scope, Asked(query=case.query, k=case.k, filter=case.filter), models)
            found.append(ndcg([one.item.id for one in answer.results], case.relevant, case.k))
        quality = sum(found) / len(found)
        value = {"quality": quality, "cases": len(found), "at": self._scope.clock()}
        self._backend.write(self.namespace, [SetNote(key=PROBING, value=value)])
        return quality

    def propose(self, *, most: int = 3, shipped_known: bool = True, keep: bool = True) -> list[Improvement]:
        """What is worth a trial now, for the open bottlenecks; kept as proposed, unless told not to `keep` it.

        None: there is nothing left to try."""
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 100:
            raise InvalidInput("most is out of bounds", cause=ascii(most)[:40], remedy="pass a number from 1 to 100")
        ground, now = self._ground(shipped_known=shipped_known), self._scope.clock()
        draws = (propose(ground, most=most, new_id=self._scope.new_id, now=now, seed=seed) for seed in range(DRAWS))
        made = next(filter(None, draws), [])
        if made and keep:
            told = [entry(self._scope, "proposed", one.description, refers=[one.id]) for one in made]
            self._backend.write(self.namespace, [put_rows(IMPROVEMENTS, *made), *told])
        return made

    def improvements(self, *, status: str = "", limit: int = 100) -> list[Improvement]:
        """The latest first; those of a status, if one is named."""
        found = newest(self._scope, IMPROVEMENTS, Improvement, limit=10_000)
        return [one for one in found if status in ("", one.status)][:limit]

    def try_improvement(self, id: str) -> Trial:
        """Measure it side by side with what is, on a copy, in a sandbox; judge it; write it down.

        Raises `NotFound`, `Conflict` for one that was tried, `SandboxError` where this machine can hold no program.
        """
        improvement = row_named(self._scope, IMPROVEMENTS, Improvement, id)
        if improvement.status != "proposed":
            raise Conflict(
                f"improvement {id} is {improvement.status}", cause="it was tried before", remedy="propose again"
            )
        with _Trying(self) as subject:
            return subject.decide(improvement, subject.look(improvement))

    def apply_improvement(self, id: str, *, share: float = 1.0) -> Application:
        """Make an approved improvement live, for a share of recalls; it is watched from now on."""
        improvement = row_named(self._scope, IMPROVEMENTS, Improvement, id)
        standing = self._policies.standing()
        head = standing.candidate or standing.policy
        if improvement.change.kind == "policy" and improvement.parent != head:
            raise Conflict(
                f"improvement {id} was tried on another policy",
                cause=f"it was measured against {improvement.parent or 'the shipped one'}, now {head or 'that'} rules",
                remedy="propose and try again",
            )
        shipped = structs.asdict(self._policies.shipped)
        turned = {**self._policies.row(head).dials, **improvement.change.policy}
        dials = {dial: value for dial, value in turned.items() if shipped.get(dial) != value}
        dialled(self._policies.shipped, dials)
        return apply.apply(self._scope, improvement, standing=standing, dials=dials, share=share, altering=ALTERING)

    def rollback(self, improvement: str = "", *, reason: str = "", dry_run: bool = False) -> list[Application]:
        """Take an applied improvement back, or, where none is named, all that are being watched: the state is then what
        it was, byte for byte. `dry_run`: only say which it would be."""
        if dry_run:
            return apply.taking_back(self._scope, improvement)
        return apply.rollback(
            self._scope,
            self._policies.standing(),
            altering=ALTERING,
            improvement=improvement,
            reason=reason or "taken back by hand",
        )

    def watch(self) -> Watched | None:
        """Look at what was applied last: take it back if live recalls got worse, keep it once enough of them did not.

        None where nothing is being watched. The background worker does this by itself."""
        standing = self._policies.standing()
        found = apply.watched(self._scope, standing)
        if found is None or found.state == "watching":
            return found
        try:
            if found.state == "kept":
                apply.confirm(self._scope, standing, found)
            else:
                casebook.gather(self._scope)
                apply.rollback(
                    self._scope,
                    standing,
                    altering=ALTERING,
                    reason=f"{found.metric} got worse: {found.reason}",
                    figures=found.figures,
                    failures=lambda since: casebook.failed(self._scope, since),
                )
        except Conflict:  # another process has done it
            return self.watch()
        return found

    def trials(self, *, limit: int = 100) -> list[Trial]:
        """The latest first."""
        return newest(self._scope, TRIALS, Trial, limit=limit)

    def applications(self, *, limit: int = 100) -> list[Application]:
        """The latest first."""
        return newest(self._scope, APPLICATIONS, Application, limit=limit)

    def ledger(self, *, limit: int = 100) -> list[Entry]:
        """The lab notebook, the latest lines first."""
        return newest(self._scope, LEDGER, Entry, limit=limit)

    def fingerprint(self) -> str:
        """Hash of all that the loop may touch: equal before an application and after its rollback."""
        standing = self._policies.standing()
        indexes = () if self._file is None else self._file.facts().tuned
        return apply.fingerprint(self._scope, standing, self._policies.row(standing.policy).dials, indexes)

    def improve(
        self,
        *,
        trials: int = 10,
        apply: bool = True,
        share: float = 0.5,
        side_by_side: int = 1,
        least_confidence: float = 0.0,
        least_change: float = 0.0,
        shipped_known: bool = True,
    ) -> Iterator[Progress]:
        """The loop: measure, propose, try, apply what is better; yields progress, may be left at any step.

        What is applied answers a `share` of recalls while it is watched. `least_confidence` and `least_change`
        (percent) keep what is under them for the owner to apply. Where there is a `chat` model, it is asked for ideas
        now and then; metrics, dials and figures are all that it is told.

        Raises `InvalidInput` at once, and `ConfigurationError` for a chat model that cannot be used."""
        allowed = Terms(
            trials=trials,
            apply=apply,
            share=share,
            side_by_side=side_by_side,
            least_confidence=least_confidence,
            least_change=least_change,
        )
        check_terms(allowed)
        asking = Asking(self._scope, self.chat)
        return self._improved(allowed, asking, shipped_known=shipped_known)

    def _improved(self, allowed: Terms, asking: Asking, *, shipped_known: bool) -> Iterator[Progress]:
        with _Trying(self, shipped_known=shipped_known, asking=asking) as subject:
            yield from improve(subject, allowed)

    def _tick(self) -> None:
        super()._tick()
        if self._policies.standing().application and self._due():
            self.watch()
        notify.notify(self._scope, self._trying.messengers)

    def _due(self) -> bool:
        """Whether enough was recalled since the worker looked at what is being watched; else it would look again at
        everything whenever it wakes."""
        latest = [one.id for one in self._backend.records(self.namespace).recalls(limit=LOOK_EVERY)]
        due = bool(latest) and self._looked not in latest
        if due:
            self._looked = latest[0]
        return due

    def _ground(self, *, shipped_known: bool) -> Ground:
        standing = self._policies.standing()
        rows = list(every_row(self._scope, POLICIES, PolicyRow))
        tried = list(every_row(self._scope, TRIALS, Trial))
        known = {one.id: one for one in every_row(self._scope, IMPROVEMENTS, Improvement)}
        return Ground(
            bottlenecks=bottlenecks.bottlenecks(self._scope),
            standing=self._policies.row(standing.candidate or standing.policy),
            shipped=self._policies.shipped,
            trials=[
                (known[one.improvement], one)
                for one in tried
                if one.improvement in known and known[one.improvement].change.kind != "patch"
            ],
            policies=rows,
            applications=list(every_row(self._scope, APPLICATIONS, Application)),
            pending=[one for one in known.values() if one.status == "proposed"],
            observed=observe.observed(
                self._scope,
                self._file,
                effects=effects.effects(self._scope, self._standing().policy),
                embedder="" if self._models.embedder is None else self._models.embedder.name,
                embedders=self._trying.embedders(),
                reranking=self._models.reranker is not None,
            ),
            lost=lost(in_force(tried, known, rows)),
            advised=self._advised(),
            shipped_known=shipped_known,
        )

    def _advised(self) -> tuple[Idea, ...]:
        try:
            return advised(self._scope, self.chat)
        except ConfigurationError:  # whoever improves is told
            return ()


class _Trying:
    """The loop's subject: a memory, with a laboratory as long as it is tried on. As `operations.improve.Subject`."""

    def __init__(self, memory: Any, *, shipped_known: bool = True, asking: Asking | None = None) -> None:
        self._memory = memory
        self._shipped_known = shipped_known
        self._asking = asking
        self._stack = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> "_Trying":
        memory = self._memory
        file = memory._in_file("a trial")
        casebook.gather(memory._scope)
        labelled = casebook.cases(memory._scope)
        logged = casebook.logged(memory._scope, limit=CASES_A_TRIAL)
        self._cases = [*labelled, *logged]
        trying = memory._trying
        self._laboratory = self._stack.enter_context(
            Laboratory.opened(
                memory._scope,
                file,
                trying.sandbox(),
                self._cases,
                embedder=memory._models.embedder,
                reranker=trying.reranker,
                models=trying.models,
            )
        )
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()
        if self._asking is not None:
            self._asking.close(interrupted=raised[0] is not None)

    def measure(self) -> tuple[Snapshot, Sequence[Bottleneck]]:
        self._memory.probe()
        snapshot = self._memory.analyze()
        self._memory.forecasts()
        return snapshot, self._memory.bottlenecks()

    def propose(self, most: int) -> list[Improvement]:
        """What a round that was interrupted, or the owner, has left untried, then what is new; a model is asked first
        where its turn has come."""
        memory = self._memory
        standing, stuck = memory.standing(), {one.metric_name for one in memory.bottlenecks()}
        head = standing.candidate or standing.policy
        waiting = [one for one in memory.improvements(status="proposed") if one.parent == head and one.metric in stuck][
            ::-1
        ][:most]
        if waiting:
            return waiting
        if self._asking is not None:
            self._asking.turn(lambda: memory._ground(shipped_known=self._shipped_known))
        return cast("list[Improvement]", memory.propose(most=most, shipped_known=self._shipped_known))

    def look(self, improvement: Improvement) -> Look:
        policies = self._memory._policies
        primary: Primary = goal_of(improvement.metric) or "quality"
        sides = sides_of(
            improvement, lambda dials: dialled(policies.shipped, dials), policies.row(improvement.parent).dials
        )
        return look(self._laboratory, sides, self._judging(primary), primary)

    def decide(self, improvement: Improvement, seen: object) -> Trial:
        return decide(self._memory._scope, improvement, cast("Look", seen), sandbox=self._laboratory.sandbox.name)

    def apply(self, improvement: Improvement, share: float) -> Application:
        row = row_named(self._memory._scope, IMPROVEMENTS, Improvement, improvement.id)
        return cast("Application", self._memory.apply_improvement(row.id, share=share))

    def _judging(self, primary: Primary) -> list[Case]:
        """Cases of the trial: where too few say what was right, whether a faster policy shows the same is judged by
        what was shown; a better one cannot be judged so."""
        failures = [case for case in self._cases if case.origin == "failure"]
        told = [case for case in self._cases if case.origin not in ("failure", "log")][-CASES_A_TRIAL:]
        if primary == "milliseconds" and len(told) < 2 * LEAST_CASES:
            told += [case for case in self._cases if case.origin == "log"][: CASES_A_TRIAL - len(told)]
        return [*told, *failures[-CASES_A_TRIAL:]]
