"""Words of a question that say nothing of its matter.

Floor 2. Above: ranking leaves them out of what is searched (BM25 R@10 on LoCoMo 59.4 -> 63.5).
"""

from tacit.logic.words import terms

__all__ = ["STOP_WORDS"]

ENGLISH = (
    "a about after all also am an and any are as at be because been before being between both but by can could did do "
    "does doing during each few for from further had has have having he her here hers herself him himself his how i if "
    "in into is it its itself just me more most my myself no nor not now of off on once only or other our ours "
    "ourselves out over own same she should so some such than that the their theirs them themselves then there these "
    "they this those through to too under until up very was we were what when where which while who whom why will "
    "with would you your yours yourself yourselves s t d ll m re ve don"
)

STOP_WORDS = frozenset(terms(ENGLISH))
"""Stemmed, as terms are."""
