"""Kinds of values, and what is made of them.

Floor 2, pure. Above: expressions, kinds.
"""

import ast
from collections.abc import Iterable
from typing import NamedTuple

__all__ = [
    "BOOL",
    "BYTES",
    "CONTAINERS",
    "FLOAT",
    "INT",
    "NONE",
    "PLAIN",
    "STR",
    "Kind",
    "annotated",
    "combined",
    "is_plain",
    "joined",
]


class Kind(NamedTuple):
    """A type by its name, with the kind of what it holds: elements, or keys and `to` values."""

    name: str
    of: "Kind | None" = None
    to: "Kind | None" = None


STR, INT, FLOAT, BOOL, BYTES, NONE = (Kind(name) for name in ("str", "int", "float", "bool", "bytes", "none"))
PLAIN = Kind("plain")
ANNOTATED = {"str": STR, "int": INT, "float": FLOAT, "bool": BOOL, "bytes": BYTES, "None": NONE}
CONTAINERS = {"list", "set", "frozenset", "dict", "tuple", "iter", "deque"}


def is_plain(kind: Kind | None) -> bool:
    """Whether such a value cannot change and can be hashed, and equal ones have equal hashes."""
    if kind is None:
        return False
    if kind.name == "tuple":
        return is_plain(kind.of)
    return kind.name in {"str", "int", "float", "bool", "bytes", "none", "plain"}


def joined(kinds: Iterable[Kind | None]) -> Kind | None:
    """One kind for values of all these; None where any is unknown or they have nothing in common."""
    found: Kind | None = None
    for number, kind in enumerate(kinds):
        if kind is None:
            return None
        if number == 0 or found == kind:
            found = kind
        elif is_plain(found) and is_plain(kind):
            found = PLAIN
        elif found is not None and found.name == kind.name and found.name in CONTAINERS:
            found = Kind(kind.name, _inner(found.of, kind.of), _inner(found.to, kind.to))
        else:
            return None
    return found


def _inner(one: Kind | None, other: Kind | None) -> Kind | None:
    return joined((one, other))


def combined(left: Kind | None, operator: ast.operator, right: Kind | None) -> Kind | None:
    """Of `left operator right`."""
    numbers = (INT, FLOAT, BOOL)
    if PLAIN in (left, right) and is_plain(left) and is_plain(right):
        return PLAIN
    if left in numbers and right in numbers:
        if isinstance(operator, ast.Div):
            return FLOAT
        if FLOAT in (left, right):
            return FLOAT
        return INT if not isinstance(operator, ast.Pow) else PLAIN
    if isinstance(operator, ast.Add) and left == right and left in (STR, BYTES):
        return left
    if isinstance(operator, ast.Mod) and left == STR:
        return STR
    if isinstance(operator, ast.Mult) and {left, right} == {STR, INT}:
        return STR
    if isinstance(operator, ast.Add) and left is not None and right is not None and left.name == right.name == "list":
        return Kind("list", _inner(left.of, right.of))
    return None


def annotated(node: ast.expr | None) -> Kind | None:
    """What an annotation says."""
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return NONE if node.value is None else ANNOTATED.get(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return ANNOTATED.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return joined((annotated(node.left), annotated(node.right)))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _held(node.value.id, node.slice)
    return None


def _held(name: str, inner: ast.expr) -> Kind | None:
    name = {"List": "list", "Set": "set", "Dict": "dict", "Tuple": "tuple", "FrozenSet": "frozenset"}.get(name, name)
    if name == "Optional":
        return joined((annotated(inner), NONE))
    if name in {"list", "set", "frozenset"}:
        return Kind(name, annotated(inner))
    if name == "dict" and isinstance(inner, ast.Tuple) and len(inner.elts) == 2:
        return Kind("dict", annotated(inner.elts[0]), annotated(inner.elts[1]))
    if name == "tuple":
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return Kind("tuple", joined(annotated(one) for one in parts if not _ellipsis(one)))
    return None


def _ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
