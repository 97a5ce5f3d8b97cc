"""How good an answer is, where it is known what would have been right.

Floor 2. Above: operations.replay measures it of every case.
"""

from collections.abc import Mapping, Sequence
from math import log2

__all__ = ["ndcg"]


def ndcg(shown: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Normalised discounted cumulative gain of the first k, in [0, 1] (Jarvelin, Kekalainen 2002; linear gains).

    `shown` are ids, best first; `relevant` says which ones would have been right, with grades in (0, 1].

    >>> ndcg(["a", "b"], {"b": 1.0}, 10)
    0.6309297535714575
    """
    ideal = sum(grade / log2(rank + 2) for rank, grade in enumerate(sorted(relevant.values(), reverse=True)[:k]))
    gained = sum(relevant.get(item, 0.0) / log2(rank + 2) for rank, item in enumerate(shown[:k]))
    return gained / ideal if ideal else 0.0
