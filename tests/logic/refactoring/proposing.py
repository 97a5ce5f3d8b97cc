"""What the tests of refactorings share: propose on texts, run what comes out."""

from textwrap import dedent
from typing import Any

from tacit.logic.refactoring.patch import Observed, Patch, Query, Refactoring
from tacit.logic.refactoring.program import Program


def proposed(refactoring: Refactoring, *queries: Query, **texts: str) -> list[Patch]:
    """Patches for files named `main=...`, `other_sql=...`; all functions are taken to be hot."""
    return [*refactoring(program(**texts), Observed(functions={}, queries=queries))]


def program(**texts: str) -> Program:
    return Program({_path(name): dedent(text).lstrip("\n") for name, text in texts.items()})


def _path(name: str) -> str:
    return name.removesuffix("_sql") + ".sql" if name.endswith("_sql") else name + ".py"


def ran(text: str) -> dict[str, Any]:
    """The names of a module after it ran."""
    names: dict[str, Any] = {"__name__": "ran"}
    exec(compile(text, "ran.py", "exec"), names)
    return names


def new(refactoring: Refactoring, text: str) -> str:
    """The text after the only patch."""
    (patch,) = proposed(refactoring, main=text)
    return patch.files["main.py"]


def refused(refactoring: Refactoring, text: str, **others: str) -> bool:
    compile(dedent(text), "main.py", "exec")
    return proposed(refactoring, main=text, **others) == []
