"""Scopes: the nodes of one, and the names that it binds.

Floor 2, pure. Above: kinds.
"""

import ast
from collections.abc import Iterator

__all__ = ["arguments", "binds", "mentions", "targets", "within"]


def targets(node: ast.AST) -> set[str]:
    """The names that are stored to anywhere in it."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def mentions(node: ast.AST | None, name: str) -> bool:
    """Whether the name stands anywhere in it."""
    return node is not None and any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


def arguments(of: ast.arguments) -> list[ast.arg]:
    """All parameters; those that gather several (`*a`, `**b`) lose their annotation, which is of one of them."""
    gathered = [ast.arg(one.arg) for one in (of.vararg, of.kwarg) if one is not None]
    return [*of.posonlyargs, *of.args, *of.kwonlyargs, *gathered]


def within(holder: ast.AST, *, inside: bool = False) -> Iterator[ast.AST]:
    """All nodes of a scope; those of functions and classes within it only if `inside`."""
    for node in ast.iter_child_nodes(holder):
        yield node
        if inside or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from within(node, inside=inside)


def binds(node: ast.AST) -> set[str]:
    """The names that a statement or expression binds itself."""
    if isinstance(node, ast.Assign):
        return set().union(*(targets(one) for one in node.targets))
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor | ast.comprehension | ast.NamedExpr):
        return targets(node.target)
    if isinstance(node, ast.With | ast.AsyncWith):
        return {name for item in node.items if item.optional_vars for name in targets(item.optional_vars)}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return {node.name} if node.name else set()
    if isinstance(node, ast.MatchMapping):
        return {node.rest} if node.rest else set()
    return set(node.names) if isinstance(node, ast.Global | ast.Nonlocal) else set()
