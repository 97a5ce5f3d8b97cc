"""One Python file as text and tree: where a node stands in the text, and what is inserted where.

Floor 2, pure. Above: program, every refactoring of Python.

Everything but what an edit replaces stays as it is, byte for byte.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

__all__ = ["Edit", "Function", "Module", "applied"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


class Edit(NamedTuple):
    """Characters `start` to `end` become `text`."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; they must not overlap. Of two at one place, the first given comes first."""
    for edit in sorted(edits, key=lambda one: (one.start, one.end))[::-1]:
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class Module:
    """A file that was parsed."""

    def __init__(self, path: str, text: str) -> None:
        """Raises `SyntaxError` where it is no Python of this version."""
        self.path = path
        self.text = text
        self.tree = ast.parse(text)
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Node -> the node that holds it."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """Functions of the outermost level that are defined once and bound nowhere else."""
        found = {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        return {name: node for name, node in found.items() if len(self.bindings.get(name, ())) == 1}

    @cached_property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """Name -> the nodes that bind it at the outermost level, or from within a function by `global`."""
        found: dict[str, list[ast.AST]] = {}
        for name, node in _bound(self.tree):
            found.setdefault(name, []).append(node)
        for scope in ast.walk(self.tree):
            if isinstance(scope, ast.Global):
                for name in scope.names:
                    found.setdefault(name, []).extend([scope, scope])
        return found

    @cached_property
    def wildcard(self) -> bool:
        """Whether it imports all names of another module: any of its names may then mean something else."""
        return any(
            alias.name == "*"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        )

    @cached_property
    def imported(self) -> dict[str, str]:
        """Name -> what it was imported as, dotted, at the outermost level and nowhere else: `re`, `json.dumps`."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname or "." not in alias.name:
                        found[alias.asname or alias.name] = alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = "." * node.level + f"{node.module or ''}.{alias.name}"
        return {name: target for name, target in found.items() if len(self.bindings.get(name, ())) == 1}

    @cached_property
    def names(self) -> set[str]:
        """Every name and attribute that is written anywhere: what a new name must not be."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
        return found | set(self.bindings) | {n.name for n in ast.walk(self.tree) if isinstance(n, Function)}

    def offset(self, line: int, column: int) -> int:
        """Of a place that the parser names: lines from 1, columns in bytes of UTF-8."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode()[:column].decode())
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where it begins and ends."""
        last, column = node.end_lineno or node.lineno, node.end_col_offset or 0  # a parser always says
        return self.offset(node.lineno, node.col_offset), self.offset(last, column)

    def written(self, node: ast.expr | ast.stmt) -> str:
        """Its text."""
        start, end = self.span(node)
        return self.text[start:end]

    def replaced(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """Its text replaced."""
        return Edit(*self.span(node), text)

    def indent(self, statement: ast.stmt) -> str | None:
        """The blanks before a statement; None where something else stands on its line."""
        line = self._lines[statement.lineno - 1]
        before = line[: statement.col_offset] if line.isascii() else line[: len(line) - len(line.lstrip())]
        whole = self.offset(statement.lineno, statement.col_offset) - self._starts[statement.lineno - 1]
        return before if len(before) == whole and not before.strip() else None

    def before(self, statement: ast.stmt, *lines: str) -> Edit | None:
        """Lines before a statement (before its decorators), indented as it is; None where they would not fit."""
        indent = self.indent(statement)
        if indent is None:
            return None
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(one.lineno for one in decorators)])
        at = self._starts[first - 1]
        return Edit(at, at, "".join(f"{indent}{line}\n" if line else "\n" for line in lines))

    def after(self, statement: ast.stmt, *lines: str) -> Edit | None:
        """Lines after a statement, indented as it is; None where they would not fit."""
        indent, end = self.indent(statement), self.span(statement)[1]
        last = (statement.end_lineno or statement.lineno) - 1
        rest = self._lines[last][end - self._starts[last] :]
        if indent is None or not re.fullmatch(r"[ \t]*(#.*)?", rest):
            return None
        at = end + len(rest)
        return Edit(at, at, "".join(f"\n{indent}{line}" if line else "\n" for line in lines))

    def importing(self, name: str) -> list[Edit] | None:
        """What makes `import name` hold at the outermost level; None where the name means something else."""
        if self.imported.get(name) == name:
            return []
        if name in self.names:
            return None
        return [self.on_top(f"import {name}")]

    def on_top(self, line: str) -> Edit:
        """A line before the first import that is not of `__future__`; else behind what the file begins with."""
        body = self.tree.body
        documented = ast.get_docstring(self.tree, clean=False) is not None
        first = [node for n, node in enumerate(body) if _of_future(node) or (documented and n == 0)]
        later = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom) and node not in first]
        if later:
            at = self._starts[later[0].lineno - 1]
            return Edit(at, at, f"{line}\n")
        if first:
            at = min(self._starts[first[-1].end_lineno or 1], len(self.text))
            return Edit(at, at, f"\n{line}\n")
        if not body:
            return Edit(0, 0, f"{line}\n")
        at = self._starts[min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", []))]) - 1]
        return Edit(at, at, f"{line}\n\n")

    def holder(self, node: ast.AST) -> Scope:
        """The function in which it stands, or the module."""
        while True:
            node = self.parents.get(node, self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
                return node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds it."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What holds it, from the inside outwards, up to its function."""
        holder = self.holder(node)
        node = self.parents[node]
        while node is not holder:
            yield node
            node = self.parents[node]


def _of_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _bound(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What a scope binds itself, without the scopes in it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name.partition(".")[0]), node
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id, node
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest, node
        yield from _bound(node)
