"""Kinds of expressions that name nothing: literals, operators, built-in functions, methods of built-in types.

Floor 2, pure. Below: kind. Above: kinds, which knows the names.
"""

import ast

from tacit.logic.refactoring.kind import (
    BOOL,
    BYTES,
    CONTAINERS,
    FLOAT,
    INT,
    NONE,
    PLAIN,
    STR,
    Kind,
    combined,
    is_plain,
    joined,
)

__all__ = ["Expressions"]

TEXT_TO_TEXT = frozenset(
    [
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "replace",
        "join",
        "title",
        "capitalize",
        "casefold",
        "format",
        "zfill",
        "ljust",
        "rjust",
        "center",
        "swapcase",
        "expandtabs",
        "translate",
        "removeprefix",
        "removesuffix",
    ]
)
TEXT_TO_INT = frozenset(["count", "find", "index", "rfind", "rindex"])
TEXT_TO_LIST = frozenset(["split", "rsplit", "splitlines"])
CALLED = {
    "len": INT, "ord": INT, "hash": INT, "int": INT, "str": STR, "repr": STR, "ascii": STR, "chr": STR, "hex": STR,
    "bin": STR, "oct": STR, "format": STR, "float": FLOAT, "bool": BOOL, "isinstance": BOOL, "any": BOOL, "all": BOOL,
    "callable": BOOL, "issubclass": BOOL,
}  # fmt: skip
COPIES = {
    "list": "list",
    "sorted": "list",
    "set": "set",
    "frozenset": "frozenset",
    "tuple": "tuple",
    "reversed": "iter",
}


