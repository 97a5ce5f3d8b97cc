"""Prints the measures of health: sizes, shapes and times of the code, each beside its gauge.

A gauge in the red means look, not shuffle lines: nothing fails here, the exit code is always 0.

    python scripts/health.py [--json]
"""

import ast
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Function", "Measure", "functions", "main", "measures", "public"]

ROOT = Path(__file__).resolve().parent.parent
SUITE = ROOT / ".pytest_cache" / "v" / "tacit" / "suite"
"""Written by tests/conftest.py at the end of a whole run that passed."""

IMPORT_PROBE = "import time; t = time.perf_counter(); import tacit; print((time.perf_counter() - t) * 1000)"
MOCKS = frozenset(["Mock", "MagicMock", "AsyncMock", "mocker", "create_autospec"])

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function or method as it stands in the source."""

    where: str
    """file:line name"""
    node: Definition
    public: bool
    """Neither its name nor that of a class around it begins with an underscore, and it is not inside a function."""

    @property
    def lines(self) -> int:
        """From `def` to the last line, docstring included."""
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1

    @property
    def parameters(self) -> int:
        """How many a caller may pass; self and cls do not count."""
        return len(_positional(self.node)) + len(self.node.args.kwonlyargs)

    @property
    def typed(self) -> bool:
        """Every parameter and the result are annotated."""
        arguments = self.node.args
        annotated = [a.annotation is not None for a in _positional(self.node) + arguments.kwonlyargs]
        annotated += [a.annotation is not None for a in (arguments.vararg, arguments.kwarg) if a]
        return all(annotated) and self.node.returns is not None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure beside its gauge."""

    name: str
    value: float | None
    """None: not known on this machine."""
    gauge: str
    ok: bool
    note: str = ""
    """Where the figure comes from, such as the longest file."""


def _positional(node: Definition) -> list[ast.arg]:
    arguments = [*node.args.posonlyargs, *node.args.args]
    return arguments[1:] if arguments and arguments[0].arg in {"self", "cls"} else arguments


def functions(file: Path) -> list[Function]:
    """All functions and methods of a file, nested ones too, in order."""
    found: list[Function] = []

    def walk(node: ast.AST, public: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Definition):
                seen = public and not child.name.startswith("_")
                found.append(Function(where=f"{_short(file)}:{child.lineno} {child.name}", node=child, public=seen))
                walk(child, False)
            elif isinstance(child, ast.ClassDef):
                walk(child, public and not child.name.startswith("_"))
            else:
                walk(child, public)

    walk(ast.parse(file.read_text("utf-8")), True)
    return found


def public(files: Iterable[Path]) -> list[Function]:
    """The public functions and methods of the files, in order."""
    return [f for file in files for f in functions(file) if f.public]


def measures() -> list[Measure]:
    """Every measure, in the order of the table."""
    source, tests = _python("src"), _python("tests")
    every = [f for file in source for f in functions(file)]
    return [*_sizes(source, every), *_shapes(source, every), *_proofs(source, tests), *_times()]


def _sizes(source: list[Path], every: list[Function]) -> list[Measure]:
    lines = {file: _lines(file) for file in source}
    longest = max(source, key=lambda file: lines[file])
    giant = max(every, key=lambda f: f.lines)
    nine_in_ten = sorted(f.lines for f in every)[int(len(every) * 0.9)]
    return [
        Measure(name="source files", value=len(source), gauge="-", ok=True),
        Measure(name="source lines", value=sum(lines.values()), gauge="-", ok=True),
        _at_most("longest file, lines", lines[longest], 400, _short(longest)),
        _at_most("median file, lines", statistics.median(lines.values()), 150),
        Measure(name="functions", value=len(every), gauge="-", ok=True),
        _at_most("longest function, lines", giant.lines, 60, giant.where),
        _at_most("nine in ten functions, lines", nine_in_ten, 30),
    ]


