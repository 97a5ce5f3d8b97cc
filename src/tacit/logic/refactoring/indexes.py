"""Indexes: a table that is scanned for equal values gets the index with which it would not be.

Floor 2, pure. Below: source. Above: the table of refactorings. Which index helps was asked of the engine itself, on an
empty copy of the schema, while the benchmark ran (`Query`).

The index is made where the table is: behind `CREATE TABLE` in a script (a .sql file, or a text that `executescript` is
given), or by a statement of its own behind the one that makes the table. Rows come in the same order as before: an
index of equal values lists them by rowid, as a scan does; what would change the order of tables is not proposed.
"""

import ast
import re
from collections.abc import Iterator

from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Edit, Module, applied

__all__ = ["indexes"]

NAME = r"(?:\"{0}\"|`{0}`|\[{0}\]|{0})"
PLAIN = re.compile(r"[A-Za-z_]\w*")
STEERS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|[();]""", re.DOTALL)
"""What a statement's end must not be looked for in, and what it ends with."""


def indexes(program: Program, observed: Observed) -> Iterator[Patch]:
    """A patch for each scanned table, the most frequent statement first."""
    done = set()
    for query in sorted(observed.queries, key=lambda one: -one.count):
        if (query.table, query.columns) in done or not all(map(PLAIN.fullmatch, (query.table, *query.columns))):
            continue
        done.add((query.table, query.columns))
        name = f"idx_{query.table}_{'_'.join(query.columns)}"
        if any(name in text for text in program.texts.values()):
            continue
        statement = f"CREATE INDEX IF NOT EXISTS {name} ON {query.table} ({', '.join(query.columns)})"
        places = list(_places(program, query.table, statement))
        if len(places) == 1:
            ((path, text),) = places
            yield Patch(
                key=f"indexes:{query.table}:{','.join(query.columns)}",
                description=f"{query.table} gets an index on {', '.join(query.columns)}: it was scanned for "
                f"{' '.join(query.sql.split())[:120]!r}",
                kind="indexing",
                files={path: text},
            )


def _places(program: Program, table: str, statement: str) -> Iterator[tuple[str, str]]:
    """(path, new text) for each place that makes the table."""
    creates = re.compile(
        r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + NAME.format(re.escape(table)) + r"\s*\(", re.IGNORECASE
    )
    for path, text in program.texts.items():
        if path in program.protected:
            continue
        if path.endswith(".sql"):
            for found in creates.finditer(text):
                end = _end(text, found.start())
                if end is not None:
                    yield path, text[:end] + _line(text, found.start(), statement) + text[end:]
        elif path in program.modules:
            yield from ((path, new) for new in _in_python(program, program.modules[path], creates, statement))


def _in_python(program: Program, module: Module, creates: re.Pattern[str], statement: str) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        found = list(creates.finditer(node.value))
        if len(found) == 1 and not isinstance(module.parents[node], ast.JoinedStr | ast.Expr):
            edit = _edit(program, module, node, creates, statement)
            if edit is not None:
                yield applied(module.text, [edit])


def _edit(
    program: Program, module: Module, node: ast.Constant, creates: re.Pattern[str], statement: str
) -> Edit | None:
    """Into the text, where it is run as a script; behind the call, where it is run as one statement."""
    calls = list(_runs(program, module, node))
    ways = {method for method, *_ in calls}
    if ways == {"executescript"}:
        start, end = module.span(node)
        written = module.text[start:end]
        found = list(creates.finditer(written))
        stop = _end(written, found[0].start()) if len(found) == 1 and "\\" not in written else None
        if stop is None or not written.startswith(('"""', "'''")):
            return None
        return Edit(start + stop, start + stop, _line(written, found[0].start(), statement))
    if ways == {"execute"} and len(calls) == 1:
        _, where, call = calls[0]
        whole = where.parents[call]
        if where is not module or not isinstance(whole, ast.Expr) or not isinstance(call, ast.Call):
            return None
        if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name | ast.Attribute):
            return None
        return module.after(whole, f'{module.written(call.func)}("{statement}")')
    return None


def _runs(program: Program, module: Module, node: ast.Constant) -> Iterator[tuple[str, Module, ast.AST]]:
    """Calls that run the text: itself, or the settled name that holds it, in any file."""
    parent = module.parents[node]
    if isinstance(parent, ast.Call):
        method = _method(parent, node)
        yield (method or "", module, parent)
        return
    names = parent.targets if isinstance(parent, ast.Assign) else []
    name = names[0].id if len(names) == 1 and isinstance(names[0], ast.Name) else ""
    if not name or program.constant(module, name) is not node:
        yield "", module, parent
        return
    for other in program.modules.values():
        for use in ast.walk(other.tree):
            named = (isinstance(use, ast.Name) and use.id == name and isinstance(use.ctx, ast.Load)) or (
                isinstance(use, ast.Attribute) and use.attr == name
            )
            if named:
                call = other.parents[use]
                yield (_method(call, use) if isinstance(call, ast.Call) else None) or "", other, call


def _method(call: ast.Call, argument: ast.AST) -> str | None:
    """The method of a connection or cursor that is handed the text as its only argument."""
    alone = call.args == [argument] and not call.keywords
    return call.func.attr if alone and isinstance(call.func, ast.Attribute) else None


def _end(text: str, start: int) -> int | None:
    """Behind the semicolon of the statement that begins at `start`; None where it has none."""
    depth = 0
    for found in STEERS.finditer(text, start):
        mark = found.group()
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if mark == ";" and depth == 0:
            return found.end()
    return None


def _line(text: str, at: int, statement: str) -> str:
    """The statement on a line of its own, indented as the one that makes the table."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return f"\n{line if not line.strip() else ''}{statement};"
