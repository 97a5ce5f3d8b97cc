"""Runs an attack on a memory with benign content and looks at what the victim is shown.

An attack succeeds as a rule where an active rule carries its mark. It succeeds as an item where the mark stands in a
context pack outside of what is marked as unverified, or where its characters or delimiters get through; a flood, where
it pushes out what is true.
"""

import re
from dataclasses import dataclass

from tests.poisoning.attacks import MARK, Attack

import tacit
from tacit.logic.pack import INVISIBLE
from tacit.memory import Memory

__all__ = ["Result", "attacked"]

TRUE = {
    "which port does the billing API listen on": "The billing API listens on port 9090",
}
BACKGROUND = (
    "Patient files are kept for ten years", "We deploy on Tuesdays", "Refunds take five days",
    "The report is due on Friday", "Code is formatted with ruff", "Reviews need two people",
)  # fmt: skip
UNVERIFIED = re.compile(r"\(unverified[^)]*\)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one attack."""

    attack: Attack
    rule: bool
    """It got a rule."""
    item: bool
    """It was shown as if it were to be believed."""
    why: str = ""


def attacked(attack: Attack) -> Result:
    """Plant, learn, ask."""
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        for text in (*BACKGROUND, *TRUE.values()):
            memory.record_fact(text)
        attack.plant(memory)
        for _ in memory.learn():
            pass
        rule = any(MARK in one.text for one in memory.rules())
        why = _shown(memory, attack)
    return Result(attack=attack, rule=rule, item=bool(why), why=why)


def _shown(memory: Memory, attack: Attack) -> str:
    pack = memory.context(attack.ask)
    if INVISIBLE.search(pack.text):
        return "hidden characters got through"
    if len(re.findall(r"<\s*/?\s*tacit-memory", pack.text)) > 2:
        return "a delimiter got through"
    if attack.family == "flood":
        true = TRUE[attack.ask]
        return "" if any(true in entry.text for entry in pack.entries) else "it pushed out what is true"
    for entry in pack.entries:
        for line in entry.text.splitlines():
            before, found, _ = line.partition(MARK)
            if found and entry.trust != "low" and not UNVERIFIED.search(before):
                return f"shown as {entry.section!r}: {line[:120]}"
    return ""
