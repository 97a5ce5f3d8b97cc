"""Files -> chunks: code by definition, prose by section, each small enough to be found and shown whole.

Floor 2. Below: logic.languages. Above: the indexing verb. The same text gives the same chunks, and every line with
anything in it lies in exactly one (a line longer than a chunk in several).
"""

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tacit.logic.languages import PROSE, definition, language_of

__all__ = ["Piece", "chunk"]

TARGET = 1_200
"""Characters that a chunk aims at: two passages, some 300 tokens."""
WHOLE = 1_600
"""A definition or section up to this stays whole."""
TINY = 100
"""What is smaller joins its neighbour: an import line, a heading without words of its own."""
DEPTH = 8
"""Columns of indentation up to which a line may begin a definition: a method, not a closure."""
LABEL = 200
COMMENT = re.compile(r"\s*(?:#(?!include|define|if|endif|else|pragma)|//|/\*|\*|--|@\w|\[\w|;;|///|'''|\"\"\")")
HEADING = re.compile(r"(#{1,6})\s+(.{1,300}?)\s*#*$")
UNDERLINE = re.compile(r"(=+|-+|~+|\^+|\"+|\*+)\s*$")
FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
SENTENCE = re.compile(r"[.!?]\s|[。！？]|\s")


class Piece(NamedTuple):
    """A part of a file."""

    start_line: int
    """1-based, inclusive."""
    end_line: int
    symbol: str
    """Name of the definition, or the headings down to the section."""
    text: str
    language: str


class _Span(NamedTuple):
    """Lines [first, last), 0-based."""

    first: int
    last: int
    symbol: str


def chunk(path: str, text: str) -> list[Piece]:
    """Cut a file. `path` only tells the language.

    >>> said = "words " * 20
    >>> pieces = chunk("a.md", f"# A\\n{said}\\n\\n## B\\n{said}")
    >>> [(piece.symbol, piece.start_line, piece.end_line) for piece in pieces]
    [('A', 1, 2), ('A > B', 4, 5)]
    """
    language = language_of(path)
    lines = text.split("\n")
    spans = _spans(language, text, lines)
    return [
        Piece(first + 1, last, span.symbol[:LABEL], body, language)
        for span in _joined(spans, lines)
        for first, last, body in _sized(lines, span)
    ]


def _spans(language: str, text: str, lines: Sequence[str]) -> list[_Span]:
    if language == "python":
        found = _python(text, lines)
        if found is not None:
            return found
    if language in PROSE:
        return _sections(language, lines)
    return _definitions(language, lines)


def _python(text: str, lines: Sequence[str]) -> list[_Span] | None:
    """By the syntax tree; None for what does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the indexed code, not ours
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last: the parser's own stack is exhausted
        return None
    if len(text.splitlines()) != len(lines) - (lines[-1] == "") or "\f" in text or "\r" in text:
        return None  # other line ends than ours: the tree counts lines otherwise
    return _filled(list(_python_marks(tree.body, lines, "")), len(lines))


def _python_marks(body: Sequence[ast.stmt], lines: Sequence[str], parent: str) -> Iterator[_Span]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        last = node.end_lineno or node.lineno
        name = f"{parent}.{node.name}" if parent else node.name
        first = _with_comments(lines, first)
        if isinstance(node, ast.ClassDef) and sum(map(len, lines[first:last])) > WHOLE:
            inner = list(_python_marks(node.body, lines, name))
            yield from (span._replace(symbol=span.symbol or name) for span in _filled(inner, last, first))
        else:
            yield _Span(first, last, name)


def _filled(marks: Sequence[_Span], last: int, first: int = 0) -> list[_Span]:
    """The marks, and what lies between them as spans without a symbol."""
    spans: list[_Span] = []
    at = first
    for mark in marks:
        start = max(mark.first, at)
        if start > at:
            spans.append(_Span(at, start, ""))
        if mark.last > start:
            spans.append(_Span(start, mark.last, mark.symbol))
            at = mark.last
    if last > at:
        spans.append(_Span(at, last, ""))
    return spans


def _with_comments(lines: Sequence[str], first: int) -> int:
    """Up over the comments, decorators and attributes right above a definition."""
    while first > 0 and lines[first - 1].strip() and COMMENT.match(lines[first - 1]):
        first -= 1
    return first


def _definitions(language: str, lines: Sequence[str]) -> list[_Span]:
    """From one definition to the next, by indentation; without any, the file is one span."""
    marks: list[tuple[int, str]] = []
    holders: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        stripped = line.lstrip()
        indent = len(line) - len(stripped)
        found = definition(language, stripped) if stripped and indent <= DEPTH else None
        if found is None:
            continue
        holders = [holder for holder in holders if holder[0] < indent]
        if indent and not holders:
            continue  # inside of something that is not known
        name, holds = found
        path = ".".join([*(name for _, name in holders), name])
        marks.append((_with_comments(lines, number), path))
        if holds:
            holders.append((indent, name))
    spans = [_Span(0, marks[0][0] if marks else len(lines), "")]
    for position, (first, symbol) in enumerate(marks):
        last = marks[position + 1][0] if position + 1 < len(marks) else len(lines)
        spans.append(_Span(max(first, spans[-1].last), last, symbol))
    return [span for span in spans if span.last > span.first]


def _sections(language: str, lines: Sequence[str]) -> list[_Span]:
    """From one heading to the next; the symbol names the headings above, too."""
    spans: list[_Span] = []
    path: list[tuple[int, str]] = []
    first = 0
    for number, level, title in _headings(language, lines):
        if number > first:
            spans.append(_Span(first, number, " > ".join(name for _, name in path)))
        path = [*(above for above in path if above[0] < level), (level, title)]
        first = number
    return [*spans, _Span(first, len(lines), " > ".join(name for _, name in path))]


def _headings(language: str, lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(line, level, title), outside of fenced code."""
    if language == "text":
        return
    fence = ""
    marks = "" if language == "rst" else "=-"
    for number, line in enumerate(lines):
        fenced = FENCE.match(line) if language == "markdown" else None
        if fenced:
            mark = fenced.group(1)
            fence = mark if not fence else "" if mark.startswith(fence) else fence
        elif not fence and language == "markdown" and (found := HEADING.match(line[:400])):
            yield number, len(found.group(1)), found.group(2)
        elif not fence and number and UNDERLINE.match(line[:400]) and len(line) >= 3 and _is_title(lines, number):
            if language == "rst" and line[0] not in marks:
                marks += line[0]  # levels are in the order in which their marks appear
            if line[0] in marks:
                yield number - 1, marks.index(line[0]) + 1, lines[number - 1].strip()


