"""A hint to the processor, of which numba has no word."""

from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _prefetch(_: Any, array: Any, _index: Any) -> Any:  # noqa: ANN401 - numba has no types
    """Fetch the cache line of ``array[index]``, of one dimension, that will be read soon."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - numba has no types
        array_type = signature.args[0]
        first = context.make_array(array_type)(context, builder, arguments[0]).data
        address = builder.gep(first, [arguments[1]])
        pointer = builder.bitcast(address, ir.IntType(8).as_pointer())
        hint = builder.module.declare_intrinsic(
            "llvm.prefetch",
            [pointer.type],
            ir.FunctionType(ir.VoidType(), [pointer.type, *[ir.IntType(32)] * 3]),
        )
        # For reading, into every level of cache, of data.
        builder.call(hint, [pointer, *(ir.Constant(ir.IntType(32), flag) for flag in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch: Any = cast("Any", intrinsic)(_prefetch)
