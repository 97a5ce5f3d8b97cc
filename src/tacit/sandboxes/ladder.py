"""Which sandbox this machine offers: the rungs in their order, each tried before it is trusted.

Floor 3. Below: the rungs. Above: the facade.
"""

from tacit.errors import InvalidInput
from tacit.ports import Sandbox
from tacit.sandboxes.process import ProcessSandbox

__all__ = ["climb", "survey"]


def climb(name: str) -> Sandbox:
    """See `sandboxes.open_sandbox`."""
    if name not in {"auto", "process"}:
        raise InvalidInput(f"there is no sandbox {name}", cause="auto and process are known", remedy="name one of these")
    return ProcessSandbox()


def survey() -> dict[str, str]:
    """See `sandboxes.available`."""
    climb("process")
    return {"process": "namespaces, Landlock, seccomp, limits"}
