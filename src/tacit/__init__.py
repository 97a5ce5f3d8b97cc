"""tacit: a self-improving memory for AI agents.

    import tacit

    with tacit.open("agent.db") as memory:
        ...

Importing does nothing and is fast: each name below is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacit.aio import AsyncMemory
    from tacit.aio import open_async as open_async
    from tacit.errors import TacitError
    from tacit.logic.text import clean
    from tacit.memory import Memory
    from tacit.opening import open_memory as open  # noqa: A004  the verb of the field: open a file, open a memory
    from tacit.opening import restore_backup as restore
    from tacit.results import ContextPack, Recall
    from tacit.types import Abstained, Decision, Failure, Item, Outcome, Partial, Project, Step, Success

__all__ = [
    "Abstained",
    "AsyncMemory",
    "ContextPack",
    "Decision",
    "Failure",
    "Item",
    "Memory",
    "Outcome",
    "Partial",
    "Project",
    "Recall",
    "Step",
    "Success",
    "TacitError",
    "clean",
    "open",
    "open_async",
    "restore",
]

__version__ = "0.1.0"

_HOMES = {
    "AsyncMemory": ("tacit.aio", "AsyncMemory"),
    "Memory": ("tacit.memory", "Memory"),
    "TacitError": ("tacit.errors", "TacitError"),
    "clean": ("tacit.logic.text", "clean"),
    "open": ("tacit.opening", "open_memory"),
    "open_async": ("tacit.aio", "open_async"),
    "restore": ("tacit.opening", "restore_backup"),
    "ContextPack": ("tacit.results", "ContextPack"),
    "Recall": ("tacit.results", "Recall"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tacit' has no attribute {name!r}")
    module, attribute = _HOMES.get(name, ("tacit.types", name))
    found = getattr(importlib.import_module(module), attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
