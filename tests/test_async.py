"""The asynchronous face: nothing is missing from it, and it answers as the synchronous one does."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tacit
from tacit.aio import AsyncEpisode, AsyncMemory, open_async
from tacit.errors import Conflict, InvalidInput, NotFound
from tacit.improvement import IMPROVEMENTS, Bottleneck, Entry, Improvement
from tacit.logic.improving.shelf import put_rows
from tacit.memory import Memory, OpenEpisode
from tacit.models.hashing import HashingEmbedder
from tacit.operations.improve import Improving as Progress
from tacit.testing.clock import FrozenClock
from tacit.types import Abstained, Decision, Episode, Failure, Partial, Success

FLAGS: dict[str, Any] = {"embedder": "hashing:384", "worker": False}
INSTANT = {"chat", "embedder", "namespace", "working", "id", "item", "logged"}
"""What touches no disk, so that there is nothing to await."""
AWAITED = {"policy"}
"""A property that reads."""
MEASURED = (Bottleneck, Entry, Progress)
BUSY = ("bottlenecks", "find_bottlenecks", "forecasts", "ledger")
"""How many there are is for the load of the machine to say."""
"""Their words hold what was measured."""


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize(("sync", "aio"), [(Memory, AsyncMemory), (OpenEpisode, AsyncEpisode)])
def test_every_public_name_is_there_with_the_same_signature(sync: type, aio: type):
    assert public(aio) == public(sync)
    for name in public(sync) - INSTANT - AWAITED:
        original, mirrored = getattr(sync, name), getattr(aio, name)
        assert inspect.signature(mirrored) == inspect.signature(original)
        assert mirrored.__doc__ == original.__doc__
        yields = "Iterator[" in str(inspect.signature(original).return_annotation)
        assert inspect.isasyncgenfunction(mirrored) == yields
        assert inspect.iscoroutinefunction(mirrored) != yields


def of_memory(folder: Path) -> dict[str, Any]:
    """name -> a call; each memory gets all of them, in this order."""
    made = Decision(agent_type="planner", context="which database", options=("a", "b"), chosen="a")
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs" / "note.md").write_text("# Ports\n\nThe API listens on 9090.\n")
    (folder / "rules.txt").write_text("Say what you did\n---\nAsk before you delete\n")
    (folder / "log.jsonl").write_text('{"messages": [{"role": "user", "content": "hello"}]}\n')
    return {
        "namespace": lambda m, seen: m.namespace,
        "embedder": lambda m, seen: m.embedder.name,
        "chat": lambda m, seen: m.chat,
        "working": lambda m, seen: m.working().remember("k", 1) or m.working().recall("k"),
        "start_episode": lambda m, seen: m.start_episode("build it"),
        "log_step": lambda m, seen: m.log_step(seen["start_episode"], "bash", arguments="make"),
        "episode": lambda m, seen: m.episode("left open"),
        "resume_episode": lambda m, seen: m.resume_episode(seen["start_episode"]),
        "open_episodes": lambda m, seen: m.open_episodes(),
        "complete_episode": lambda m, seen: m.complete_episode(seen["start_episode"], Success()),
        "record_message": lambda m, seen: m.record_message("the build is green", session="s"),
        "record_messages": lambda m, seen: m.record_messages([("one", "user", {}), ("two", "user", {})]),
        "record_interaction": lambda m, seen: m.record_interaction("why?", "because"),
        "record_fact": lambda m, seen: m.record_fact("the port is 9090", key="port"),
        "set_preference": lambda m, seen: m.set_preference("style", {"tabs": False}),
        "get_preference": lambda m, seen: m.get_preference("style"),
        "record_project": lambda m, seen: m.record_project("tacit"),
        "record_conversation": lambda m, seen: m.record_conversation("we talked", key_decisions=["ship"]),
        "record_decision": lambda m, seen: m.record_decision(made),
        "update_decision": lambda m, seen: m.update_decision(seen["record_decision"].id, "went well", 1.0),
        "record_learning_event": lambda m, seen: m.record_learning_event("success", "built it"),
        "record_solution": lambda m, seen: m.record_solution("error_fix", "no make", "install make"),
        "update_solution": lambda m, seen: m.update_solution(seen["record_solution"].id, worked=True),
        "index_folder": lambda m, seen: m.index_folder(folder / "docs"),
        "import_file": lambda m, seen: m.import_file(folder / "log.jsonl", format="openai_messages"),
        "jobs": lambda m, seen: m.jobs(),
        "unembedded": lambda m, seen: m.unembedded(),
        "work": lambda m, seen: m.work(),
        "flush": lambda m, seen: m.flush(),
        "reembed": lambda m, seen: m.reembed(HashingEmbedder(384)),
        "learn": lambda m, seen: m.learn(),
        "patterns": lambda m, seen: m.patterns(),
        "add_rule": lambda m, seen: m.add_rule("[CORE_RULE] Never push to main"),
        "apply_rules": lambda m, seen: m.apply_rules([{"action": "add", "insight": "Build before you test"}]),
        "rules": lambda m, seen: m.rules(),
        "remove_rule": lambda m, seen: m.remove_rule(seen["add_rule"].id),
        "restore_rule": lambda m, seen: m.restore_rule(seen["add_rule"].id),
        "import_rules": lambda m, seen: m.import_rules(folder / "rules.txt"),
        "rule_conflicts": lambda m, seen: m.rule_conflicts(),
        "stale_rules": lambda m, seen: m.stale_rules(),
        "rule_merges": lambda m, seen: m.rule_merges(),
        "effects": lambda m, seen: m.effects(seen["add_rule"].id),
        "why": lambda m, seen: m.why(seen["add_rule"].id),
        "playbook": lambda m, seen: m.playbook("build it"),
        "advise": lambda m, seen: m.advise("build it", options=["make all"]),
        "timeline": lambda m, seen: m.timeline(buckets=1),
        "distill": lambda m, seen: m.distill(),
        "recall": lambda m, seen: m.recall("which port", k=3),
        "context": lambda m, seen: m.context("which port", budget=500),
        "feedback": lambda m, seen: m.feedback(seen["recall"].id, 1.0),
        "recalls": lambda m, seen: m.recalls(),
        "set_target": lambda m, seen: m.set_target("error_count", 0.0),
        "targets": lambda m, seen: m.targets(),
        "analyze": lambda m, seen: m.analyze(session="s"),
        "snapshots": lambda m, seen: m.snapshots(hours=1),
        "trend": lambda m, seen: m.trend("error_count"),
        "find_bottlenecks": lambda m, seen: m.find_bottlenecks(),
        "bottlenecks": lambda m, seen: m.bottlenecks(resolved=True),
        "forecasts": lambda m, seen: m.forecasts(),
        "forecast_scores": lambda m, seen: m.forecast_scores(),
        "get": lambda m, seen: m.get(seen["record_fact"].id),
        "items": lambda m, seen: m.items(limit=5, kinds=["fact", "message"]),
        **of_the_loop(),
        "forget": lambda m, seen: m.forget(seen["record_message"].id),
        "stats": lambda m, seen: m.stats(),
        "export": lambda m, seen: m.export(kinds=["fact"]),
        "fade": lambda m, seen: m.fade(max_items=3, kinds=["message"]),
        "backup": lambda m, seen: m.backup(folder / "copy.db", overwrite=True),
        "check": lambda m, seen: m.check(),
        "revive_jobs": lambda m, seen: m.revive_jobs(),
        "close": lambda m, seen: m.close(),
    }


def of_the_loop() -> dict[str, Any]:
    """name -> a call, of those that measure and improve; the target makes of any recall a slow one."""
    return {
        "set_target": lambda m, seen: m.set_target("query_time_ms", 1e-6),
        "targets": lambda m, seen: m.targets(),
        "analyze": lambda m, seen: m.analyze(session="night"),
        "snapshots": lambda m, seen: m.snapshots(),
        "trend": lambda m, seen: m.trend("queue_age_s"),
        "find_bottlenecks": lambda m, seen: m.find_bottlenecks(),
        "bottlenecks": lambda m, seen: m.bottlenecks(),
        "forecasts": lambda m, seen: m.forecasts(),
        "forecast_scores": lambda m, seen: m.forecast_scores(),
        "set_policy": lambda m, seen: m.set_policy({"candidates": 150}),
        "policy": lambda m, seen: m.policy,
        "add_case": lambda m, seen: m.add_case("which port", [seen["record_fact"].id]),
        "cases": lambda m, seen: m.cases(),
        "probe": lambda m, seen: m.probe(),
        "propose": lambda m, seen: m.propose(most=2),
        "improvements": lambda m, seen: m.improvements(status="proposed"),
        "try_improvement": lambda m, seen: m.try_improvement(seen["propose"][0].id),
        "trials": lambda m, seen: m.trials(),
        "apply_improvement": lambda m, seen: m.apply_improvement(approved(m, seen["propose"][1]), share=0.5),
        "standing": lambda m, seen: m.standing(),
        "applications": lambda m, seen: m.applications(),
        "watch": lambda m, seen: m.watch(),
        "rollback": lambda m, seen: m.rollback(),
        "improve": lambda m, seen: enough(m) and m.improve(trials=1, apply=False),
        "fingerprint": lambda m, seen: m.fingerprint(),
        "ledger": lambda m, seen: m.ledger(),
    }


def approved(memory: Any, improvement: Improvement) -> str:
    """As if a trial had found it better; -> its id."""
    inner: Memory = getattr(memory, "_inner", memory)
    better = msgspec.structs.replace(improvement, status="approved")
    inner._backend.write(inner.namespace, [put_rows(IMPROVEMENTS, better)])
    return better.id


def enough(memory: Any) -> bool:
    """Let there be nothing to improve any more, from now on."""
    inner: Any = getattr(memory, "_inner", memory)
    inner.set_target("query_time_ms", 1e6)
    inner._scope.clock.advance(1_000_000)
    return True


def shape(value: Any) -> Any:
    """What a result is, without the ids and the milliseconds in which two runs differ."""
    if isinstance(value, OpenEpisode | AsyncEpisode):
        return "an open episode"
    if isinstance(value, MEASURED):
        return type(value).__name__
    if isinstance(value, list | tuple):
        return [shape(one) for one in value]
    if hasattr(value, "text"):
        return (type(value).__name__, len(value.text))
    if isinstance(value, int | float | bool | Path | None):
        return value
    return type(value).__name__


def test_every_method_of_a_memory_answers_as_the_synchronous_one(tmp_path: Path):
    def synchronous() -> dict[str, Any]:
        memory, seen = tacit.open(tmp_path / "sync.db", clock=FrozenClock(), **FLAGS), {}
        for name, call in of_memory(tmp_path).items():
            found = call(memory, seen)
            seen[name] = list(found) if isinstance(found, Iterator) else found
        return seen

    async def asynchronous() -> dict[str, Any]:
        memory, seen = await open_async(tmp_path / "async.db", clock=FrozenClock(), **FLAGS), {}
        for name, call in of_memory(tmp_path).items():
            found = call(memory, seen)
            assert inspect.isawaitable(found) or isinstance(found, AsyncIterator) or name in INSTANT, name
            seen[name] = await settled(found)
        return seen

    expected, answered = synchronous(), asyncio.run(asynchronous())
    assert set(expected) == public(Memory)
    assert {name: shape(value) for name, value in answered.items() if name not in BUSY} == {
        name: shape(value) for name, value in expected.items() if name not in BUSY
    }
    assert all(isinstance(answered[name], list) and isinstance(expected[name], list) for name in BUSY)


async def settled(found: Any) -> Any:
    if isinstance(found, AsyncIterator):
        return [one async for one in found]
    return await found if inspect.isawaitable(found) else found


def test_every_method_of_an_episode_answers_as_the_synchronous_one(tmp_path: Path):
    async def run() -> list[Any]:
        async with await open_async(tmp_path / "agent.db", **FLAGS) as memory:
            asked = await memory.recall("anything")
            outcomes = {
                "success": lambda e: e.success("green", ("a.whl",)),
                "partial": lambda e: e.partial(("a",), ("b",)),
                "failure": lambda e: e.failure("red", "line 3"),
                "abstain": lambda e: e.abstain("too risky", 1),
                "complete": lambda e: e.complete(Success()),
            }
            done = []
            for end in outcomes.values():
                episode = await memory.episode("build", tags=["ci"])
                await episode.step("bash", arguments="make", latency_ms=1.0)
                await episode.recalled(asked.id)
                await episode.flush_if_due()
                await episode.flush()
                await episode.refresh()
                assert (episode.logged, episode.item) == (1, None)
                done.append(await end(episode))
                assert episode.item == done[-1]
                assert episode.id == done[-1].id
            return done

    outcomes = [item.payload.outcome for item in asyncio.run(run()) if isinstance(item.payload, Episode)]
    assert outcomes == [
        Success(verdict="green", artifacts=("a.whl",)),
        Partial(completed=("a",), failed=("b",)),
        Failure(reason="red", details="line 3"),
        Abstained(reason="too risky", at_step=1),
        Success(),
    ]


def test_an_episode_in_async_with_completes_itself(tmp_path: Path):
    async def run() -> None:
        async with await open_async(tmp_path / "agent.db", **FLAGS) as memory:
            with pytest.raises(ZeroDivisionError):
                async with await memory.episode("divide") as episode:
                    await episode.step("python", arguments="1 / 0", result="error")
                    raise ZeroDivisionError("division by zero")
            (failed,) = await memory.items(kinds=["episode"])
            assert failed.payload.outcome == Failure(reason="ZeroDivisionError", details="division by zero")
            with pytest.raises(Conflict):
                await episode.success()

    asyncio.run(run())


def test_ten_tasks_at_once_share_one_memory_and_lose_nothing(tmp_path: Path):
    async def agent(memory: AsyncMemory, name: int) -> str:
        async with await memory.episode(f"task {name}") as episode:
            for number in range(20):
                await episode.step("bash", arguments=f"step {number}")
            await memory.record_message(f"agent {name} was here", session=f"s{name}")
            await memory.set_preference("latest", name)
            found = await memory.recall(f"agent {name} was here", k=1)
            await memory.feedback(found.id, 1.0)
            await episode.success(str(name))
        return found.results[0].item.text

    async def run() -> None:
        async with await open_async(tmp_path / "agent.db", **FLAGS) as memory:
            found = await asyncio.gather(*(agent(memory, name) for name in range(10)))
            assert found == [f"agent {name} was here" for name in range(10)]
            stats = await memory.stats()
            assert stats.items == {"episode": 10, "message": 10, "preference": 1}
            assert (stats.recalls, stats.feedback) == (10, 10)
            done = await memory.items(kinds=["episode"])
            assert sorted(len(item.payload.steps) for item in done) == [20] * 10
            assert await memory.get_preference("latest") in range(10)

    asyncio.run(run())


def test_errors_arrive_where_the_call_is_awaited(tmp_path: Path):
    async def run() -> None:
        async with await open_async(tmp_path / "agent.db", **FLAGS) as memory:
            with pytest.raises(InvalidInput):
                await memory.recall("")
            with pytest.raises(NotFound):
                await memory.complete_episode("nope", Success())
            with pytest.raises(AttributeError):
                memory.no_such_verb  # noqa: B018

    asyncio.run(run())


def test_an_export_that_is_left_early_is_closed(tmp_path: Path):
    async def run() -> list[bytes]:
        async with await open_async(tmp_path / "agent.db", **FLAGS) as memory:
            await memory.record_messages([(f"line {number}", "user", {}) for number in range(10)])
            lines = memory.export()
            taken = [await anext(lines), await anext(lines)]
            await lines.aclose()
            assert [line async for line in lines] == []
            return taken

    header, first = asyncio.run(run())
    assert b"tacit-export" in header
    assert b"line 0" in first
