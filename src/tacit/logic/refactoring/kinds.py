"""What kind of value an expression has, as far as that can be told without running it.

Floor 2, pure. Below: program. Above: purity, the refactorings that must know whether something can be hashed.

Every way of binding a name counts, in whatever order they run; one that is not understood makes the name unknown, and
unknown proves nothing. Annotations are believed: they are what the author says.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from tacit.logic.refactoring.program import READS, Program, reads
from tacit.logic.refactoring.source import Module

__all__ = ["BOOL", "INT", "PLAIN", "STR", "Kind", "Kinds", "is_plain", "keeps"]


class Kind(NamedTuple):
    """A type by its name, with the kind of what it holds: elements, or keys and `to` values."""

    name: str
    of: "Kind | None" = None
    to: "Kind | None" = None


STR, INT, FLOAT, BOOL, BYTES, NONE = (Kind(name) for name in ("str", "int", "float", "bool", "bytes", "none"))
PLAIN = Kind("plain")
ANNOTATED = {"str": STR, "int": INT, "float": FLOAT, "bool": BOOL, "bytes": BYTES, "None": NONE}
CONTAINERS = {"list", "set", "frozenset", "dict", "tuple", "iter", "deque"}
TEXT_TO_TEXT = frozenset(
    ["lower", "upper", "strip", "lstrip", "rstrip", "replace", "join", "title", "capitalize", "casefold", "format", "zfill", "ljust", "rjust", "center", "swapcase", "expandtabs", "translate", "removeprefix", "removesuffix"]
)
TEXT_TO_INT = frozenset(["count", "find", "index", "rfind", "rindex"])
TEXT_TO_LIST = frozenset(["split", "rsplit", "splitlines"])
CALLED = {
    "len": INT, "ord": INT, "hash": INT, "int": INT, "str": STR, "repr": STR, "ascii": STR, "chr": STR, "hex": STR,
    "bin": STR, "oct": STR, "format": STR, "float": FLOAT, "bool": BOOL, "isinstance": BOOL, "any": BOOL, "all": BOOL,
    "callable": BOOL, "issubclass": BOOL,
}  # fmt: skip
COPIES = {"list": "list", "sorted": "list", "set": "set", "frozenset": "frozenset", "tuple": "tuple", "reversed": "iter",
          "iter": "iter"}  # fmt: skip
ADDS = {"append": 0, "add": 0, "appendleft": 0, "insert": 1}
"""Method that puts an element in -> which argument it is."""
SHRINKS = frozenset(["pop", "popleft", "clear", "remove", "discard", "sort", "reverse"])
DEEP = 12
"""Calls and names followed one from another."""


def is_plain(kind: Kind | None) -> bool:
    """Whether such a value cannot change and can be hashed, and equal ones have equal hashes."""
    if kind is None:
        return False
    if kind.name == "tuple":
        return is_plain(kind.of)
    return kind.name in {"str", "int", "float", "bool", "bytes", "none", "plain"}


class Kinds:
    """Kinds within one function of a module, or at its outermost level."""

    def __init__(self, program: Program, module: Module, holder: ast.AST, *, given: dict[str, Kind] | None = None,
                 deep: int = 0) -> None:  # fmt: skip
        """`given`: kinds of parameters that are known for another reason than their annotation."""
        self.program, self.module, self.holder = program, module, holder
        self._deep = deep
        self._given = dict(given or {})
        self._names: dict[str, Kind | None] = {}
        self._bound: dict[str, list[ast.AST]] = {}
        for node in _within(holder):
            for name in _binds(node):
                self._bound.setdefault(name, []).append(node)
        for node in _within(holder, inside=True):
            if isinstance(node, ast.Nonlocal):
                for name in node.names:
                    self._bound.setdefault(name, []).append(node)
        arguments = getattr(holder, "args", None)
        self._parameters = {one.arg: one for one in _arguments(arguments)} if arguments else {}

    def local(self, name: str) -> bool:
        """Whether the name is bound within the function."""
        return name in self._bound or name in self._parameters

    def of(self, node: ast.AST | None) -> Kind | None:
        """Of an expression."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if node is None or method is None or self._deep > DEEP:
            return None
        self._deep += 1
        try:
            found: Kind | None = method(node)
        finally:
            self._deep -= 1
        return found

    def builtin(self, name: str) -> bool:
        """Whether the name means what Python comes with."""
        return not self.local(name) and name not in self.module.bindings and not self.program_wide(name)

    def program_wide(self, name: str) -> bool:
        """Whether a wildcard import could have put something else in the place of a built-in name."""
        return (
            self.program.wildcards
            and not hasattr(ast, name)
            and any(
                alias.name == "*"
                for node in ast.walk(self.module.tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            )
        )

    def means(self, node: ast.AST, dotted: str) -> bool:
        """Whether an expression means this member of an imported module: `re.sub`, however it was imported."""
        where, _, member = dotted.rpartition(".")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return (
                node.attr == member
                and not self.local(node.value.id)
                and self.module.imported.get(node.value.id) == where
                and self.program.named(where, self.module) is None
            )
        return isinstance(node, ast.Name) and not self.local(node.id) and self.module.imported.get(node.id) == dotted

    def pattern(self, name: str) -> bool:
        """Whether a name of the outermost level means one compiled regular expression of text, once and for all."""
        bound = self.module.bindings.get(name, [])
        value = getattr(self.module.parents.get(bound[0]), "value", None) if len(bound) == 1 else None
        return (
            isinstance(value, ast.Call)
            and not self.local(name)
            and name not in self.program.stored
            and self.module.parents[value] in self.module.tree.body
            and self.means(value.func, "re.compile")
            and bool(value.args)
            and isinstance(value.args[0], ast.Constant)
            and isinstance(value.args[0].value, str)
        )

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
        return _joined(self.of(one) for one in node.values)

    def _ifexp(self, node: ast.IfExp) -> Kind | None:
        return _joined((self.of(node.body), self.of(node.orelse)))

    def _namedexpr(self, node: ast.NamedExpr) -> Kind | None:
        return self.of(node.value)

    def _unaryop(self, node: ast.UnaryOp) -> Kind | None:
        if isinstance(node.op, ast.Not):
            return BOOL
        kind = self.of(node.operand)
        return kind if kind in (INT, FLOAT, PLAIN) else INT if kind == BOOL else None

    def _binop(self, node: ast.BinOp) -> Kind | None:
        return _combined(self.of(node.left), node.op, self.of(node.right))

    def _list(self, node: ast.List) -> Kind:
        return Kind("list", _joined(self.of(one) for one in node.elts) if node.elts else None)

    def _set(self, node: ast.Set) -> Kind:
        return Kind("set", _joined(self.of(one) for one in node.elts))

    def _tuple(self, node: ast.Tuple) -> Kind:
        return Kind("tuple", _joined(self.of(one) for one in node.elts) if node.elts else Kind("plain"))

    def _dict(self, node: ast.Dict) -> Kind:
        if any(key is None for key in node.keys):
            return Kind("dict")
        keys, values = (_joined(map(self.of, side)) if side else None for side in (node.keys, node.values))
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
            return {0: kind.of, 1: kind.to}.get(node.slice.value)
        return kind.to if kind.name == "dict" else kind.of if kind.name in {"list", "tuple", "deque"} else None

    def _name(self, node: ast.Name) -> Kind | None:
        name = node.id
        inner = self._lambda(node)
        if inner is not None:
            return self._handed(inner, name)
        if not self.local(name):
            return Kind("pattern") if self.pattern(name) else self.of(self.program.constant(self.module, name))
        if name not in self._names:
            self._names[name] = None  # what depends on itself alone is unknown
            self._names[name] = self._settled(name)
        return self._names[name]

    def _lambda(self, node: ast.Name) -> ast.Lambda | None:
        """The innermost lambda within the function that has a parameter of this name, if the name stands in one."""
        above: ast.AST | None = node
        while above is not None and above is not self.holder:
            if isinstance(above, ast.Lambda) and node.id in {one.arg for one in _arguments(above.args)}:
                return above
            above = self.module.parents.get(above)
        return None

    def _handed(self, function: ast.Lambda, name: str) -> Kind | None:
        """Of the parameter of a lambda: known where it is the key of something sorted."""
        keyword = self.module.parents[function]
        call = self.module.parents[keyword]
        sorts = isinstance(keyword, ast.keyword) and keyword.arg == "key" and isinstance(call, ast.Call)
        if not sorts or len(function.args.args) != 1 or function.args.args[0].arg != name:
            return None
        assert isinstance(call, ast.Call)
        built_in = isinstance(call.func, ast.Name) and call.func.id in {"sorted", "min", "max"}
        if not built_in or not self.builtin(call.func.id) or len(call.args) != 1:  # type: ignore[attr-defined]
            return None
        return self._element(call.args[0])

    def _settled(self, name: str) -> Kind | None:
        """The kind of all that is ever bound to a local name; tried as a whole with a first guess for `x += y`."""
        kinds: list[Kind | None] = []
        if name in self._parameters:
            kinds.append(self._given.get(name) or _annotated(self._parameters[name].annotation))
        later: list[ast.AST] = []
        for node in self._bound.get(name, ()):
            if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Assign | ast.AnnAssign) and _mentions(node.value, name)):
                later.append(node)
            else:
                kinds.append(self._bound_to(name, node))
        found = _joined(kinds)
        if found is None:
            return None
        # Twice: what depends on the name itself was first judged by what else is bound to it.
        for node in (*later, *later):
            self._names[name] = found
            added = isinstance(node, ast.AugAssign)
            more = _combined(found, node.op, self.of(node.value)) if added else self._bound_to(name, node)
            found = _joined((found, more))
        if found is not None and found.name in CONTAINERS - {"tuple", "iter", "frozenset"}:
            return self._filled(name, found)
        return found

    def _bound_to(self, name: str, node: ast.AST) -> Kind | None:
        if isinstance(node, ast.AnnAssign):
            return self.of(node.value) if node.value is not None else _annotated(node.annotation)
        if isinstance(node, ast.Assign):
            kinds = [_unpacked(target, self.of(node.value), name, node.value, self) for target in node.targets
                     if name in _targets(target)]  # fmt: skip
            return _joined(kinds)
        if isinstance(node, ast.For | ast.comprehension):
            return _unpacked(node.target, self._element(node.iter), name, None, self)
        if isinstance(node, ast.NamedExpr):
            return self.of(node.value)
        return None

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

    def _filled(self, name: str, kind: Kind) -> Kind:
        """What a local collection holds: unknown as soon as it is used where something else could be put in."""
        keys: list[Kind | None] = [] if kind.of is None and self._empty(name) else [kind.of]
        values: list[Kind | None] = [] if kind.to is None and self._empty(name) else [kind.to]
        for node in _within(self.holder, inside=True):
            if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
                continue
            parent = self.module.parents[node]
            put = self._put(node, parent)
            if put is None:
                return Kind(kind.name)
            keys += put[0]
            values += put[1]
        return Kind(kind.name, _joined(keys) if keys else None, _joined(values) if values else None)

    def _empty(self, name: str) -> bool:
        """Whether all that is bound to it is written as empty."""
        return all(
            isinstance(node, ast.Assign | ast.AnnAssign)
            and (
                (isinstance(node.value, ast.List) and not node.value.elts)
                or (isinstance(node.value, ast.Dict) and not node.value.keys)
                or (isinstance(node.value, ast.Call) and not node.value.args and not node.value.keywords)
            )
            for node in self._bound.get(name, ())
        )

    def _put(self, node: ast.Name, parent: ast.AST) -> tuple[list[Kind | None], list[Kind | None]] | None:
        """What one use of a collection puts into it: ([elements or keys], [values]); None: anything could be."""
        if isinstance(parent, ast.Subscript) and parent.value is node and not isinstance(parent.ctx, ast.Load):
            return self._stored(parent)
        if isinstance(parent, ast.Attribute):
            call = self.module.parents[parent]
            if not isinstance(call, ast.Call) or call.func is not parent or call.keywords:
                return None
            if parent.attr in ADDS and len(call.args) == ADDS[parent.attr] + 1:
                return [self.of(call.args[-1])], []
            if parent.attr == "extend" and len(call.args) == 1:
                return [self._element(call.args[0])], []
            if parent.attr == "setdefault" and len(call.args) == 2:
                return [self.of(call.args[0])], [self.of(call.args[1])]
            return ([], []) if parent.attr in SHRINKS | READS else None
        if isinstance(parent, ast.Return):
            return [], []
        return ([], []) if reads(self.module, node) else None

    def _stored(self, target: ast.Subscript) -> tuple[list[Kind | None], list[Kind | None]] | None:
        if isinstance(target.slice, ast.Slice):
            return None
        if isinstance(target.ctx, ast.Del):
            return [], []
        statement, key = self.module.parents[target], self.of(target.slice)
        kind = self._names.get(target.value.id) if isinstance(target.value, ast.Name) else None
        if isinstance(statement, ast.Assign) and statement.targets == [target]:
            value = self.of(statement.value)
        elif isinstance(statement, ast.AugAssign):
            value = self.of(statement.value)
            value = value if value in (INT, FLOAT, STR) else None
        else:
            return None
        return ([value], []) if kind is not None and kind.name == "list" else ([key], [value])

    def _call(self, node: ast.Call) -> Kind | None:
        function = node.func
        if isinstance(function, ast.Name) and self.builtin(function.id):
            return self._built_in(function.id, node)
        if self.means(function, "re.sub") and node.args and self.of(node.args[0]) == STR:
            return STR
        if self.means(function, "collections.deque") and not node.args:
            return Kind("deque")
        if isinstance(function, ast.Name) and not self.local(function.id):
            return self._returned(function.id, node)
        if isinstance(function, ast.Attribute):
            return self._method(function, node)
        return None

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
            return _joined(self.of(one) for one in node.args)
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
                return _joined((kind.to, self.of(node.args[1])))
            return {"keys": Kind("iter", kind.of), "values": Kind("iter", kind.to)}.get(name)
        if name == "copy":
            return kind
        return INT if name in {"count", "index"} and kind.name in {"list", "tuple"} else None

    def _returned(self, name: str, node: ast.Call) -> Kind | None:
        """What a function of the workspace gives for these arguments."""
        found = self.program.found(self.module, name)
        if found is None:
            return None
        module, function = found
        if not keeps(module, function) or any(isinstance(one, ast.Yield | ast.YieldFrom) for one in _within(function)):
            return None
        given: dict[str, Kind] = {}
        if not any(isinstance(one, ast.Starred) for one in node.args):
            for parameter, argument in zip(function.args.args, node.args, strict=False):
                kind = self.of(argument)
                if kind is not None and is_plain(kind):
                    given[parameter.arg] = kind
        return Kinds(self.program, module, function, given=given, deep=self._deep + 1).returns(function)

    def returns(self, function: ast.FunctionDef) -> Kind | None:
        """What a function gives: its annotation, else all its `return` together."""
        said = _annotated(function.returns)
        if said is not None and (said.of is not None or is_plain(said)):
            return said
        found = [node for node in _within(function) if isinstance(node, ast.Return)]
        kinds = [NONE if node.value is None else self.of(node.value) for node in found]
        if not found or not isinstance(function.body[-1], ast.Return | ast.Raise):
            kinds.append(NONE)
        return _joined(kinds)


