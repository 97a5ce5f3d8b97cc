"""Sandboxes: what holds programs that nobody vouches for. Floor 3.

Below: ports. Above: the facade, which opens one for the verbs. A ladder, best rung first: see `sandboxes.ladder`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tacit.ports import Sandbox

__all__ = ["available", "open_sandbox"]


def open_sandbox(name: str = "auto") -> "Sandbox":
    """The best rung of this machine, or the one of this name: `container`, `bwrap`, `process`.

    Raises `SandboxError` where there is none that keeps what it promises, `InvalidInput` for another name.
    """
    from tacit.sandboxes.ladder import climb

    return climb(name)


def available() -> dict[str, str]:
    """Rung -> what it is made of here, or `no: ` and why it is not to be had."""
    from tacit.sandboxes.ladder import survey

    return survey()
