"""One namespace never sees another: not in answers, counts, scores, errors, exports, nor in what anything costs.

A Hypothesis state machine writes to two namespaces of one file, and does to a twin, alone in a file of its own, all
that it does to the first. Whatever the first one answers, the twin must answer, ids and times aside.
"""

import itertools
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import tacit
from tacit.errors import TacitError
from tacit.improvement import IMPROVEMENTS
from tacit.logic.improving.shelf import put_rows
from tacit.memory import Memory
from tacit.testing.clock import FrozenClock
from tacit.types import Decision, Failure, Project, Step, Success

WORDS = ["port", "server", "billing", "import", "test", "deploy", "cache", "login", "token", "queue", "東京", "ошибка"]
CANARY = "zzcanary"
TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
IDENTITY = frozenset(
    {
        "id", "created_at", "sequence", "item", "recall", "milliseconds", "cpu_milliseconds", "bytes", "superseded_by",
        "lease",
    }
)  # fmt: skip
COVERED = frozenset(
    {
        "add_case", "add_rule", "advise", "analyze", "applications", "apply_improvement", "apply_rules", "backup",
        "bottlenecks", "cases", "chat", "check", "close", "complete_episode", "context", "distill", "effects",
        "embedder", "episode", "export", "fade", "feedback", "find_bottlenecks", "fingerprint", "flush",
        "forecast_scores", "forecasts", "forget", "get", "get_preference", "import_file", "import_rules", "improve",
        "improvements", "index_folder", "items", "jobs", "learn", "ledger", "log_step", "namespace", "open_episodes",
        "patterns", "playbook", "policy", "probe", "propose", "recall", "recalls", "record_conversation",
        "record_decision", "record_fact", "record_interaction", "record_learning_event", "record_message",
        "record_messages", "record_project", "record_solution", "reembed", "remove_rule", "restore_rule",
        "resume_episode", "revive_jobs", "rollback", "rule_conflicts", "rule_merges", "rules", "set_policy",
        "set_preference", "set_target", "snapshots", "stale_rules", "standing", "start_episode", "stats", "targets",
        "timeline", "trend", "trials", "try_improvement", "unembedded", "update_decision", "update_solution", "watch",
        "why", "work", "working",
    }
)  # fmt: skip


TARGETS = {
    "recall_quality": 1.0, "query_time_ms": 1e9, "cpu_percent": 1e9, "memory_usage_mb": 1e9, "indexing_speed": 0.0,
    "cache_hit_rate": 0.0,
}  # fmt: skip
"""So that what is a bottleneck does not depend on the machine: quality is one, and no time or size."""


def test_every_public_method_is_under_this_test():
    assert {name for name in dir(Memory) if not name.startswith("_")} == COVERED


def plain(value: Any) -> Any:
    """Without what differs between two equal histories: ids, and sequences, which all of a file share."""
    return _without_identity(json.loads(msgspec.json.encode(value)))


def _without_identity(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_identity(inner) for key, inner in value.items() if key not in IDENTITY}
    if isinstance(value, list):
        return [_without_identity(inner) for inner in value]
    return value


