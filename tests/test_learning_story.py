"""The story of learning: the same trouble comes again and again, what helped becomes a pattern, then a rule, and the
next task is handed it. Through the library, in a real file, without any model."""

import tacit
from tacit.memory import Memory

SERVICES = "billing search mail login chat video maps news shop games"
LOCKED = "Error: state lock held by another run"


def deploys(memory: Memory, service: str, *, unlocks: bool) -> None:
    """A deploy meets a held lock: releasing it first helps, trying again does not."""
    with memory.episode(f"Deploy the {service} service", domain="ops") as episode:
        episode.step("terraform", arguments="terraform apply", result="error", observation=LOCKED)
        if unlocks:
            episode.step("terraform", arguments="terraform force-unlock -force", result="success")
        done = "success" if unlocks else "error"
        episode.step("terraform", arguments="terraform apply", result=done, observation="" if unlocks else LOCKED)
        episode.success() if unlocks else episode.failure("the lock was still held")


def test_what_helped_becomes_a_pattern_then_a_rule_that_the_next_task_is_handed(tmp_path):
    with tacit.open(tmp_path / "agent.db", embedder="hashing:384", worker=False) as memory:
        for service in SERVICES.split():
            deploys(memory, service, unlocks=False)
            deploys(memory, service, unlocks=True)
        list(memory.learn())

        (recovery,) = [one for one in memory.patterns(types=["error_recovery"]) if "force-unlock" in one.text]
        assert (recovery.payload.count, recovery.payload.successes, recovery.payload.lift) == (10, 10.0, 1.0)

        (rule,) = [one for one in memory.rules() if one.derived_from == (recovery.id,)]
        assert (rule.payload.origin, rule.trust) == ("earned", "medium")
        assert rule.text.startswith("When `terraform apply` fails (error state lock held")
        assert rule.payload.history[0].reason.startswith("10.0 of 10 trials from 10 sources succeeded")

        pack = memory.context("terraform apply fails: the state lock is held, deploy the wiki service")
        (log,) = memory.recalls(limit=1)
        withheld = [one.item for one in log.withheld]  # now and then, on purpose: so it is known what a rule is worth
        assert rule.id in [entry.item for entry in pack.entries if entry.section == "Rules"] or rule.id in withheld

        memory.remove_rule(rule.id)
        list(memory.learn())
        assert rule.id not in [one.id for one in memory.rules()]  # people have the last word
