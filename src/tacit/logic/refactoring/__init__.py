"""Known refactorings: what makes a program faster and leaves what it does as it is, proven on its text.

Floor 2, pure: text in, text out. Above: the verb that improves a workspace. A refactoring is a function of the program
and of what was observed of it; a new one enters by the table below.
"""

from tacit.logic.refactoring.caching import caching
from tacit.logic.refactoring.counting import counting
from tacit.logic.refactoring.extremes import extremes
from tacit.logic.refactoring.hoisting import hoisting
from tacit.logic.refactoring.indexes import indexes
from tacit.logic.refactoring.joins import joins
from tacit.logic.refactoring.membership import membership
from tacit.logic.refactoring.patch import Refactoring
from tacit.logic.refactoring.queues import queues

__all__ = ["REFACTORINGS"]

REFACTORINGS: tuple[Refactoring, ...] = (
    indexes, caching, counting, membership, queues, hoisting, extremes, joins
)  # fmt: skip
"""In the order in which they are tried: what usually gains most comes first."""