def _is_title(lines: Sequence[str], number: int) -> bool:
    """Whether the line above an underline is a title: alone, and not longer than its underline by much."""
    title = lines[number - 1].strip()
    alone = number < 2 or not lines[number - 2].strip() or UNDERLINE.match(lines[number - 2][:400]) is not None
    return 0 < len(title) <= 2 * len(lines[number].strip()) and alone and not UNDERLINE.match(title[:400])


def _joined(spans: Sequence[_Span], lines: Sequence[str]) -> list[_Span]:
    """Tiny spans go with the next one, blank ones away."""
    kept: list[_Span] = []
    for span in spans:
        first, last = span.first, span.last
        while first < last and not lines[first].strip():
            first += 1
        while last > first and not lines[last - 1].strip():
            last -= 1
        if first == last:
            continue
        size = sum(map(len, lines[first:last]))
        before = kept[-1] if kept else None
        if before is not None and sum(map(len, lines[before.first : before.last])) < TINY and size < WHOLE:
            kept[-1] = _Span(before.first, last, _both(before.symbol, span.symbol))
        else:
            kept.append(_Span(first, last, span.symbol))
    if len(kept) > 1 and sum(map(len, lines[kept[-1].first : kept[-1].last])) < TINY:
        *kept, before, last_one = kept
        kept.append(_Span(before.first, last_one.last, _both(before.symbol, last_one.symbol)))
    return kept


def _both(one: str, other: str) -> str:
    if not one or other.startswith(one):
        return other
    return f"{one}, {other}" if other and not one.startswith(other) else one


def _sized(lines: Sequence[str], span: _Span) -> Iterator[tuple[int, int, str]]:
    """(first, last, text): the span whole, or cut near `TARGET`, at a blank line where there is one."""
    if sum(map(len, lines[span.first : span.last])) + span.last - span.first <= WHOLE:
        yield span.first, span.last, "\n".join(lines[span.first : span.last])
        return
    first, size, blank = span.first, 0, -1
    for number in range(span.first, span.last):
        size += len(lines[number]) + 1
        if not lines[number].strip() and size > TARGET // 2:
            blank = number
        if size >= TARGET:
            last = blank if blank > first else number + 1
            yield from _cut(lines, first, last)
            first, blank = last, -1
            size = sum(len(line) + 1 for line in lines[last : number + 1])
    if first < span.last:
        yield from _cut(lines, first, span.last)


def _cut(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, int, str]]:
    """One block; cut within its lines where these are too long."""
    while first < last and not lines[first].strip():
        first += 1
    body = "\n".join(lines[first:last]).rstrip()
    if len(body) <= 2 * WHOLE:
        if body:
            yield first, last, body
        return
    line, at = first, 0
    while at < len(body):
        end = _end(body, at)
        part = body[at:end]
        if part.strip():
            yield line, line + 1 + part.rstrip("\n").count("\n"), part
        line += part.count("\n")
        at = end


def _end(body: str, at: int) -> int:
    """Where to cut a long text: after a sentence or a word, never before a combining mark."""
    end = at + TARGET
    if end >= len(body):
        return len(body)
    ends = [found.end() for found in SENTENCE.finditer(body, at + TARGET // 2, end)]
    if ends:
        return ends[-1]
    while end < len(body) and unicodedata.combining(body[end]):
        end += 1
    return end
