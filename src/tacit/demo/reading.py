"""Reading: which actions of the repertoire a learned pattern or a rule names.

Below: the repertoire, tacit's nouns. Above: the agent.

The agent understands no language. It finds in a text the words of an action that it knows, and nothing else.
"""

import re

from tacit.demo.actions import REPERTOIRE, Action
from tacit.types import Pattern, Rule

__all__ = ["belief", "named", "orders"]

NO_LETTERS = re.compile(r"[^a-z]+")
"""Patterns are masked of numbers, so that only letters tell actions apart."""


def named(text: str, tool: str) -> list[Action]:
    """The actions of a tool that a text names; of one that is named inside another's words only the other.

    >>> [one.says for one in named("stage the file although it is ignored", "git")]
    ['stage the file although it is ignored']
    """
    there = _letters(text)
    found = [known for known in REPERTOIRE.values() if known.tool == tool and _letters(known.says) in there]
    return [
        one for one in found if not any(one != other and _letters(one.says) in _letters(other.says) for other in found)
    ]


def orders(rule: Rule, tool: str) -> list[Action]:
    """What a rule without a condition wants done with a tool whatever comes."""
    return [] if rule.condition else named(rule.rule, tool)


def belief(lesson: Pattern | Rule) -> float:
    """In (-1, 1): above zero where it went well more often than not, by Laplace's rule of succession; a rule is
    believed as far as it is said to be sure."""
    if isinstance(lesson, Rule):
        return 2.0 * lesson.confidence - 1.0
    share = (lesson.successes + 1.0) / (lesson.successes + lesson.failures + 2.0)
    return 2.0 * share - 1.0


def _letters(text: str) -> str:
    return f" {NO_LETTERS.sub(' ', text.lower()).strip()} "