class TwoNamespaces(RuleBasedStateMachine):
    """`mine` shares its file with `other`; `twin` lives alone through what `mine` does."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = FrozenClock()
        self.mine = self._opened("shared.db", "acme/mine")
        self.other = self._opened("shared.db", "acme/other")
        self.twin = self._opened("alone.db", "acme/mine")
        self.everyone = (self.mine, self.other, self.twin)
        for metric, target in TARGETS.items():
            self.both(lambda memory, metric=metric, target=target: memory.set_target(metric, target))

    def _opened(self, name: str, namespace: str) -> Memory:
        """Draws follow from ids: `mine` and its twin get the same ones."""
        space = sum(namespace.encode())
        ids = (f"{count:08x}-0000-7000-8000-{space:012x}" for count in itertools.count(1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tacit.opening.new_id", lambda: next(ids))
            return tacit.open(
                self.folder / name, namespace=namespace, embedder="hashing:64", worker=False, clock=self.clock
            )

    def both(self, act: Any) -> None:
        """The same to `mine` and its twin; what they return, or how they fail, must be the same."""
        assert self._outcome(act, self.mine) == self._outcome(act, self.twin)

    def _outcome(self, act: Any, memory: Memory) -> Any:
        try:
            told = UUID.sub("<id>", json.dumps(plain(act(memory)), ensure_ascii=False))
        except TacitError as error:
            told = f"{type(error).__name__} {error.what.split()[0]}"
        assert CANARY not in told
        return told

    @rule(text=TEXT, session=st.sampled_from(["", "s1", "s2"]), author=st.sampled_from(["", "Ada"]))
    def message(self, text: str, session: str, author: str) -> None:
        self.both(lambda memory: memory.record_message(text, session=session, author=author))

    @rule(texts=st.lists(TEXT, max_size=3))
    def messages(self, texts: list[str]) -> None:
        self.both(lambda memory: memory.record_messages([(text, "user", {"session": "s3"}) for text in texts]))

    @rule(text=TEXT, key=st.sampled_from(["a", "b"]))
    def fact(self, text: str, key: str) -> None:
        self.both(lambda memory: memory.record_fact(text, key=key))

    @rule(text=TEXT, key=st.sampled_from(["p", "q"]))
    def records(self, text: str, key: str) -> None:
        self.both(lambda memory: memory.record_interaction(text, text, session="s1"))
        self.both(lambda memory: memory.set_preference(key, text))
        self.both(lambda memory: memory.record_project(key, details=Project(name=key, description=text)))
        self.both(lambda memory: memory.record_conversation(text))
        self.both(lambda memory: memory.record_learning_event("success", text))

    @rule(text=TEXT)
    def decisions(self, text: str) -> None:
        made = Decision(agent_type="planner", context=text, options=("x", "y"), chosen="x")
        self.both(lambda m: m.update_decision(m.record_decision(made).id, "went well", 0.5))
        self.both(lambda m: m.update_solution(m.record_solution("error_fix", text, "restart").id, worked=True))

    @rule(text=TEXT, good=st.booleans())
    def episodes(self, text: str, good: bool) -> None:
        def live(memory: Memory) -> Any:
            started = memory.start_episode(text)
            memory.log_step(started, "bash", arguments=text, result="success" if good else "error")
            memory.resume_episode(started).flush()
            memory.episode(f"left open {text}").abstain("changed my mind")
            return memory.complete_episode(started, Success() if good else Failure(reason=text))

        self.both(live)

    @rule(text=TEXT, told=st.booleans())
    def shown_episodes(self, text: str, told: bool) -> None:
        """What a pack showed, and what came of it."""

        def live(memory: Memory) -> Any:
            pack = memory.context(text, budget=300)
            with memory.episode(text, domain="d") as episode:
                if told:
                    episode.recalled(pack.recall)
                episode.step("bash", arguments=f"make {text}", result="error", observation="no such target")
                episode.step("bash", arguments="make -C src", result="success")
                return episode.success()

        self.both(live)

    @rule(text=TEXT, confidence=st.sampled_from([None, 0.7]))
    def teach(self, text: str, confidence: float | None) -> None:
        (self.folder / "rules.txt").write_text(f"Mind the {text}\n---\nAlways mind the {text}\n", "utf-8")
        reply = [
            {"action": "add", "insight": f"Do the {text}"},
            {"action": "weaken", "old_insight_to_replace": f"Mind the {text}"},
        ]
        self.both(lambda memory: memory.add_rule(f"Never do the {text}", confidence=confidence))
        self.both(lambda memory: memory.import_rules(self.folder / "rules.txt"))
        self.both(lambda memory: memory.apply_rules(reply).applied)
        self.both(lambda memory: memory.restore_rule(memory.remove_rule(f"Mind the {text}")[0].id))

    @rule(text=TEXT)
    def learn(self, text: str) -> None:
        self.both(lambda memory: list(memory.learn())[-1:])
        self.both(lambda memory: list(memory.distill())[-1:])
        for read in (
            lambda memory: memory.playbook(text),
            lambda memory: memory.advise(text, [Step(tool="bash", arguments=f"make {text}")], options=["make test"]),
            lambda memory: [memory.why(one.id) for one in memory.patterns(limit=3)],
            lambda memory: memory.patterns(limit=1000, retired=True),
            lambda memory: memory.rules(states=()),
            lambda memory: memory.effects(),
            lambda memory: memory.timeline(),
            lambda memory: memory.rule_conflicts(),
            lambda memory: memory.stale_rules(days=1),
            lambda memory: memory.rule_merges(),
        ):
            self.both(read)

    @rule(text=TEXT, candidates=st.integers(20, 300))
    def improve(self, text: str, candidates: int) -> None:
        """All of the loop but its trials, which are below."""

        def applied(memory: Memory) -> Any:
            made = memory.propose(most=2)
            better = [msgspec.structs.replace(one, status="approved") for one in made]
            memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, *better)])
            return [memory.apply_improvement(one.id, share=0.5).state for one in better[:1]]

        self.both(lambda memory: memory.set_policy({"candidates": candidates}).dials)
        self.both(lambda memory: memory.record_fact(f"nothing like {text}"))
        self.both(lambda memory: memory.add_case(WORDS[-1], [one.id for one in memory.items(limit=5)]).query)
        self.clock.advance(1_000)
        self.both(lambda memory: [memory.probe(), memory.analyze().metrics.get("recall_quality")])
        self.both(applied)
        for read in (
            lambda memory: [(case.query, case.origin) for case in memory.cases()],
            lambda memory: [(one.description, one.status) for one in memory.improvements()],
            lambda memory: [memory.policy, memory.standing(), memory.fingerprint()],
            lambda memory: [memory.watch() is None, memory.trials()],
            lambda memory: [one.state for one in memory.rollback()],
            lambda memory: [(one.state, one.notes) for one in memory.applications()],
            lambda memory: [one.what for one in memory.ledger()],
        ):
            self.both(read)

    @rule(most=st.integers(0, 5))
    def fade(self, most: int) -> None:
        self.both(lambda memory: memory.fade(max_items=most, kinds=["message"]).kinds)
        self.both(lambda memory: memory.fade(max_episodes=most, dry_run=True).kinds)

    @rule(text=TEXT)
    def files(self, text: str) -> None:
        folder = self.folder / "docs"
        folder.mkdir(exist_ok=True)
        (folder / "note.md").write_text(f"# {text}\n\n{text}\n")
        (self.folder / "runs.jsonl").write_text(
            json.dumps({"id": text, "source": "t", "domain": "d", "agent": "a", "task_id": 1, "task": text,
                        "steps": [], "reward": 1.0, "success": True, "trial": 0, "split": "train"}) + "\n"
        )  # fmt: skip
        self.both(lambda memory: [one.done for one in memory.import_file(self.folder / "runs.jsonl")][-1:])
        self.both(lambda memory: len(list(memory.index_folder(folder))))

    @rule(text=TEXT)
    def the_other_one(self, text: str) -> None:
        """What must never be seen, nor felt: the same keys and words, and a word that nobody else has."""
        other = self.other
        for said in (text, f"{text} {CANARY}"):
            other.record_message(said, session="s1", author="Ada", metadata={"note": CANARY})
            other.record_fact(said, key="a")
            other.set_preference("p", said)
            other.record_project("p", details=Project(name="p", description=said))
            other.record_solution("error_fix", said, CANARY)
        other.start_episode(f"{CANARY} {text}")
        other.add_rule(f"Never do the {text}", confidence=0.2)
        other.apply_rules([{"action": "add", "insight": f"Always do the {text} {CANARY}"}])
        for outcome in (Success(), Failure(reason=CANARY)):
            with other.episode(text, domain="d") as episode:
                episode.recalled(other.context(text).recall)
                episode.step("bash", arguments=f"make {text}", result="error", observation=CANARY)
                episode.step("bash", arguments=f"make {CANARY}", result="success")
                episode.complete(outcome)
        list(other.learn())
        other.working("default").remember("k", CANARY)
        other.recall(f"{CANARY} {text}")
        other.set_policy({"candidates": 7})
        other.add_case(f"{CANARY} {text}", [other.items(limit=1)[0].id])
        other.set_target("recall_quality", 1.0)
        other.probe()
        other.analyze(session=CANARY)
        other.propose(most=1)

    @rule()
    def embed(self) -> None:
        self.both(lambda memory: memory.flush())
        self.other.flush()

    @rule(query=TEXT, k=st.integers(1, 20))
    def ask(self, query: str, k: int) -> None:
        self.mine.flush()
        self.twin.flush()
        self.both(lambda memory: memory.recall(query, k=k))
        self.both(lambda memory: memory.recall(f"{query} {CANARY}"[:-1], k=k))
        self.both(lambda memory: [entry.text for entry in memory.context(query, budget=500).entries])
        self.both(lambda memory: memory.feedback(memory.recall(query).id, 1.0))
        self.both(lambda memory: memory.feedback(memory.recalls()[0].id, 2.0))

    @rule()
    def cross(self) -> None:
        """Ids of the other namespace are unknown ids."""
        theirs = [item.id for item in self.other.items()] + [draft.id for draft in self.other.open_episodes()]
        rules = [item.id for item in self.other.rules(states=())[:1]]
        recalls = [recall.id for recall in self.other.recalls(limit=1)]
        drafts = [draft.id for draft in self.other.open_episodes()[:1]]
        improvements = [one.id for one in self.other.improvements(limit=1)]
        before = self.other.stats().items
        for memory in (self.mine, self.twin):
            self._refused(memory, theirs, rules, recalls, drafts, improvements)
        assert self.other.stats().items == before

    def _refused(
        self,
        memory: Memory,
        theirs: list[str],
        rules: list[str],
        recalls: list[str],
        drafts: list[str],
        improvements: list[str],
    ) -> None:
        assert memory.get(*theirs) == []
        if theirs:
            assert memory.forget(*theirs).ids == ()
        for one in rules:
            assert memory.effects(one) == []
        for act, ids in (
            (memory.why, theirs[:1]),
            (memory.remove_rule, rules),
            (memory.restore_rule, rules),
            (lambda one: memory.feedback(one, 1.0), recalls),
            (lambda one: memory.log_step(one, "bash"), drafts),
            (lambda one: memory.add_case("which", [one]), theirs[:1]),
            (memory.try_improvement, improvements),
            (memory.apply_improvement, improvements),
            (memory.rollback, improvements),
        ):
            for one in ids:
                with pytest.raises(TacitError) as refused:
                    act(one)
                assert CANARY not in str(refused.value)

    @rule(kind=st.sampled_from(["message", "fact", "preference", "episode"]))
    def forget(self, kind: str) -> None:
        self.both(lambda memory: [memory.forget(kinds=[kind], dry_run=True).kinds, memory.forget(kinds=[kind]).kinds])

    @rule(wanted=st.sampled_from([None, "learned", 0.0, 5.0]))
    def measure(self, wanted: Any) -> None:
        """Counts, targets and what is wrong by them; times and sizes are of the process and the file."""

        def live(memory: Memory) -> Any:
            told = memory.analyze(), memory.set_target("error_count", wanted), memory.targets()
            memory.find_bottlenecks()
            counts = [(one.detail["recalls"], one.detail["errors"], one.detail["files"]) for one in memory.snapshots()]
            metrics = {name: told[0].metrics[name] for name in ("error_count", "queue_age_s")}
            return counts, metrics, told[1:], memory.bottlenecks(resolved=True), memory.trend("error_count")

        self.both(live)
        self.both(lambda memory: (len(memory.forecasts()), memory.forecast_scores()))

    @rule()
    def manage(self) -> None:
        self.both(lambda memory: [embedded.total for embedded in memory.reembed(memory.embedder)][-1:])
        self.both(lambda memory: memory.revive_jobs())
        self.both(lambda memory: memory.unembedded())
        self.both(lambda memory: memory.working().values())
        self.both(lambda memory: memory.get_preference("p"))
        assert [problem for _, _, problem in self.mine.check() if problem] == []
        self.mine.backup(self.folder / "copy.db", overwrite=True)
        assert {memory.namespace for memory in (self.mine, self.twin)} == {"acme/mine"}

    @invariant()
    def nothing_of_the_other_is_seen(self) -> None:
        if not hasattr(self, "mine"):
            return
        for read in (
            lambda memory: [json.loads(line) for line in memory.export()],
            lambda memory: memory.items(limit=1000),
            lambda memory: memory.stats(),
            lambda memory: memory.jobs(limit=1000),
            lambda memory: memory.open_episodes(),
            lambda memory: memory.recalls(limit=1000),
            lambda memory: sum(memory.work()),
        ):
            self.both(read)

    def teardown(self) -> None:
        for memory in getattr(self, "everyone", ()):
            memory.close()
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)


TestTwoNamespaces = TwoNamespaces.TestCase
TestTwoNamespaces.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)


def test_a_trial_sees_its_own_namespace_alone(tmp_path: Path):
    """It is made on a copy of the whole file, and must answer as on a file where nobody else is."""
    found = {}
    for name, others in (("shared", True), ("alone", False)):
        clock = FrozenClock()
        with (
            tacit.open(
                tmp_path / name, namespace="acme/mine", embedder="hashing:64", worker=False, clock=clock
            ) as mine,
            tacit.open(tmp_path / name, namespace="acme/other", embedder="hashing:64", worker=False) as other,
        ):
            for number in range(30):
                item = mine.record_fact(f"{WORDS[number % 12]} {WORDS[number % 7]} is number {number}")
                mine.add_case(f"{WORDS[number % 12]} number {number}", [item.id])
                if others:
                    stranger = other.record_fact(f"{CANARY} {WORDS[number % 12]} is number {number}")
                    other.add_case(f"{CANARY} number {number}", [stranger.id])
            mine.flush()
            mine.set_policy({"words": 0.0})
            mine.recall("number 7")
            mine.set_target("query_time_ms", 1e-6)
            told = [(one.stage, one.done) for one in mine.improve(trials=1)]
            (trial,) = mine.trials()
            assert trial.success, trial.errors
            found[name] = (told, trial.before["quality"], trial.after["quality"], len(mine.cases()))
            assert CANARY not in str([mine.trials(), mine.ledger(), mine.improvements()])
            if others:
                assert (other.trials(), other.ledger(), other.improvements(), len(other.cases())) == ([], [], [], 30)
            assert mine.try_improvement(mine.propose(most=1)[0].id).success
    assert found["shared"] == found["alone"]
