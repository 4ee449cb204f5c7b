"""After `course warm` no chapter has to wait for a kernel."""

import subprocess
import sys

from needs import needs

pytestmark = needs("Numba")

COUNT = """
import sys
from course_lib.app import warm
from course_lib.kernels import jit
for _, call in warm.calls():
    call()
todo = [kernel for module in list(sys.modules.values()) if module.__name__.startswith("course_lib.kernels.")
        for kernel in vars(module).values() if getattr(kernel, "signatures", None)]
ready = set()
while todo:  # what a compiled kernel calls is compiled into it
    kernel = todo.pop().py_func
    ready.add(f"{kernel.__module__}.{kernel.__name__}")
    called = [kernel.__globals__.get(word) for word in kernel.__code__.co_names]
    todo += [k for k in called if hasattr(k, "py_func") and f"{k.py_func.__module__}.{k.py_func.__name__}" not in ready]
for name in sorted(set(jit.PAIRS) - ready):
    print("cold", name)
print("kernels", len(jit.PAIRS))
print("compiled", sum(len(kernel.signatures) for kernel, _ in jit.PAIRS.values()))
"""


def test_every_kernel_is_compiled_by_the_warm_up():
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "cold" not in done.stdout, done.stdout
    assert int(done.stdout.split("kernels ")[1].split()[0]) > 10