def keeps(module: Module, function: ast.FunctionDef) -> bool:
    """Whether nothing but caches stands before a function: what it gives is what its body says."""
    return all(
        module.written(one).partition("(")[0] in {"functools.lru_cache", "functools.cache", "_keeps_results"}
        for one in function.decorator_list
    )


def _joined(
    kinds: "Iterator[Kind | None] | tuple[Kind | None, ...] | list[Kind | None] | map[Kind | None]",
) -> Kind | None:
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
    return _joined((one, other))


def _combined(left: Kind | None, operator: ast.operator, right: Kind | None) -> Kind | None:
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


def _annotated(node: ast.expr | None) -> Kind | None:
    """What an annotation says."""
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return NONE if node.value is None else ANNOTATED.get(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return ANNOTATED.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _joined((_annotated(node.left), _annotated(node.right)))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _held(node.value.id, node.slice)
    return None


def _held(name: str, inner: ast.expr) -> Kind | None:
    name = {"List": "list", "Set": "set", "Dict": "dict", "Tuple": "tuple", "FrozenSet": "frozenset"}.get(name, name)
    if name == "Optional":
        return _joined((_annotated(inner), NONE))
    if name in {"list", "set", "frozenset"}:
        return Kind(name, _annotated(inner))
    if name == "dict" and isinstance(inner, ast.Tuple) and len(inner.elts) == 2:
        return Kind("dict", _annotated(inner.elts[0]), _annotated(inner.elts[1]))
    if name == "tuple":
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return Kind("tuple", _joined(_annotated(one) for one in parts if not _ellipsis(one)))
    return None


def _ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _unpacked(target: ast.expr, kind: Kind | None, name: str, value: ast.expr | None, kinds: Kinds) -> Kind | None:
    """Of one name in what is assigned to a target."""
    if isinstance(target, ast.Name):
        if kind is not None and kind.name == "pair":
            return Kind("tuple", _joined((kind.of, kind.to)))
        return kind
    if isinstance(target, ast.Tuple | ast.List) and not any(isinstance(one, ast.Starred) for one in target.elts):
        place = next((n for n, one in enumerate(target.elts) if name in _targets(one)), None)
        if place is None:
            return None
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            return _unpacked(target.elts[place], kinds.of(value.elts[place]), name, value.elts[place], kinds)
        if kind is None:
            return None
        if kind.name == "pair" and len(target.elts) == 2:
            return _unpacked(target.elts[place], kind.to if place else kind.of, name, None, kinds)
        inner = STR if kind == STR else kind.of if kind.name in {"list", "tuple"} else None
        return _unpacked(target.elts[place], inner, name, None, kinds)
    return None


def _targets(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def _mentions(node: ast.AST | None, name: str) -> bool:
    return node is not None and any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters; those that gather several (`*a`, `**b`) lose their annotation, which is of one of them."""
    gathered = [ast.arg(one.arg) for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *gathered]


def _within(holder: ast.AST, *, inside: bool = False) -> Iterator[ast.AST]:
    """All nodes of a scope; those of functions and classes within it only if `inside`."""
    for node in ast.iter_child_nodes(holder):
        yield node
        if inside or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _within(node, inside=inside)


def _binds(node: ast.AST) -> set[str]:
    """The names that a statement or expression binds itself."""
    if isinstance(node, ast.Assign):
        return set().union(*(_targets(one) for one in node.targets))
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor | ast.comprehension | ast.NamedExpr):
        return _targets(node.target)
    if isinstance(node, ast.With | ast.AsyncWith):
        return {name for item in node.items if item.optional_vars for name in _targets(item.optional_vars)}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return {node.name} if node.name else set()
    if isinstance(node, ast.MatchMapping):
        return {node.rest} if node.rest else set()
    return set(node.names) if isinstance(node, ast.Global | ast.Nonlocal) else set()
