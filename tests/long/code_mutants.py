"""Small faults put into a module's source: comparisons, boolean words, numbers, returns, raises, calls for effect.

Messages, annotations, decorators and docstrings are left alone: a changed word in an error is not a security fault.
Each mutant has a name that survives moved lines: function, what stood there, what stands there now.
"""

from __future__ import annotations

import ast
import copy
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.BitXor: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip
_LONGEST_NAME = 160


@dataclass(frozen=True)
class Mutant:
    """One fault: its name, and what makes the module's source with it."""

    name: str
    tree: ast.Module
    old: ast.AST
    new: ast.AST

    def source(self) -> str:
        """Return the whole module with the fault."""
        changed = copy.deepcopy(self.tree, {id(self.old): self.old})
        return ast.unparse(ast.fix_missing_locations(_Replacing(self.old, self.new).visit(changed)))


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of the source."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    made = []
    for where, old, new in _sites(tree):
        name = f"{where}: {_shown(old)} -> {_shown(new)}"
        seen[name] += 1
        made.append(Mutant(name if seen[name] == 1 else f"{name} #{seen[name]}", tree, old, new))
    return made


def sample(source: str, count: int, seed: str) -> list[Mutant]:
    """Return ``count`` mutants of a module, always the same for one source and seed."""
    every = mutants(source)
    return random.Random(seed).sample(every, len(every))[:count]


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else super().generic_visit(node)


def _sites(node: ast.AST, where: str = "module") -> Iterator[tuple[str, ast.AST, ast.AST]]:
    for child in _children(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            if child.name != "__repr__":
                yield from _sites(child, child.name if where == "module" else f"{where}.{child.name}")
            continue
        for new in _changes(child):
            yield where, child, new
        if not isinstance(child, ast.Raise):
            yield from _sites(child, where)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is worth a look: no annotations, decorators, docstrings or type-checking blocks."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "keywords" if isinstance(node, ast.ClassDef) else ""}:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST) and not _is_silent(one):
                yield one


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, ops=[first, *rest], comparators=comparators):
            yield ast.Compare(left, [_COMPARISONS[type(first)](), *rest], comparators)
            if rest:
                yield ast.Compare(left, [first, *(_COMPARISONS[type(one)]() for one in rest)], comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            yield ast.BinOp(left, _OPERATORS[type(operator)](), right)
        case ast.Constant():
            yield from _other_constants(node.value)
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _other_constants(value: object) -> Iterator[ast.Constant]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int():
            yield ast.Constant(value + 1)
        case bytes() if value:
            yield ast.Constant(bytes([value[0] ^ 1]) + value[1:])
