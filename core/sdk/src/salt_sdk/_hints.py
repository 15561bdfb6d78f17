"""Annotations as types: of functions and classes, also written as strings, on every Python.

Annotations are read when they are first needed, never at import: a name may be defined below.
"""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from collections.abc import Mapping
from types import FunctionType
from typing import Any, Callable, TypeVar

NONE = type(None)


class Unresolved(TypeError):
    """An annotation names something that does not exist at run time."""


class _OldUnions(ast.NodeTransformer):
    """``A | B`` as ``Union[A, B]``: on Python 3.9 types have no ``|``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        union = ast.Subscript(
            value=ast.Name(id="__salt_Union", ctx=ast.Load()),
            slice=ast.Tuple(elts=[node.left, node.right], ctx=ast.Load()),
            ctx=ast.Load(),
        )
        return ast.copy_location(union, node)


def _evaluate(text: str, names: Mapping[str, Any], where: str) -> Any:
    space: dict[str, Any] = {"__salt_Union": typing.Union, **names}
    try:
        tree: ast.AST = ast.parse(text.strip(), mode="eval")
        if sys.version_info < (3, 10):
            tree = ast.fix_missing_locations(_OldUnions().visit(tree))
        found = eval(compile(typing.cast(Any, tree), "<annotation>", "eval"), space)
    except Exception as error:
        raise Unresolved(
            f"the annotation {text!r} of {where} cannot be read: {error}; "
            "it must exist at run time, not only for a type checker"
        ) from error
    return _inner(found, names, where)


def _inner(found: Any, names: Mapping[str, Any], where: str) -> Any:
    """``found`` with strings inside it (``List["Node"]``) read too."""
    if found is None:
        return NONE
    if isinstance(found, str):
        return _evaluate(found, names, where)
    if isinstance(found, typing.ForwardRef):
        return _evaluate(found.__forward_arg__, names, where)
    return _map(found, lambda part: _inner(part, names, where))


def _map(hint: Any, change: Callable[[Any], Any]) -> Any:
    """``hint`` with each of its arguments changed."""
    parts = typing.get_args(hint)
    if not parts or typing.get_origin(hint) is typing.Literal:
        return hint
    if hasattr(hint, "__metadata__"):
        inner = (change(parts[0]), *hint.__metadata__)
        return typing.Annotated[inner]
    new = tuple(p if p is ... or isinstance(p, list) or p == () else change(p) for p in parts)
    if new == parts:
        return hint
    if type(hint).__name__ == "UnionType":
        return typing.Union[new]
    if hasattr(hint, "copy_with"):
        return hint.copy_with(new)
    return typing.get_origin(hint)[new]


def of_function(function: Any, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Name to type for each annotated parameter, and ``return``.

    ``extra`` holds names of the scope in which a function inside a function was written.

    Raises:
        Unresolved: An annotation cannot be read.
    """
    names: dict[str, Any] = dict(extra or {})
    if isinstance(function, FunctionType):
        names = {**function.__globals__, **names, **_type_parameters(function)}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                names[name] = cell.cell_contents
            except ValueError:  # not yet assigned
                continue
    return {
        name: _inner(annotation, names, f"{function.__name__}, {name}")
        for name, annotation in getattr(function, "__annotations__", {}).items()
    }


def of_class(cls: Any) -> dict[str, Any]:
    """Name to type for each annotated field of a class and of its bases.

    Raises:
        Unresolved: An annotation cannot be read.
    """
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        module = sys.modules.get(base.__module__)
        names: dict[str, Any] = dict(vars(module)) if module is not None else {}
        names.update(_type_parameters(base))
        names.setdefault(base.__name__, base)
        for owner in base.__mro__:
            names.setdefault(owner.__name__, owner)
        for name, annotation in _own(base).items():
            found[name] = _inner(annotation, names, f"{base.__qualname__}.{name}")
    return found


def _type_parameters(generic: Any) -> dict[str, Any]:
    """``T`` of ``class Box[T]``: known inside it only."""
    return {parameter.__name__: parameter for parameter in getattr(generic, "__type_params__", ())}


def _own(cls: Any) -> dict[str, Any]:
    if sys.version_info >= (3, 10):
        return inspect.get_annotations(cls)
    own: dict[str, Any] = vars(cls).get("__annotations__", {})
    return own


def substitute(hint: Any, bound: Mapping[Any, Any]) -> Any:
    """``hint`` with its type variables replaced; one that is not bound becomes ``Any``."""
    if isinstance(hint, TypeVar):
        return bound.get(hint, hint.__bound__ or Any)
    return _map(hint, lambda part: substitute(part, bound))


def bindings(alias: Any) -> dict[Any, Any]:
    """What ``Box[int]`` or a class that derives from it binds: type variable to type."""
    origin = typing.get_origin(alias) or alias
    bound: dict[Any, Any] = dict(zip(getattr(origin, "__parameters__", ()), typing.get_args(alias)))
    for base in getattr(origin, "__orig_bases__", ()):
        if typing.get_origin(base) in (None, typing.Generic, typing.Protocol):
            continue
        inner = bindings(base)
        bound.update({var: substitute(hint, bound) for var, hint in inner.items()})
    return bound
