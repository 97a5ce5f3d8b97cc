"""Classes with the names, arguments and shapes that others published, on the memory of tacit.

Floor 6. Below: the facade. Nothing here is a stub: what a class answers was measured, or is empty and says why.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacit.dropin.loop import SelfImprovementLoop

__all__ = ["SelfImprovementLoop"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tacit.dropin' has no attribute {name!r}")
    from tacit.dropin.loop import SelfImprovementLoop

    return SelfImprovementLoop