def _shapes(source: list[Path], every: list[Function]) -> list[Measure]:
    widest = max(every, key=lambda f: f.parameters)
    loose = [f for f in every if f.public and len(_positional(f.node)) > 2]
    ports = _ports()
    fattest = max(ports, key=lambda name: ports[name])
    broad = [place for file in source for place in _broad_excepts(file)]
    return [
        _at_most("most parameters", widest.parameters, 7, widest.where),
        Measure(
            name="public functions with over two positional parameters",
            value=len(loose),
            gauge="few",
            ok=len(loose) * 20 <= len(every),
            note=", ".join(f.where for f in loose[:3]),
        ),
        _at_most("methods of the widest port", ports[fattest], 9, fattest),
        Measure(
            name="broad excepts",
            value=len(broad),
            gauge="only worker loop and doors",
            ok=all("worker" in place or "/doors/" in place for place in broad),
            note=", ".join(broad[:4]),
        ),
    ]


def _proofs(source: list[Path], tests: list[Path]) -> list[Measure]:
    test_lines = sum(map(_lines, tests))
    ratio = test_lines / max(1, sum(map(_lines, source)))
    mocks = sum(_mocks(file) for file in tests) * 1000 / max(1, test_lines)
    faces = public(source)
    bare = [f.where for f in faces if ast.get_docstring(f.node) is None]
    untyped = [f.where for f in faces if not f.typed]
    return [
        Measure(name="test lines per source line", value=round(ratio, 2), gauge="1 to 1.6", ok=1 <= ratio <= 1.6),
        _at_most("mocks per 1,000 test lines", round(mocks, 2), 1),
        _all_of("public functions documented, %", faces, bare),
        _all_of("public functions typed, %", faces, untyped),
    ]


def _times() -> list[Measure]:
    runs = [float(_run(IMPORT_PROBE)) for _ in range(5)]
    suite = json.loads(SUITE.read_text("utf-8")) if SUITE.exists() else None
    return [
        _at_most("import tacit, ms", round(min(runs), 1), 60, "best of 5"),
        Measure(
            name="the suite, s",
            value=suite["seconds"] if suite else None,
            gauge="<= 60",
            ok=suite is None or suite["seconds"] <= 60,
            note=f"{suite['tests']} tests, {suite['workers']} workers" if suite else "not known: run make test",
        ),
    ]


def _at_most(name: str, value: float, bound: float, note: str = "") -> Measure:
    return Measure(name=name, value=value, gauge=f"<= {bound}", ok=value <= bound, note=note)


def _all_of(name: str, every: list[Function], lacking: list[str]) -> Measure:
    share = 100 * (1 - len(lacking) / max(1, len(every)))
    note = f"of {len(every)}" + ("; lacking: " + ", ".join(lacking[:3]) if lacking else "")
    return Measure(name=name, value=round(share, 1), gauge="100", ok=not lacking, note=note)


def _python(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _short(file: Path) -> str:
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name


def _lines(file: Path) -> int:
    return len(file.read_text("utf-8").splitlines())


def _ports() -> dict[str, int]:
    """Protocol -> how many methods it has."""
    tree = ast.parse((ROOT / "src/tacit/ports.py").read_text("utf-8"))
    protocols = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(b).startswith("Protocol") for b in node.bases)
    ]
    return {node.name: sum(isinstance(child, Definition) for child in node.body) for node in protocols}


def _broad_excepts(file: Path) -> list[str]:
    handlers = [n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.ExceptHandler)]
    broad = [n for n in handlers if n.type is None or ast.unparse(n.type) in {"Exception", "BaseException"}]
    return [f"{_short(file)}:{n.lineno}" for n in broad]


def _mocks(file: Path) -> int:
    tree = ast.parse(file.read_text("utf-8"))
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sum(call.split(".")[-1] in MOCKS or call.split(".")[0] in MOCKS | {"patch", "mock"} for call in calls)


def _run(program: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def main(arguments: list[str]) -> None:
    """Print the table, or one JSON object with `--json`."""
    found = measures()
    if "--json" in arguments:
        print(json.dumps({m.name: {"value": m.value, "gauge": m.gauge, "ok": m.ok, "note": m.note} for m in found}))
        return
    for m in found:
        value = "?" if m.value is None else f"{m.value:,}"
        print(f"{'  ' if m.ok else '! '}{m.name:<54}{value:>9}   {m.gauge:<12} {m.note}".rstrip())
    red = sum(not m.ok for m in found)
    print(f"\n{red} of {len(found)} in the red: look there, a gauge is no goal." if red else "\nAll in the green.")


if __name__ == "__main__":
    main(sys.argv[1:])
