"""What is seen in an episode: each extractor, and what becomes of what it has seen."""

from collections.abc import Iterable
from pathlib import Path

from tests.cutting.harness import brings, opened
from tests.cutting.story import LOCKED, Called, done, learned, locked, patterns

from tacit.logic.extractors import Custom, Seen
from tacit.types import Episode

RELEASE: list[Called] = [(tool, f"{tool} package", "success", "done") for tool in ("pytest", "build", "twine")]


def released(count: int = 1) -> "dict[str, list[object]]":
    """What each extractor sees in so many releases."""
    with opened() as memory:
        for number in range(count):
            done(memory, f"Release package {number}", RELEASE, domain="python")
        learned(memory)
        return {name: list(patterns(memory, name)) for name in ("tool_sequence", "context", "heuristic", "hybrid")}


@brings("extractor:error_recovery")
def an_error_meets_what_got_past_it(folder: Path) -> None:
    with opened() as memory:
        locked(memory, "billing", unlocks=True)
        learned(memory)
        assert any("force-unlock" in one.action for one in patterns(memory, "error_recovery"))
        assert any(one.pattern_type == "solution" for one in patterns(memory, "error_recovery"))


@brings("extractor:tool_sequence")
def tools_in_a_row_are_a_sequence(folder: Path) -> None:
    assert ("pytest", "build", "twine") in [one.steps for one in released()["tool_sequence"]]


@brings("extractor:context")
def a_sort_of_task_has_its_approach(folder: Path) -> None:
    (seen,) = released()["context"] or [None]
    assert seen is not None
    assert seen.tools == ("pytest", "build", "twine")


@brings("extractor:heuristic")
def what_to_check_before_the_end_is_a_heuristic(folder: Path) -> None:
    assert any("about to finish with `twine`" in one.condition for one in released()["heuristic"])


@brings("extractor:hybrid")
def all_of_a_task_of_a_sort_is_a_hybrid(folder: Path) -> None:
    assert any("do all of it with" in one.action for one in released()["hybrid"])


@brings("extractor:decision_point")
def what_was_chosen_after_a_failure_is_a_decision_point(folder: Path) -> None:
    with opened() as memory:
        locked(memory, "billing", unlocks=True)
        learned(memory)
        found = [(one.condition, one.action) for one in patterns(memory, "decision_point")]
        assert any("failed" in condition and "force-unlock" in action for condition, action in found)


@brings("extractor:custom")
def an_extractor_of_the_users_own_is_asked(folder: Path) -> None:
    def slow(episode: Episode) -> Iterable[Seen]:
        if len(episode.steps) > 2:
            yield Seen(pattern_type="custom", fingerprint="long", action="split the task")

    with opened(extractors=[Custom("long_tasks", slow)]) as memory:
        done(memory, "Release the package", RELEASE)
        learned(memory)
        assert [one.action for one in patterns(memory, "long_tasks")] == ["split the task"]


@brings("fingerprints")
def the_same_error_with_other_names_is_the_same_pattern(folder: Path) -> None:
    with opened() as memory:
        for number, name in ((417, "ledger"), (92, "rates")):
            error = f"File /srv/{name}/{name}.tf, line {number}: state lock held by run {number}{number}"
            steps: list[Called] = [
                ("terraform", "terraform apply", "error", error),
                ("terraform", "terraform force-unlock -force", "success", "released"),
                ("terraform", "terraform apply", "success", "done"),
            ]
            done(memory, f"Deploy {name}", steps)
        learned(memory)
        recoveries = [one for one in patterns(memory, "error_recovery") if one.pattern_type == "error_recovery"]
        assert [one.count for one in recoveries] == [2]


@brings("ten new patterns an episode")
def an_episode_begins_ten_patterns_at_most(folder: Path) -> None:
    with opened() as memory:
        steps: list[Called] = []
        for number in range(12):
            tool = "".join(chr(ord("a") + number) for _ in range(4))
            steps += [(tool, f"{tool} go", "error", f"{tool} is locked"), (tool, f"{tool} go --force", "success", "")]
        done(memory, "Unlock everything", steps)
        learned(memory)
        assert len(memory.patterns(limit=1_000)) == 10


@brings("merging")
def the_same_sequence_in_five_episodes_is_one_pattern_with_count_five(folder: Path) -> None:
    found = [one for one in released(5)["tool_sequence"] if len(one.steps) == 3]
    assert [(one.count, one.successes) for one in found] == [(5, 5.0)]


@brings("reward")
def an_episode_has_its_reward(folder: Path) -> None:
    with opened() as memory:
        won, lost = locked(memory, "billing", unlocks=True), locked(memory, "search", unlocks=False)
        learned(memory)
        rewards = [one.payload.reward for one in memory.get(won.id, lost.id)]
        assert None not in rewards
        assert rewards[0].value > 0 > rewards[1].value


@brings("baselines")
def what_is_usual_in_a_domain_replaces_what_is_usual_anywhere(folder: Path) -> None:
    """A task of two steps is quick where twenty are usual, and slow where one is."""
    paid = {}
    with opened() as memory:
        for domain, usual in (("long", 20), ("short", 1)):
            for number in range(6):
                done(memory, f"{domain} {number}", [("make", "make", "success", "")] * usual, domain=domain)
            paid[domain] = done(memory, "Two steps", [("make", "make", "success", "")] * 2, domain=domain).id
        learned(memory)
        longer, shorter = (memory.get(paid[name])[0].payload.reward for name in ("long", "short"))
        assert longer.efficiency > shorter.efficiency


@brings("reflection")
def an_episode_reflects_on_an_error_that_it_met_twice(folder: Path) -> None:
    with opened() as memory:
        item = locked(memory, "billing", unlocks=False)
        learned(memory)
        told = memory.get(item.id)[0].payload.reflection
        assert told is not None
        assert any("terraform" in line for line in (*told.improvements, *told.insights)), LOCKED
