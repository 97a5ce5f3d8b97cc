"""What the launcher is told to do, as bytes between two processes.

Floor 3. Below: nothing. Above: the launcher, which reads it, and the rungs, which write it.
"""

__all__ = ["Plan", "read", "write"]

_LISTS = ("command", "environment", "reads", "writes", "links")
_NUMBERS = {"seconds": float, "cpu_seconds": float, "memory_mb": int, "processes": int, "file_mb": int, "uid": int}


class Plan:
    """One program, what it may use, and which fences to raise. All fields are to be given."""

    command: list[str]
    environment: list[str]
    """NAME=value."""
    folder: str
    reads: list[str]
    """Real paths, to read and to run."""
    writes: list[str]
    """Real paths, to change as well."""
    links: list[str]
    """Symbolic links on the way to these: path, target, path, target, ..."""
    fence: str
    """See `sandboxes.assurances.Fence`."""
    seconds: float
    cpu_seconds: float
    memory_mb: int
    processes: int
    file_mb: int
    uid: int
    """Of whoever runs us as root: the user that the program gets. -1: the one that runs us."""

    def __init__(self, **fields: object) -> None:
        if set(fields) != set(type(self).__annotations__):
            raise TypeError(f"the fields of a plan are {', '.join(type(self).__annotations__)}")
        self.__dict__.update(fields)


def write(plan: Plan) -> bytes:
    """-> eight hexadecimal digits, the length of the rest, and the fields in order. No text in them has a NUL."""
    words: list[str] = []
    for name in Plan.__annotations__:
        value = getattr(plan, name)
        words += [str(len(value)), *value] if name in _LISTS else [str(value)]
    body = "\0".join(words).encode("utf-8", "surrogateescape")
    return b"%08x" % len(body) + body


def read(body: bytes) -> Plan:
    """The inverse of `write`, without the digits."""
    words = iter(body.decode("utf-8", "surrogateescape").split("\0"))
    fields: dict[str, object] = {}
    for name in Plan.__annotations__:
        word = next(words)
        if name in _LISTS:
            fields[name] = [next(words) for _ in range(int(word))]
        else:
            fields[name] = _NUMBERS.get(name, str)(word)
    return Plan(**fields)
