"""Excerpts: the hottest functions of a program, as a chat model is shown them; nothing else of its files.

Floor 2, pure. Below: program, source. Above: advice, the verb that asks a model.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tacit.logic.refactoring.patch import Heat, Observed
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Function, Module

__all__ = ["GAP", "Excerpt", "Hot", "excerpts", "hottest"]

LEAST_INNER, LEAST_WHOLE = 0.03, 0.1
"""Of the benchmark's time, in a function itself, or with all that it calls: what took less is not shown for itself."""
LONGEST_CONSTANT = 15
"""Lines of a statement of the outermost level: what is longer is a table of data."""
GAP = "# [...]"
"""Stands where lines were left out."""


@dataclass(frozen=True, kw_only=True)
class Hot:
    """A function that took time, or that one of these calls."""

    module: Module
    node: Function
    owner: ast.ClassDef | None
    heat: Heat


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """What is shown of one file."""

    path: str
    text: str
    told: tuple[str, ...]
    """Of each function, what it took."""


def hottest(program: Program, observed: Observed) -> list[Hot]:
    """The functions that took most time themselves, each followed by those of the workspace that it calls, then those
    that took most with all that they call. Of files that judge, none. Where nothing was observed, all."""
    every = [one for module in program.modules.values() for one in _functions(module, observed)]
    every = [one for one in every if one.module.path not in program.protected]
    named: dict[str, list[Hot]] = {}
    for one in every:
        named.setdefault(one.node.name, []).append(one)
    found: dict[int, Hot] = {}
    for one in sorted(every, key=lambda one: -one.heat.inner):
        if one.heat.inner >= LEAST_INNER:
            for each in (one, *(callee for name in _calls(one.node) for callee in named.get(name, ()))):
                found.setdefault(id(each.node), each)
    for one in sorted(every, key=lambda one: -one.heat.whole):
        if one.heat.whole >= LEAST_WHOLE:
            found.setdefault(id(one.node), one)
    return list(found.values())


def excerpts(hot: Sequence[Hot], most: int) -> list[Excerpt]:
    """Of each file its imports, its short constants and the hot functions: as many of these, in their order, as fit
    into `most` characters together."""
    shown: dict[str, list[Hot]] = {}
    for one in hot:
        mine = shown.setdefault(one.module.path, [])
        mine.append(one)
        if sum(len(_text(each)) for each in shown.values() if each) > most:
            mine.pop()
    return [Excerpt(path=path, text=_text(mine), told=tuple(map(_told, mine))) for path, mine in shown.items() if mine]


def _functions(module: Module, observed: Observed) -> Iterator[Hot]:
    """Those of the outermost level, and methods."""
    for node in module.tree.body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, Function):
                owner = node if isinstance(node, ast.ClassDef) else None
                yield Hot(module=module, node=inner, owner=owner, heat=observed.heat(module.path, inner))


def _calls(function: Function) -> list[str]:
    """Names of what it calls, in order, whoever they belong to."""
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            found.append(name)
    return [*dict.fromkeys(found)]


def _told(one: Hot) -> str:
    name = f"{one.owner.name}.{one.node.name}" if one.owner is not None else one.node.name
    return (
        f"{name} in {one.module.path}: {one.heat.inner:.0%} in itself, {one.heat.whole:.0%} with all that it calls, "
        f"{one.heat.calls:,} calls"
    )


def _text(hot: Sequence[Hot]) -> str:
    """The lines of these functions of one file and what they lean on; `GAP` where others were left out."""
    module = hot[0].module
    lines = module.text.split("\n")
    wanted = {number for first, last in _spans(module, hot) for number in range(first, last + 1)}
    out: list[str] = []
    at = 0
    for number in sorted(wanted):
        between = lines[at : number - 1]
        out += [GAP] if any(line.strip() for line in between) else between
        out.append(lines[number - 1])
        at = number
    return "\n".join([*out, GAP] if any(line.strip() for line in lines[at:]) else out)


def _spans(module: Module, hot: Sequence[Hot]) -> Iterator[tuple[int, int]]:
    """First and last lines, from 1."""
    for node in module.tree.body:
        last = node.end_lineno or node.lineno
        plain = isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)
        if plain and last - node.lineno < LONGEST_CONSTANT:
            yield node.lineno, last
    for one in hot:
        if one.owner is not None:
            yield _first(one.owner), max(one.owner.lineno, _first(one.owner.body[0]) - 1)
        yield _first(one.node), one.node.end_lineno or one.node.lineno


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])
