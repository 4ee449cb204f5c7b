"""Vectors of numbers that stay in the processor's registers, for kernels whose speed depends on nothing else.

A core multiplies and adds 16 float32 numbers at once (AVX-512; 8 with AVX2), but only numbers that are already in its
registers, and it has 32 of those (16 with AVX2). A plain loop over arrays loads and stores an accumulator for every
product, and waits for memory. So the fast kernels keep a *tile* of results in registers until it is finished:

    tile = vectors.fill(rows, lanes, out, 0)                                   # R vectors of L zeros
    for k in range(K):
        tile = vectors.multiply_add(tile, w, R * k, 1, x, L * k)                # R L products, R + L numbers loaded
    vectors.store(tile, out, 0, L)

Numba has no such type, but lets a module define one: `Vector` is LLVM's <L x float>, a tile is a tuple of R vectors,
and each function below says which instructions it stands for. The number of rows and of lanes must be known when the
kernel is compiled: they are the *lengths* of two tuples, `rows` and `lanes` (see `tuple_of`), never their contents. A
kernel compiled for lengths is kept in Numba's cache; one made by a function around it would be compiled in every
process.

Arrays are C-contiguous and seen flat: `at` is the place of the first number, `step` the distance between the rows of a
tile. Nothing checks that a place lies inside of the array.
"""

import math
import operator
import os

import numpy as np

from course_lib.kernels.jit import JIT

if JIT:
    from llvmlite import binding, ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, models, overload, register_model

    class Vector(types.Type):
        """The Numba type of `count` numbers of type `number` in registers."""

        def __init__(self, number, count):
            self.number, self.count = number, count
            super().__init__(name=f"Vector({number}, {count})")

    @register_model(Vector)
    class VectorModel(models.PrimitiveModel):
        """A Vector is a value of LLVM's type <count x number>."""

        def __init__(self, manager, vector):
            number = manager.lookup(vector.number).get_value_type()
            super().__init__(manager, vector, ir.VectorType(number, vector.count))

else:

    def intrinsic(function):
        """Without Numba kernels are their NumPy twins, and nothing calls what follows."""
        return function


# ---- how large a tile is ---------------------------------------------------------------------------------------------


def _has(feature: str, level: str) -> bool:
    """Whether the processor for which Numba compiles has these instructions; `level` is the x86-64 name with them."""
    if not JIT:
        return False
    named = os.environ.get("NUMBA_CPU_NAME")
    if named:  # such as x86-64-v3, for a cache that serves several kinds of machine
        return named.startswith("x86-64-v") and named >= level
    return bool(binding.get_host_cpu_features().get(feature))


#: Lanes of float32; float64 has half as many. And how many vectors of so many lanes a tile should have at most: with
#: AVX-512 a vector fills 2 of 32 registers, else 2 of 16 (AVX2) or 4 of 32 (ARM); some are needed for the factors.
WIDE = _has("avx512f", "x86-64-v4")
LANES = 32 if WIDE else 16
ROWS = 8 if WIDE else 6
#: The same for `outer`, whose vectors fill one register each.
OUTER_LANES = 16 if WIDE else 8
OUTER_ROWS = 20 if WIDE else 10


def tuple_of(length: int) -> tuple[None, ...]:
    """A tuple whose length tells a kernel, while it is compiled, the number of rows or lanes."""
    return (None,) * length


def lanes_of(dtype) -> int:
    """How many samples stand side by side in arrays of this type: the same number of bytes for both."""
    return LANES * 4 // np.dtype(dtype).itemsize


def short_of(dtype) -> int:
    """The lanes of a tile of `outer`."""
    return OUTER_LANES * 4 // np.dtype(dtype).itemsize


