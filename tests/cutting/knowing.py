"""What is handed out of what was learned: knowledge, playbooks, packs, advice, the course of time."""

from pathlib import Path

from tests.cutting.harness import brings, opened
from tests.cutting.judging import troubled
from tests.cutting.story import LOCKED, done, learned, locked

from tacit.memory import Memory
from tacit.types import Knowledge, Step

TASK = "terraform apply fails: the state lock is held, deploy the wiki service"
AGAIN = "deploy the billing service with terraform"


def sections(memory: Memory, task: str = TASK, **asked: object) -> set[str]:
    """Of a context pack."""
    return {entry.section for entry in memory.context(task, budget=3_000, **asked).entries}


def reports(memory: Memory) -> None:
    """Errors that resemble each other, and what got past them."""
    for table in ("invoices", "customers", "payments", "orders"):
        done(
            memory,
            f"Report on {table}",
            [
                ("sql", f"select * from {table}", "error", f"no such table: {table} in the schema of the shop"),
                ("list_tables", "list_tables", "success", f"{table}2"),
                ("sql", f"select * from {table}2", "success", "3 rows"),
            ],
            domain=table,
        )


def known(memory: Memory) -> list[Knowledge]:
    """What was distilled from them."""
    reports(memory)
    learned(memory)
    list(memory.distill())
    return [one.payload for one in memory.items(kinds=["knowledge"]) if isinstance(one.payload, Knowledge)]


@brings("distillation")
def similar_patterns_become_knowledge(folder: Path) -> None:
    with opened() as memory:
        assert known(memory) != []


@brings("clustering")
def knowledge_says_from_how_many_patterns_it_comes(folder: Path) -> None:
    with opened() as memory:
        assert max((one.source_count for one in known(memory)), default=0) >= 3


@brings("playbook")
def a_task_has_its_playbook(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert any("force-unlock" in step.do for step in memory.playbook(AGAIN).steps)


@brings("consensus")
def a_playbook_says_how_many_went_this_way(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert memory.playbook(AGAIN).expected.startswith("10 of 10 similar episodes")


@brings("pitfalls")
def a_playbook_warns(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert any("terraform apply" in one for one in memory.playbook(AGAIN).pitfalls)


@brings("section of the playbook")
def a_pack_has_a_playbook(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert "Playbook" in sections(memory)


@brings("section of rules and patterns")
def a_pack_has_rules_and_what_worked_before(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule("When terraform apply fails: look for a lock that is held")
        for service in ("billing", "search", "mail"):
            locked(memory, service, unlocks=True)
        learned(memory)
        assert {"Rules", "What worked before"} <= sections(memory)


@brings("core rules")
def core_rules_are_told_whatever_the_task(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule("[CORE_RULE] Never push to the main branch")
        assert sections(memory, "water the flowers") == {"Rules"}


@brings("tool compatibility")
def what_needs_other_tools_is_left_out(folder: Path) -> None:
    with opened() as memory:
        locked(memory, "billing", unlocks=True)
        learned(memory)
        task = "terraform apply fails: state lock held"
        asked = {"kinds": ["pattern"], "budget": 3_000}
        assert memory.context(task, tools=["terraform"], **asked).entries != ()
        assert memory.context(task, tools=["telescope"], **asked).entries == ()


@brings("prediction")
def experience_says_what_comes_next(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        advice = memory.advise("Deploy the wiki service")
        assert [one.tool for one in advice.next_tools[:1]] == ["terraform"]


@brings("courses")
def experience_says_what_got_past_an_error(folder: Path) -> None:
    with opened() as memory:
        for service in ("billing", "search", "mail", "login", "chat", "video"):
            steps = [("terraform", "apply", "error", LOCKED), ("unlock", "state", "success", "released")]
            done(memory, f"Deploy the {service} service", steps)
        learned(memory)
        failed = Step(tool="terraform", arguments="apply", result="error", observation=LOCKED)
        advice = memory.advise("Deploy the wiki service", [failed])
        assert [one.tool for one in advice.recoveries[:1]] == ["unlock"]


@brings("chances")
def experience_says_how_likely_success_is(folder: Path) -> None:
    with opened() as memory:
        for number in range(40):
            ok = number % 2 == 0
            done(memory, f"Do {number}", [("a" if ok else "b", "go", "success" if ok else "error", "")], ok=ok)
        learned(memory)
        good, bad = (
            memory.advise("Do it", [Step(tool=tool, arguments="go", result=result)]).success
            for tool, result in (("a", "success"), ("b", "error"))
        )
        assert good is not None
        assert bad is not None
        assert good > bad + 0.2


@brings("values")
def experience_says_what_an_option_is_worth(folder: Path) -> None:
    with opened() as memory:
        for number in range(40):
            ok = number % 2 == 0
            done(memory, f"Find the coin {number}", [("open", "red door" if ok else "blue door", "success", "")], ok=ok)
        learned(memory)
        red, blue = memory.advise("Find the coin", options=["open red door", "open blue door"]).options
        assert min(red.tried, blue.tried) > 0
        assert red.value > blue.value


@brings("timeline")
def the_learning_curve_goes_up(folder: Path) -> None:
    with opened() as memory:
        for number in range(10):
            locked(memory, f"service {number}", unlocks=number > 4)
        assert [one.success for one in memory.timeline(buckets=2)] == [0.0, 1.0]
