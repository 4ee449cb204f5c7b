"""The one place where a kernel is compiled, and where its plain-NumPy twin takes over."""

import uuid

import numpy as np

from course_lib import _runtime

#: reassoc, contract, arcp, nsz and afn vectorize like full fast-math but keep NaN and infinity, which a course that
#: shows divergence needs.
FASTMATH = {"reassoc", "contract", "arcp", "nsz", "afn"}

OPTIONS = {"cache": True, "error_model": "numpy", "fastmath": FASTMATH, "no_cfunc_wrapper": True}

#: name -> (kernel, twin), for the test that compares the two and for `course warm`.
PAIRS: dict[str, tuple] = {}

#: For code in which the order of operations matters, such as `(x + big) - big`: no reassociation. Only kernels call it,
#: so the wrappers for Python and C, which take longer to compile than the function itself, are left out.
EXACT = {"error_model": "numpy", "fastmath": {"contract"}, "forceinline": True, "no_cpython_wrapper": True,
         "no_cfunc_wrapper": True}

INLINED = EXACT | {"fastmath": FASTMATH}

JIT = _runtime.jit_off_reason is None
if JIT:
    try:
        import numba
    except Exception as error:  # a broken LLVM or an unsupported NumPy: the course still runs
        JIT = False
        _runtime.jit_off_reason = f"Numba does not import: {error}"


def _name_cache_files_apart() -> None:
    """Let two processes compile one kernel at once.

    Numba numbers a kernel's files. Two processes that save it at one moment for two types of number would take the
    same number, and the index would give one of them the other's machine code. With a name of its own a file is, at
    worst, not found and compiled again.
    """
    try:
        from numba.core.caching import IndexDataCacheFile

        numbered = IndexDataCacheFile._data_name
    except (ImportError, AttributeError):  # not the Numba that numbers them
        return
    IndexDataCacheFile._data_name = lambda self, number: f"{numbered(self, number)[:-4]}.{uuid.uuid4().hex[:8]}.nbc"


if JIT:
    _name_cache_files_apart()


def kernel(twin, by_address=False, nogil=False, allocates=False):
    """Compile a loop kernel; without Numba its name stands for `twin`, which takes the same arguments.

    `by_address` lets other kernels take it as an argument, see `address`. With `nogil` other threads of Python run
    meanwhile: for kernels whose arrays belong to one thread. A kernel that makes arrays of its own `allocates`; for all
    others Numba leaves out the counting of references, two instructions a view that every other one waits for, since
    whoever calls a kernel keeps its arguments. error_model="numpy" because a division that may raise keeps a loop from
    being vectorized. Like compiled code, the twin gives no warning for overflow: the infinity or NaN in its result says
    it.
    """
    twin = np.errstate(all="ignore")(twin)

    def decorate(loops):
        own = {"no_cfunc_wrapper": not by_address, "nogil": nogil, "_nrt": allocates}
        compiled = numba.njit(**OPTIONS | own)(loops) if JIT else twin
        PAIRS[f"{loops.__module__}.{loops.__name__}"] = (compiled, twin)
        return compiled

    return decorate


def address(compiled, *arguments):
    """A kernel as an argument of another one, for arguments like these: called by its address, it is compiled once and
    not linked into the kernel that calls it. Without Numba the kernel itself.
    """
    return _Address(compiled, numba.void(*map(numba.typeof, arguments))) if JIT else compiled


if JIT:

    class _Address(numba.types.WrapperAddressProtocol):
        """Numba's interface for a function that is known by its address."""

        def __init__(self, compiled, signature):
            compiled.compile(signature.args)  # as a call from Python asks for it: both share one file of the cache
            self._signature, self._result = signature, compiled.get_compile_result(signature)

        def signature(self):
            return self._signature

        def __wrapper_address__(self):
            return self._result.library.get_pointer_to_function(self._result.fndesc.llvm_cfunc_wrapper_name)


def pasted(driver):
    """The part of a kernel that only calls others: its text replaces the call before the kernel is compiled.

    A compiled helper is linked into every kernel above it and optimized there again, so each floor costs as much as
    all floors below. Worth it for a part called at one place; the same text serves with and without Numba.
    """
    return numba.njit(inline="always")(driver) if JIT else driver


def exact(function):
    """A scalar helper that kernels inline, such as `exp`, computed in the order in which it is written."""
    if not JIT:
        return function
    return numba.njit(**EXACT)(function)


def scalar(function):
    """A function of single numbers that kernels inline; the loop around it still becomes vector instructions."""
    if not JIT:
        return function
    return numba.njit(**INLINED)(function)