def rows_for(count: int, most: int = ROWS, shared: float = 2) -> int:
    """Rows of a tile for `count` results: at most `most`, so that tiles of equal size cover them with little overlap.

    A tile costs about as much as its rows and `shared` more. Of sizes that cost nearly the same the largest is taken,
    so that few serve all: each one is compiled.
    """
    cost = {rows: -(-count // rows) * (rows + shared) for rows in range(min(count, most), 0, -1)}
    return next(rows for rows in cost if cost[rows] <= 1.05 * min(cost.values()))


def outer_rows_for(count: int, columns: int) -> int:
    """Rows of a tile of `outer` with so many columns."""
    return rows_for(count, max(1, OUTER_ROWS // columns), shared=0.5)


def aligned(shape, dtype, fresh=np.zeros) -> np.ndarray:
    """Zeros that begin at a multiple of 64 bytes, so that no vector straddles two cache lines; `np.empty` as `fresh`
    leaves the zeros out.
    """
    size, line = math.prod(shape), 64 // np.dtype(dtype).itemsize
    memory = fresh(size + line, dtype)
    first = -_begins(memory) % 64 // memory.itemsize
    return memory[first : first + size].reshape(shape)


def is_aligned(array) -> bool:
    """Whether it begins like an array of `aligned`."""
    return _begins(array) % 64 == 0


def _begins(array) -> int:
    address, _ = array.__array_interface__["data"]
    return address


# ---- parts of the instructions below ---------------------------------------------------------------------------------
# c, b: Numba's context and LLVM's builder, which appends instructions. An intrinsic returns the types of its result and
# arguments, and a function that builds the code from the values of the arguments.


def _address(c, b, array, value, at):
    """The address of array[at]."""
    return b.gep(c.make_array(array)(c, b, value).data, [at])


def _load_vector(c, b, array, value, at, count):
    number = c.get_value_type(array.dtype)
    vector = ir.VectorType(number, count)
    loaded = b.load(b.bitcast(_address(c, b, array, value, at), vector.as_pointer()))
    loaded.align = array.dtype.bitwidth // 8
    return loaded


def _store_vector(c, b, array, value, at, vector):
    stored = b.store(vector, b.bitcast(_address(c, b, array, value, at), vector.type.as_pointer()))
    stored.align = array.dtype.bitwidth // 8


def _places(numbers):
    """The lanes that a shuffle takes, as it asks for them."""
    return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), list(numbers))


def _splat(b, number, count):
    """The same number in all lanes."""
    vector = ir.VectorType(number.type, count)
    one = b.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return b.shuffle_vector(one, ir.Constant(vector, ir.Undefined), _places([0] * count))


def _row(b, at, row, step):
    """at + row step."""
    return b.add(at, b.mul(step, ir.Constant(step.type, row)))


def _call(b, name, result, arguments):
    """One of LLVM's own functions, such as llvm.fma."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return b.call(cgutils.get_or_insert_function(b.module, kind, name), arguments)


def _kind(vector) -> str:
    """LLVM's short name of a vector type: v32f32."""
    return f"v{vector.count}f{32 if isinstance(vector.element, ir.FloatType) else 64}"


def _fma(b, x, y, z):
    """x y + z, rounded once."""
    return _call(b, f"llvm.fma.{_kind(x.type)}", x.type, [x, y, z])


def _keeps(b, old, new):
    """Whether a maximum so far stays, for each lane: not where `new` is larger or NaN, so NaN comes in and stays."""
    return b.and_(b.fcmp_ordered("ord", new, new), b.fcmp_unordered("<=", new, old))


def _unpack(b, tile):
    return [b.extract_value(tile, row) for row in range(tile.type.count)]


def _tile(number, rows, lanes):
    return types.UniTuple(Vector(number, lanes), rows)


# ---- into and out of registers ---------------------------------------------------------------------------------------


@intrinsic
def fill(typing, rows, lanes, like, value):
    """A tile with `value` everywhere, numbers of the type of the array `like`."""
    tile = _tile(like.dtype, len(rows), len(lanes))

    def build(c, b, signature, arguments):
        number = c.cast(b, arguments[3], value, like.dtype)
        return c.make_tuple(b, tile, [_splat(b, number, len(lanes))] * len(rows))

    return tile(rows, lanes, like, value), build


@intrinsic
def spread(typing, rows, lanes, x, at):
    """A tile whose row r is x[at + r] in all lanes."""
    tile = _tile(x.dtype, len(rows), len(lanes))

    def build(c, b, signature, arguments):
        _, _, values, first = arguments
        numbers = [b.load(_address(c, b, x, values, _row(b, first, row, ir.Constant(first.type, 1))))
                   for row in range(len(rows))]
        return c.make_tuple(b, tile, [_splat(b, number, len(lanes)) for number in numbers])

    return tile(rows, lanes, x, types.intp), build


@intrinsic
def load(typing, rows, lanes, x, at, step):
    """A tile whose row r is x[at + r step : ... + L]."""
    tile = _tile(x.dtype, len(rows), len(lanes))

    def build(c, b, signature, arguments):
        _, _, values, first, distance = arguments
        return c.make_tuple(b, tile, [_load_vector(c, b, x, values, _row(b, first, row, distance), len(lanes))
                                      for row in range(len(rows))])

    return tile(rows, lanes, x, types.intp, types.intp), build


@intrinsic
def store(typing, tile, out, at, step):
    """out[at + r step : ... + L] = row r."""

    def build(c, b, signature, arguments):
        vectors, values, first, distance = arguments
        for row, vector in enumerate(_unpack(b, vectors)):
            _store_vector(c, b, out, values, _row(b, first, row, distance), vector)
        return c.get_dummy_value()

    return types.void(tile, out, types.intp, types.intp), build


@intrinsic
def lanes_like(typing, x):
    """The tuple for the lanes of arrays like x, for a kernel that is not told."""
    lanes = types.UniTuple(types.intp, lanes_of(str(x.dtype)))

    def build(c, b, signature, arguments):
        return c.get_constant_null(lanes)

    return lanes(x), build


# ---- one vector, in formulas -----------------------------------------------------------------------------------------
# A kernel that goes through memory once, number by number, takes as many numbers as it likes at a time: LLVM makes
# several registers of a long vector. Its formula is written as for single numbers, with which a vector may be mixed.


@intrinsic
def take(typing, lanes, x, at):
    """The vector x[at : at + L]."""
    vector = Vector(x.dtype, len(lanes))

    def build(c, b, signature, arguments):
        return _load_vector(c, b, x, *arguments[1:], vector.count)

    return vector(lanes, x, types.intp), build


@intrinsic
def put(typing, vector, out, at):
    """out[at : at + L] = vector."""

    def build(c, b, signature, arguments):
        _store_vector(c, b, out, *arguments[1:], arguments[0])
        return c.get_dummy_value()

    return types.void(vector, out, types.intp), build


def _lane_by_lane(x, y, instruction):
    """The type and the code of an operation on two vectors, or on a vector and a number."""
    vector = x if isinstance(x, Vector) else y

    def build(c, b, signature, arguments):
        sides = [value if isinstance(kind, Vector) else _splat(b, c.cast(b, value, kind, vector.number), vector.count)
                 for kind, value in zip((x, y), arguments, strict=True)]
        return getattr(b, instruction)(*sides, flags=("contract",))  # x y + z may be one instruction

    return vector(x, y), build


@intrinsic
def _sum(typing, x, y):
    return _lane_by_lane(x, y, "fadd")


@intrinsic
def _difference(typing, x, y):
    return _lane_by_lane(x, y, "fsub")


@intrinsic
def _product(typing, x, y):
    return _lane_by_lane(x, y, "fmul")


@intrinsic
def _quotient(typing, x, y):
    return _lane_by_lane(x, y, "fdiv")


def _reciprocal(b, y):
    """1 / y of float32 to about the last place, on AVX-512: an estimate of 14 bits, and one step of Newton's."""
    whole, part = y.type, ir.VectorType(y.type.element, OUTER_LANES)
    nothing, everywhere = ir.Constant(part, ir.Undefined), ir.Constant(ir.IntType(16), -1)
    pieces = []
    for first in range(0, whole.count, OUTER_LANES):
        piece = b.shuffle_vector(y, ir.Constant(whole, ir.Undefined), _places(range(first, first + OUTER_LANES)))
        pieces.append(_call(b, "llvm.x86.avx512.rcp14.ps.512", part, [piece, nothing, everywhere]))
    while len(pieces) > 1:  # two by two into one vector again
        places = _places(range(2 * pieces[0].type.count))
        pieces = [b.shuffle_vector(one, other, places) for one, other in zip(pieces[::2], pieces[1::2], strict=True)]
    estimate, one = pieces[0], ir.Constant(whole, [1.0] * whole.count)
    return _fma(b, estimate, _fma(b, b.fneg(y), estimate, one), estimate)


#: what `over` divides by where it is more: 1 / y is then still a number of full length
LARGEST = 1e37


@intrinsic
def over(typing, x, y):
    """x / y of two vectors, to about the last place, for y > 0: where a root is taken beside it, this is faster than a
    division, which has to wait for the same part of the processor.
    """

    def build(c, b, signature, arguments):
        top, bottom = arguments
        if not (WIDE and x.number == types.float32 and x.count % OUTER_LANES == 0):
            return b.fdiv(top, bottom)
        most = ir.Constant(bottom.type, [LARGEST] * x.count)
        return b.fmul(top, _reciprocal(b, b.select(b.fcmp_unordered("<", bottom, most), bottom, most)),
                      flags=("contract",))

    return x(x, y), build


@intrinsic
def _root(typing, x):

    def build(c, b, signature, arguments):
        return _call(b, f"llvm.sqrt.{_kind(arguments[0].type)}", arguments[0].type, arguments)

    return x(x), build


if JIT:

    def _in_formulas(function, compute):
        """Let the operator `function` stand for the intrinsic `compute` where there is a Vector among two operands."""

        @overload(function)
        def choose(x, y):
            if isinstance(x, Vector) or isinstance(y, Vector):
                return lambda x, y: compute(x, y)

    for _operator, _compute in ((operator.add, _sum), (operator.sub, _difference), (operator.mul, _product),
                                (operator.truediv, _quotient)):
        _in_formulas(_operator, _compute)

    @overload(math.sqrt)
    def _square_root(x):
        if isinstance(x, Vector):
            return lambda x: _root(x)


# ---- products --------------------------------------------------------------------------------------------------------


@intrinsic
def multiply_add(typing, tile, w, at, step, x, x_at):
    """Row r += w[at + r step] * x[x_at : x_at + L]."""

    def build(c, b, signature, arguments):
        vectors, weights, first, distance, values, place = arguments
        lanes = tile.dtype.count
        factor = _load_vector(c, b, x, values, place, lanes)
        result = []
        for row, vector in enumerate(_unpack(b, vectors)):
            weight = b.load(_address(c, b, w, weights, _row(b, first, row, distance)))
            result.append(_fma(b, _splat(b, weight, lanes), factor, vector))
        return c.make_tuple(b, tile, result)

    return tile(tile, w, types.intp, types.intp, x, types.intp), build


@intrinsic
def outer(typing, tile, columns, x, at, step, y, y_at, y_step):
    """Row r K + k += x[at + r step : ... + L] * y[y_at + k y_step : ... + L], for K columns."""

    def build(c, b, signature, arguments):
        vectors, _, left, first, distance, right, place, shift = arguments
        lanes, K = tile.dtype.count, len(columns)
        R = tile.count // K
        xs = [_load_vector(c, b, x, left, _row(b, first, row, distance), lanes) for row in range(R)]
        ys = [_load_vector(c, b, y, right, _row(b, place, column, shift), lanes) for column in range(K)]
        return c.make_tuple(b, tile, [_fma(b, xs[i // K], ys[i % K], vector)
                                      for i, vector in enumerate(_unpack(b, vectors))])

    place = types.intp
    return tile(tile, columns, x, place, place, y, place, place), build


@intrinsic
def add_sums(typing, tile, columns, first_row, out, at, step):
    """out[at + r step + k] += the sum of the lanes of row r K + k, for K columns and r = first_row, ..."""

    def build(c, b, signature, arguments):
        vectors, _, start, values, first, distance = arguments
        K = len(columns)
        zero = ir.Constant(c.get_value_type(tile.dtype.number), 0.0)
        for i, vector in enumerate(_unpack(b, vectors)):
            with b.if_then(b.icmp_signed(">=", ir.Constant(start.type, i // K), start)):
                total = _call(b, f"llvm.vector.reduce.fadd.{_kind(vector.type)}", zero.type, [zero, vector])
                total.fastmath.add("reassoc")  # in pairs, not one lane after another
                place = _row(b, b.add(first, ir.Constant(first.type, i % K)), i // K, distance)
                pointer = _address(c, b, out, values, place)
                b.store(b.fadd(b.load(pointer), total), pointer)
        return c.get_dummy_value()

    return types.void(tile, columns, types.intp, out, types.intp, types.intp), build


# ---- lane by lane ----------------------------------------------------------------------------------------------------


def _by_rows(tile, arguments, combine):
    """The type and the code of a tile whose vectors are made of those of the tiles among the arguments."""

    def build(c, b, signature, values):
        columns = [_unpack(b, value) if isinstance(argument, types.UniTuple) else [value] * tile.count
                   for argument, value in zip(arguments, values, strict=True)]
        return c.make_tuple(b, tile, [combine(c, b, *row) for row in zip(*columns, strict=True)])

    return tile(*arguments), build


@intrinsic
def add(typing, tile, other):
    """Sum of two tiles."""
    return _by_rows(tile, (tile, other), lambda c, b, one, two: b.fadd(one, two))


@intrinsic
def multiply(typing, tile, other):
    """Product of two tiles, number by number."""
    return _by_rows(tile, (tile, other), lambda c, b, one, two: b.fmul(one, two))


@intrinsic
def larger(typing, best, tile):
    """The larger of two numbers; NaN where there is one."""
    return _by_rows(best, (best, tile), lambda c, b, old, new: b.select(_keeps(b, old, new), old, new))


@intrinsic
def which(typing, codes, code, best, tile):
    """`code` where `larger(best, tile)` takes from `tile`, the codes there were elsewhere."""
    whole = codes.dtype.number

    def combine(c, b, kept, number, old, new):
        number = _splat(b, c.cast(b, number, code, whole), codes.dtype.count)
        return b.select(_keeps(b, old, new), kept, number)

    return _by_rows(codes, (codes, code, best, tile), combine)


@intrinsic
def where_code(typing, codes, code, tile):
    """The tile where the codes equal `code`, 0 elsewhere."""
    whole = codes.dtype.number

    def combine(c, b, found, number, vector):
        number = _splat(b, c.cast(b, number, code, whole), codes.dtype.count)
        return b.select(b.icmp_signed("==", found, number), vector, ir.Constant(vector.type, None))

    return _by_rows(tile, (codes, code, tile), combine)