class Expressions:
    """One method a class of nodes, named as the class in small letters; `of` calls them."""

    def of(self, node: ast.AST | None) -> Kind | None:
        """Of an expression; None: unknown."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        found: Kind | None = None if node is None or method is None else method(node)
        return found

    def builtin(self, name: str) -> bool:
        """Whether the name means what Python comes with."""
        raise NotImplementedError

    def _constant(self, node: ast.Constant) -> Kind | None:
        return {str: STR, int: INT, float: FLOAT, bool: BOOL, bytes: BYTES, type(None): NONE}.get(type(node.value))

    def _joinedstr(self, node: ast.JoinedStr) -> Kind:
        del node
        return STR

    def _compare(self, node: ast.Compare) -> Kind | None:
        sides = [self.of(one) for one in (node.left, *node.comparators)]
        sure = all(isinstance(one, ast.In | ast.NotIn | ast.Is | ast.IsNot) for one in node.ops)
        return BOOL if sure or all(is_plain(one) for one in sides) else None

    def _boolop(self, node: ast.BoolOp) -> Kind | None:
        return joined(self.of(one) for one in node.values)

    def _ifexp(self, node: ast.IfExp) -> Kind | None:
        return joined((self.of(node.body), self.of(node.orelse)))

    def _namedexpr(self, node: ast.NamedExpr) -> Kind | None:
        return self.of(node.value)

    def _unaryop(self, node: ast.UnaryOp) -> Kind | None:
        if isinstance(node.op, ast.Not):
            return BOOL
        kind = self.of(node.operand)
        return kind if kind in (INT, FLOAT, PLAIN) else INT if kind == BOOL else None

    def _binop(self, node: ast.BinOp) -> Kind | None:
        return combined(self.of(node.left), node.op, self.of(node.right))

    def _list(self, node: ast.List) -> Kind:
        return Kind("list", joined(self.of(one) for one in node.elts) if node.elts else None)

    def _set(self, node: ast.Set) -> Kind:
        return Kind("set", joined(self.of(one) for one in node.elts))

    def _tuple(self, node: ast.Tuple) -> Kind:
        return Kind("tuple", joined(self.of(one) for one in node.elts) if node.elts else Kind("plain"))

    def _dict(self, node: ast.Dict) -> Kind:
        if any(key is None for key in node.keys):
            return Kind("dict")
        keys, values = (joined(map(self.of, side)) if side else None for side in (node.keys, node.values))
        return Kind("dict", keys, values)

    def _listcomp(self, node: ast.ListComp) -> Kind:
        return Kind("list", self.of(node.elt))

    def _generatorexp(self, node: ast.GeneratorExp) -> Kind:
        return Kind("iter", self.of(node.elt))

    def _setcomp(self, node: ast.SetComp) -> Kind:
        return Kind("set", self.of(node.elt))

    def _dictcomp(self, node: ast.DictComp) -> Kind:
        return Kind("dict", self.of(node.key), self.of(node.value))

    def _subscript(self, node: ast.Subscript) -> Kind | None:
        kind = self.of(node.value)
        if kind is None:
            return None
        if kind == PLAIN:
            return PLAIN
        if isinstance(node.slice, ast.Slice):
            return kind if kind.name in {"str", "bytes", "list", "tuple"} else None
        if kind == STR:
            return STR
        if kind.name == "pair" and isinstance(node.slice, ast.Constant):
            return kind.of if node.slice.value == 0 else kind.to if node.slice.value == 1 else None
        return kind.to if kind.name == "dict" else kind.of if kind.name in {"list", "tuple", "deque"} else None

    def _built_in(self, name: str, node: ast.Call) -> Kind | None:
        if name in CALLED:
            return CALLED[name]
        if name in COPIES:
            return Kind(COPIES[name], self._element(node.args[0]) if node.args else None)
        if name == "range":
            return Kind("iter", INT)
        if name == "dict" and not node.args and not node.keywords:
            return Kind("dict")
        first = self._element(node.args[0]) if len(node.args) == 1 else None
        if name in {"min", "max"} and len(node.args) == 1 and not any(one.arg == "default" for one in node.keywords):
            return first
        if name in {"min", "max"} and len(node.args) > 1:
            return joined(self.of(one) for one in node.args)
        if name == "sum":
            return first if first in (INT, FLOAT, PLAIN) else None
        if name in {"abs", "round"} and len(node.args) == 1:
            kind = self.of(node.args[0])
            return (
                INT if kind == INT or (name == "round" and kind == FLOAT) else kind if kind in (FLOAT, PLAIN) else None
            )
        return None

    def _method(self, function: ast.Attribute, node: ast.Call) -> Kind | None:
        kind, name = self.of(function.value), function.attr
        if kind in (STR, PLAIN):
            if name in TEXT_TO_TEXT:
                return kind
            if name in TEXT_TO_LIST:
                return Kind("list", kind)
            if name in TEXT_TO_INT:
                return INT
            return BOOL if name.startswith("is") or name in {"startswith", "endswith"} else None
        if kind is None or kind.name == "pattern":
            return STR if kind is not None and name == "sub" else None
        if name in {"pop", "popleft"} and kind.name in {"list", "set", "deque"}:
            return kind.of
        if kind.name == "dict":
            if name == "get" and len(node.args) == 2:
                return joined((kind.to, self.of(node.args[1])))
            return {"keys": Kind("iter", kind.of), "values": Kind("iter", kind.to)}.get(name)
        if name == "copy":
            return kind
        return INT if name in {"count", "index"} and kind.name in {"list", "tuple"} else None

    def _element(self, node: ast.expr) -> Kind | None:
        """Of what a loop over it gives."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self.builtin(node.func.id) and node.args:
            inner = self._element(node.args[0])
            if node.func.id == "enumerate":
                return Kind("pair", INT, inner)
            if node.func.id == "zip" and len(node.args) == 2:
                return Kind("pair", inner, self._element(node.args[1]))
            if node.func.id == "range":
                return INT
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "items":
            kind = self.of(node.func.value)
            return Kind("pair", kind.of, kind.to) if kind is not None and kind.name == "dict" else None
        kind = self.of(node)
        if kind is None:
            return None
        return kind if kind in (STR, PLAIN) else kind.of if kind.name in CONTAINERS else None
