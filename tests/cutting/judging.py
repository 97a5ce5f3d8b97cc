"""What patterns, rules and packs are judged by: contrast, evidence, effect, feedback."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from tests.cutting.harness import brings, opened
from tests.cutting.ranked import lived
from tests.cutting.story import done, learned, locked, patterns, texts

from tacit.logic.extractors import Custom, Seen
from tacit.memory import Memory
from tacit.types import Episode, Item, Pattern

SERVICES = ["billing", "search", "mail", "login", "chat", "video", "maps", "news", "shop", "games"]
BACKUP, DUMP = "Before a deploy take a backup", "Before a deploy take a dump"


def troubled(memory: Memory, *, session: str = "", services: Iterable[str] = SERVICES, helps: bool = True) -> None:
    """Each service is deployed twice: releasing the lock helps, or it is just what does not."""
    for service in services:
        for unlocks in (False, True):
            locked(memory, service, unlocks=unlocks, ok=unlocks == helps, session=session)
    learned(memory)


def recovery(memory: Memory, **asked: bool) -> Pattern:
    """What was learned of the lock."""
    (found,) = [
        one
        for one in patterns(memory, "error_recovery", **asked)
        if one.pattern_type == "error_recovery" and "force-unlock" in one.action
    ]
    return found


def earned(memory: Memory) -> list[Item]:
    return [one for one in memory.rules() if one.text.startswith("When `terraform apply` fails")]


@brings("contrast")
def success_with_a_pattern_is_set_against_success_without_it(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert recovery(memory).lift == 1.0


@brings("validation")
def a_pattern_is_validated_on_episodes_held_back(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert recovery(memory).precision == 1.0


def chance(*parts: object) -> float:
    """In [0, 1), even."""
    return blake2b("/".join(map(str, parts)).encode(), digest_size=4).digest()[0] / 256


@brings("false discovery")
def of_fifty_patterns_that_say_nothing_none_is_significant(folder: Path) -> None:
    def noise(episode: Episode) -> Iterable[Seen]:
        for number in range(50):
            if chance(episode.task, number) < 0.4:
                yield Seen(pattern_type="custom", fingerprint=str(number), action=f"turn knob {number}")

    with opened(extractors=[Custom("noise", noise)]) as memory:
        for number in range(60):
            done(memory, f"task 0 {number}", [], ok=chance("outcome", number) < 0.5, domain="d")
        learned(memory)
        found = patterns(memory, "noise")
        assert len(found) == 50
        assert all(one.q_value is not None and one.q_value > 0.1 for one in found)


@brings("retirement of patterns")
def a_pattern_that_does_worse_than_its_like_is_retired(folder: Path) -> None:
    with opened() as memory:
        for number in range(60):
            hacked = number % 2 == 0
            steps = [("edit", "edit", "success", ""), ("hack" if hacked else "test", "go", "success", "")]
            done(memory, f"task {number}", steps, ok=not hacked, domain="d")
        learned(memory)
        gone = patterns(memory, "tool_sequence", retired=True)
        assert [one.steps for one in gone] == [("edit", "hack")]


@brings("promotion")
def a_pattern_that_has_earned_it_becomes_a_rule(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        assert len(earned(memory)) == 1


@brings("distinct sources")
def one_session_that_repeats_itself_proves_nothing(folder: Path) -> None:
    with opened() as memory:
        troubled(memory, session="one")
        assert recovery(memory).lift == 1.0
        assert earned(memory) == []


@brings("demotion by evidence")
def a_rule_that_lost_its_evidence_is_retired(folder: Path) -> None:
    with opened() as memory:
        troubled(memory)
        before = earned(memory)
        troubled(memory, services=[f"{one} {number}" for one in SERVICES for number in range(3)], helps=False)
        assert len(before) == 1
        assert earned(memory) == []


@brings("effect credit")
def an_outcome_counts_for_what_was_shown(folder: Path) -> None:
    with opened() as memory:
        rule = memory.add_rule(BACKUP)
        lived(memory, BACKUP, helps=True, episodes=3)
        assert [(one.item, one.shown) for one in memory.effects()] == [(rule.id, 3)]


@brings("pooling")
def a_new_rule_is_believed_to_be_worth_what_its_like_are(folder: Path) -> None:
    with opened() as memory:
        for text in (BACKUP, DUMP, "Before a deploy take a deep breath"):
            memory.add_rule(text)
            lived(memory, text, helps=True, episodes=40)
        new = memory.add_rule("Water the flowers at noon")
        lived(memory, "Water the flowers at noon", helps=True, episodes=2)
        (known,) = memory.effects(new.id)
        assert known.shown + known.withheld == 2
        assert known.mean > 0.15


@brings("withholding")
def what_is_on_trial_is_withheld_at_times(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule(BACKUP)
        lived(memory, BACKUP, helps=True, episodes=40)
        assert memory.effects()[0].withheld > 0
        assert any(log.withheld for log in memory.recalls())


@brings("propensity")
def what_helps_is_withheld_less_often_than_what_does_nothing(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule(BACKUP)
        lived(memory, BACKUP, helps=True, episodes=40)
        odds = [log.shown[0].propensity for log in reversed(memory.recalls()) if log.shown]
        assert odds[0] == 1.0
        assert min(odds) < odds[-1] < 1.0


@brings("retirement by effect")
def a_rule_that_hurts_is_found_out_and_retired(folder: Path) -> None:
    with opened() as memory:
        rule = memory.add_rule(BACKUP)
        lived(memory, BACKUP, helps=False)
        (gone,) = memory.rules(states=["retired"]) or [rule]
        assert gone.payload.reason.startswith("showing it hurts")


@brings("exploration")
def what_is_little_known_gets_its_turns(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule(DUMP)
        memory.add_rule(BACKUP)
        first = {texts(memory, "before a deploy take what", kinds=["rule"])[0] for _ in range(20)}
        assert first == {DUMP, BACKUP}


@brings("feedback credit")
def what_was_found_good_stands_first_more_often(folder: Path) -> None:
    with opened() as memory:
        good, bad = memory.add_rule(DUMP), memory.add_rule(BACKUP)
        before = [texts(memory, "before a deploy take what", kinds=["rule"])[0] for _ in range(60)]
        for _ in range(20):
            asked = memory.recall("before a deploy take what", kinds=["rule"])
            memory.feedback(asked.id, 1.0, items=[good.id])
            memory.feedback(asked.id, -1.0, items=[bad.id])
        list(memory.work())
        after = [texts(memory, "before a deploy take what", kinds=["rule"])[0] for _ in range(60)]
        assert after.count(DUMP) > before.count(DUMP) + 6
