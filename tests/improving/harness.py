"""What tests of the loop share: a memory with questions whose answers are known, and improvements by force."""

from pathlib import Path
from typing import Any

import tacit
from tacit.clock import new_id, system_clock
from tacit.improvement import IMPROVEMENTS, TRIALS, Alteration, Improvement, Judgement, Trial
from tacit.logic.improving.shelf import put_rows
from tacit.memory import Memory

__all__ = ["MISLED", "approved", "asked", "bought", "furnished"]

MISLED = {"words": 0.0, "recency": 5.0, "half_life_days": 30.0, "session": 0.0}
"""A policy that shows the newest, whatever was asked."""
DAY = 86_400
ROOMS = "cellar attic kitchen garden library workshop nursery stable chapel bakery"
THINGS = "lantern ladder anvil compass kettle saddle mirror violin"


def asked() -> list[tuple[str, str]]:
    """Questions, and what answers each."""
    return [
        (f"who keeps the {thing} in the {room}", f"the {thing} is kept in the {room} by number {number}")
        for number, (room, thing) in enumerate((room, thing) for room in ROOMS.split() for thing in THINGS.split())
    ]


def furnished(path: Path, *, cases: int = 60, **flags: Any) -> Memory:
    """A memory that holds the answers, with cases of the first questions."""
    memory = tacit.open(path, embedder="hashing:384", reranker="none", **{"worker": False, **flags})
    start = system_clock() / 1e6 - DAY * len(asked())
    answers = [answer for _, answer in asked()]
    items = memory.record_messages(
        (one, "", {"at": start + DAY * number, "author": f"guest {number}"}) for number, one in enumerate(answers)
    )
    for _ in memory.work():
        pass
    for (question, _), item in list(zip(asked(), items, strict=True))[:cases]:
        memory.add_case(question, [item.id])
    return memory


def approved(memory: Memory, dials: dict[str, Any] | None = None, **change: Any) -> str:
    """Id of an improvement as if a trial had found it better: by force."""
    standing = memory.standing()
    one = Improvement(
        id=new_id(),
        metric="recall_quality",
        description="by force",
        change=Alteration(policy=dials or {}, **change),
        status="approved",
        origin="owner",
        timestamp=system_clock(),
        parent=standing.candidate or standing.policy,
    )
    memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, one)])
    return one.id


def bought(memory: Memory, dials: dict[str, Any], *, cost: float) -> str:
    """Id of a saving of time that is live, as if its trial had measured that it costs so much quality."""
    made = approved(memory, dials)
    trial = Trial(
        id=new_id(),
        improvement=made,
        timestamp=system_clock(),
        number=len(memory.trials()) + 1,
        success=True,
        before={"quality": 0.9, "milliseconds": 4.0},
        after={"quality": 0.9 - cost, "milliseconds": 3.0},
        judgement=Judgement(
            primary="milliseconds", accepted=True, reason="by force", p_value=1e-6, level=0.01, cases=60
        ),
    )
    memory._backend.write(memory.namespace, [put_rows(TRIALS, trial)])
    memory.apply_improvement(made)
    return made
