"""Vectors of float32 in compiled functions, which numba has no word for.

LLVM makes vector instructions of a loop over columns by itself, but for a few
columns it spends longer on finding out whether it may than on computing. These
leave it no choice; where a processor has no register as wide, it takes several.

Two processes may compile two kernels, and a third load both from the cache. A
name that both use has to mean the same there, so each is made of what it means.

What is written with `Lanes` and with ``+ - * /`` works on as many columns at
once as these have, or on one.
"""
# ruff: noqa: ANN401 - numba's ways to extend it have no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import hashlib
import operator
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_jitable, register_model

from linear_learner.compiled import LEAN, compiled

P = ParamSpec("P")
R = TypeVar("R")

_SOURCE: Final = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
"""Part of the names of what is made of this file, of which numba sees no changes itself."""

_FLOAT_BYTES: Final = 4
_INT32: Final = ir.IntType(32)
_BYTE_POINTER: Final = ir.IntType(8).as_pointer()
_ANY_TYPES: Final[Any] = types
_ANY_MODELS: Final[Any] = models
_intrinsic: Final[Any] = intrinsic
_MAY_FUSE: Final = ("contract",)
"""Multiplication and addition may be one instruction, where there is one."""


def kernel(signature: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function that allocates nothing, and that may call what is made here."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        function.__qualname__ += f"_{_SOURCE}"
        return compiled(signature, **LEAN)(function)

    return decorate


def jitable(function: Any, *names: object) -> Any:
    """Let kernels call a function; the names tell it from others of its own name."""
    function.__qualname__ = "_".join(map(str, (function.__qualname__, *names, _SOURCE)))
    return cast("Any", register_jitable)(**LEAN)(function)


class _Vector(_ANY_TYPES.Type):
    """numba's type of a vector."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"float32x{width}")

    @property
    def held(self) -> Any:
        """LLVM's type of it."""
        return ir.VectorType(ir.FloatType(), self.width)


@register_model(_Vector)
class _VectorModel(_ANY_MODELS.PrimitiveModel):
    def __init__(self, manager: Any, of: _Vector) -> None:
        super().__init__(manager, of, of.held)


@dataclass(frozen=True, eq=False)
class Lanes:
    """Some adjacent columns at once.

    Attributes
    ----------
    width
        How many.
    load
        ``load(matrix, row, column)``: those from the column on.
    store
        ``store(matrix, row, column, values)``.
    of
        ``of(x)``: a number in every column.
    root, least, most, unless_below
        Square root; the lesser and the greater of two; the first, or 0 where
        it is nearer to 0 than the second.
    """

    width: int
    load: Any
    store: Any
    of: Any
    root: Any
    least: Any
    most: Any
    unless_below: Any


def _spread(builder: Any, x: Any, of: Any, wanted: _Vector) -> Any:
    """Return a vector, made of a number if it is none."""
    if isinstance(of, _Vector):
        return x
    none = ir.Constant(wanted.held, ir.Undefined)
    first = builder.insert_element(none, x, ir.Constant(_INT32, 0))
    lanes = ir.Constant(ir.VectorType(_INT32, wanted.width), [0] * wanted.width)
    return builder.shuffle_vector(first, none, lanes)


def _binary(emit: Callable[[Any, Any, Any], Any]) -> Any:
    """Make a function of two vectors, or of a vector and a number."""

    def typed(_: Any, a: Any, b: Any) -> Any:
        vector = a if isinstance(a, _Vector) else b

        def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            x, y = (
                _spread(builder, value, of, vector)
                for value, of in zip(arguments, signature.args, strict=True)
            )
            return emit(builder, x, y)

        return vector(
            *(of if isinstance(of, _Vector) else types.float32 for of in (a, b))
        ), generate

    return _intrinsic(typed)


def _operator(symbol: Any, function: Any) -> None:
    """Give vectors an operator."""

    def implementation(a: Any, b: Any) -> Any:
        return function(a, b)

    implementation.__qualname__ = f"vector_{symbol.__name__}_{_SOURCE}"

    def resolve(a: Any, b: Any) -> Any:
        return implementation if isinstance(a, _Vector) or isinstance(b, _Vector) else None

    cast("Any", overload)(symbol)(resolve)


_operator(operator.add, _binary(lambda to, x, y: to.fadd(x, y, flags=_MAY_FUSE)))
_operator(operator.sub, _binary(lambda to, x, y: to.fsub(x, y, flags=_MAY_FUSE)))
_operator(operator.mul, _binary(lambda to, x, y: to.fmul(x, y, flags=_MAY_FUSE)))
_operator(operator.truediv, _binary(lambda to, x, y: to.fdiv(x, y)))


def _call_of_llvm(builder: Any, name: str, x: Any) -> Any:
    """Call one of LLVM's functions of a vector; llvmlite can name those of numbers alone."""
    full_name = f"llvm.{name}.v{x.type.count}f32"
    known = builder.module.globals.get(full_name)
    function = known or ir.Function(builder.module, ir.FunctionType(x.type, [x.type]), full_name)
    return builder.call(function, [x])


def _unless_below(builder: Any, x: Any, limit: Any) -> Any:
    magnitude = _call_of_llvm(builder, "fabs", x)
    return builder.select(builder.fcmp_ordered("<", magnitude, limit), ir.Constant(x.type, None), x)


_least = _binary(lambda to, x, y: to.select(to.fcmp_ordered("<", x, y), x, y))
_most = _binary(lambda to, x, y: to.select(to.fcmp_ordered(">", x, y), x, y))


def _address(context: Any, builder: Any, of: Any, arguments: Any, vector: _Vector) -> Any:
    matrix = context.make_array(of)(context, builder, arguments[0])
    columns = builder.extract_value(matrix.shape, 1)
    item = builder.add(builder.mul(arguments[1], columns), arguments[2])
    return builder.bitcast(builder.gep(matrix.data, [item]), vector.held.as_pointer())


def _lanes(width: int) -> Lanes:
    vector = _Vector(width)

    def load(_: Any, matrix: Any, _row: Any, _column: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = _address(context, builder, signature.args[0], arguments, vector)
            return builder.load(place, align=_FLOAT_BYTES)

        return vector(matrix, types.intp, types.intp), generate

    def store(_: Any, matrix: Any, _row: Any, _column: Any, _values: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = _address(context, builder, signature.args[0], arguments, vector)
            builder.store(arguments[3], place, align=_FLOAT_BYTES)
            return context.get_dummy_value()

        return types.void(matrix, types.intp, types.intp, vector), generate

    def of(_: Any, x: Any) -> Any:
        def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _spread(builder, arguments[0], signature.args[0], vector)

        return vector(x), generate

    def root(_: Any, _x: Any) -> Any:
        def generate(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return _call_of_llvm(builder, "sqrt", arguments[0])

        return vector(vector), generate

    made = map(_intrinsic, (load, store, of, root))
    return Lanes(width, *made, least=_least, most=_most, unless_below=_binary(_unless_below))


_WIDTHS: Final = tuple(map(_lanes, (16, 8, 4, 1)))


def for_columns(by: Callable[[Lanes], Any]) -> Any:
    """Make a compiled function that does for all columns what another does for some.

    Parameters
    ----------
    by
        Returns, for lanes, a function of a column and of more arguments.

    Returns
    -------
    Any
        A function of the number of columns, and of a tuple of these arguments.
    """
    by_16, by_8, by_4, by_1 = (jitable(by(lanes), lanes.width) for lanes in _WIDTHS)

    def all_columns(columns: int, arguments: Any) -> None:
        column = 0
        while column + 16 <= columns:
            by_16(column, *arguments)
            column += 16
        if column + 8 <= columns:
            by_8(column, *arguments)
            column += 8
        if column + 4 <= columns:
            by_4(column, *arguments)
            column += 4
        while column < columns:
            by_1(column, *arguments)
            column += 1

    return jitable(all_columns, by.__module__, by.__qualname__)


def _item(_: Any, array: Any, _index: Any) -> Any:
    """Return ``array[index]`` of one dimension, where the index is surely not negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load(builder.gep(first, [arguments[1]]))

    return array.dtype(array, types.intp), generate


def _prefetch(_: Any, array: Any, _index: Any) -> Any:
    """Fetch the cache line where ``array[index]`` begins, which will be read soon."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = context.make_array(signature.args[0])(context, builder, arguments[0])
        at = arguments[1]
        for axis in range(1, signature.args[0].ndim):
            at = builder.mul(at, builder.extract_value(of.shape, axis))
        pointer = builder.bitcast(builder.gep(of.data, [at]), _BYTE_POINTER)
        kind = ir.FunctionType(ir.VoidType(), [_BYTE_POINTER, _INT32, _INT32, _INT32])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [_BYTE_POINTER], kind)
        # For reading, into every level of cache, of data.
        builder.call(hint, [pointer, *(ir.Constant(_INT32, flag) for flag in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


item: Final[Any] = _intrinsic(_item)
prefetch: Final[Any] = _intrinsic(_prefetch)
