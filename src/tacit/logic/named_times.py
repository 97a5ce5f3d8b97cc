"""Times that a question names: "on 3 June 2023", "in January 2024", "2023-06-03", "2023年6月3日".

Floor 2. Below: numpy. Above: ranking, which lifts what was said then; the recall verb, which looks there.

Days and months are known, in ISO form, in English and in Chinese and Japanese. Not covered: years alone (too wide to
tell anything), what begins or ends a stretch ("since May", "until 4 March"), times of the day, times that are told from
now ("last week"), the month names of other languages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["NamedTime", "agreement", "named_times"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FADE = 8 * 86_400_000_000
"""Microseconds after a named time in which agreement falls to nothing: people tell of a thing within the days after it.
On LoCoMo 1 day costs 0.15 points of sessions' R@5 against 5, 8 and 14 days, which are equal."""
MOST = 4
"""Times that are looked at in one question."""
YEARS = (1900, 2199)
LOOK_BACK = 16
"""Characters before a time in which the word is looked for that makes it a boundary."""

FULL = "january|february|march|april|may|june|july|august|september|october|november|december"
MONTHS = {name[:3]: number for number, name in enumerate(FULL.split("|"), start=1)}
MONTH = rf"(?P<name>{FULL}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
DAY_FIRST = re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}(?!\w)(?:,?\s*(?P<year>\d{{4}})\b)?")
MONTH_FIRST = re.compile(rf"\b{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\w)(?:,?\s*(?P<year>\d{{4}})\b)?")
MONTH_AND_YEAR = re.compile(rf"\b{MONTH},?\s+(?:of\s+)?(?P<year>\d{{4}})\b")
MONTH_ALONE = re.compile(
    rf"\b(?:(?:in|of|during|by|before|after|from|last|this|next|early|late|mid)[\s-]+)(?P<name>{FULL})(?!\w)"
)
"""After such a word only: "may" and "march" mean other things as well."""
BOUNDARY = re.compile(r"\b(?:since|until|till)\s+(?:the\s+)?$")
"""Before a time: it bounds a stretch, and what is asked for was said elsewhere in that."""
ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2}))?(?![\d-])")
CJK = re.compile(r"(?:(?<!\d)(?P<year>\d{4})年)?(?<!\d)(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class NamedTime:
    """A day or a month; without a year, that of any year."""

    month: int
    year: int | None = None
    day: int | None = None

    def bounds(self, year: int | None = None) -> tuple[int, int] | None:
        """[from, until) in microseconds, in `year` where it names none; None where there is no such day.

        >>> NamedTime(year=1970, month=1, day=2).bounds()
        (86400000000, 172800000000)
        """
        year = self.year or year
        if year is None:
            return None
        try:
            first = datetime(year, self.month, self.day or 1, tzinfo=UTC)
            if self.day is not None:
                last = first + timedelta(days=1)
            else:
                last = datetime(year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC)
        except (ValueError, OverflowError):  # 30 February, or beyond the year 9999
            return None
        return (first - EPOCH) // timedelta(microseconds=1), (last - EPOCH) // timedelta(microseconds=1)


def named_times(question: str) -> tuple[NamedTime, ...]:
    """Days and months that a question names, at most four; one without a year has that of the only year named.

    >>> named_times("Who was on call between March 11 and March 15, 2023?")
    (NamedTime(month=3, year=2023, day=11), NamedTime(month=3, year=2023, day=15))
    """
    rest = question.casefold()
    found: list[tuple[int, NamedTime]] = []
    for pattern in (ISO, CJK, DAY_FIRST, MONTH_FIRST, MONTH_AND_YEAR, MONTH_ALONE):
        for match in pattern.finditer(rest):
            time = _named(match)
            if time is not None:
                if not BOUNDARY.search(rest, max(0, match.start() - LOOK_BACK), match.start()):
                    found.append((match.start(), time))
                blank = " " * (match.end() - match.start())
                rest = rest[: match.start()] + blank + rest[match.end() :]  # what was read is not read again
    times = [time for _, time in sorted(found, key=lambda pair: pair[0])][:MOST]
    years = {time.year for time in times if time.year is not None}
    if len(years) == 1:
        year = years.pop()
        times = [NamedTime(month=time.month, year=year, day=time.day) for time in times]
    return tuple(dict.fromkeys(times))


def agreement(times: Sequence[NamedTime], at: Ints) -> Floats:
    """How well moments (microseconds) agree with the times: 1 within one of them, falling to 0 in the days after."""
    best = np.zeros(len(at), dtype=np.float64)
    if not times or not len(at):
        return best
    theirs = {(EPOCH + timedelta(microseconds=moment)).year for moment in at.tolist()}
    any_year = sorted(theirs | {year - 1 for year in theirs})  # the days after a December lie in the next year
    for time in times:
        for year in [time.year] if time.year is not None else any_year:
            bounds = time.bounds(year)
            if bounds is not None:
                first, last = bounds
                fading = np.clip(1.0 - (at - last) / FADE, 0.0, 1.0)
                best = np.maximum(best, np.where(at < first, 0.0, fading))
    return best


def _named(match: re.Match[str]) -> NamedTime | None:
    named = match.groupdict()
    year, day = (int(named[part]) if named.get(part) else None for part in ("year", "day"))
    month = int(named["month"]) if "month" in named else MONTHS[named["name"][:3]]
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    if year is not None and not YEARS[0] <= year <= YEARS[1]:
        return None
    return NamedTime(month=month, year=year, day=day)
