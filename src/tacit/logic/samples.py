"""Samples: what is kept of the steps that were lived through, so that what they tell can be weighed anew.

Floor 2. Below: nothing. Above: values, which adds to them and asks `kernel` what follows from them.

Of the steps of a kind a bounded number is kept, those that paid or ended in failure apart from those of which nothing
came: of these there are many more, and each that is kept stands for several. Which one gives way to a new one is drawn
from a hash, so that what is kept reaches back further than to the last few, and does not depend on batches.

A row: {"n": [steps that mattered, others], "t": {form, hashed: [steps, that paid or cost, that ended in failure]},
"e": [sample ...], "p": [sample ...]}
A sample: [features, pay, news, end, later, row]; four characters a feature: three of its hash, one of its variance.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from math import log2
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEATURES", "Row", "added", "coded", "decoded", "lettered", "numbered", "tally", "unlettered"]

Row = dict[str, Any]
FEATURES = 96
"""Features of a sample that are kept."""
BITS = 18
FORMS = 64
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
STEPS_A_HALVING = 5
"""Variances are kept to a sixth."""
CODES = np.zeros(128, dtype=np.int64)
CODES[[ord(letter) for letter in LETTERS]] = np.arange(64)
VARIANCES = 2.0 ** (-np.arange(64) / STEPS_A_HALVING)


def coded(features: Mapping[str, float]) -> str:
    """Features and their variances, in four characters each."""
    parts = []
    for name, variance in islice(features.items(), FEATURES):
        code = numbered(name)
        parts.append(LETTERS[code >> 12] + LETTERS[code >> 6 & 63] + LETTERS[code & 63] + _level(variance))
    return "".join(parts)


@lru_cache(maxsize=1 << 17)
def numbered(name: str) -> int:
    """The number of a feature."""
    return crc32(name.encode()) % (1 << BITS)


@lru_cache(maxsize=1 << 16)
def lettered(name: str) -> str:
    """The number of a feature, in three letters."""
    code = numbered(name)
    return LETTERS[code >> 12] + LETTERS[code >> 6 & 63] + LETTERS[code & 63]


@lru_cache(maxsize=1 << 16)
def unlettered(letters: str) -> int:
    """The number that three letters stand for."""
    first, second, third = (LETTERS.index(letter) for letter in letters)
    return first << 12 | second << 6 | third


@lru_cache(maxsize=4_096)
def _level(variance: float) -> str:
    return LETTERS[min(63, max(0, round(-STEPS_A_HALVING * log2(variance))))]


def decoded(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """-> ids of the features, and their variances."""
    parts = CODES[np.frombuffer(text.encode(), dtype=np.uint8)].reshape(-1, 4)
    return parts[:, 0] << 12 | parts[:, 1] << 6 | parts[:, 2], VARIANCES[parts[:, 3]]


def added(row: Row, form: str, sample: Sequence[Any], *, mattered: bool, most: tuple[int, int]) -> None:
    """Keep a sample, in the place of another where there are as many as may be."""
    counts = row.setdefault("n", [0, 0])
    which = 0 if mattered else 1
    kept = row.setdefault("ep"[which], [])
    if len(kept) < most[which]:
        kept.append(list(sample))
    else:
        kept[crc32(f"{counts[which]}{sample[0]}".encode()) % most[which]] = list(sample)
    counts[which] += 1
    forms = row.setdefault("t", {})
    name = _named(form)
    if name not in forms and len(forms) >= FORMS:
        del forms[min(forms, key=lambda one: (forms[one], one))]
    steps, earned, failed = forms.get(name, (0, 0, 0))
    ended = sample[2] > 0
    forms[name] = [steps + 1, earned + (mattered and not ended), failed + ended]


def tally(row: Row, form: str) -> tuple[int, int, int]:
    """-> steps of this form that were added, those of them that paid or cost, those that ended in failure."""
    steps, earned, failed = row.get("t", {}).get(_named(form), (0, 0, 0))
    return steps, earned, failed


def _named(form: str) -> str:
    return format(crc32(form.encode()), "x")
