"""Start the kernel of one submission: `python -m course_lib.grading.inside.start LIMITS NUMBER`.

NUMBER is that of the open socket to the grader, the only thing that leads out of the sandbox.
"""

import json
import os
import resource
import shutil
import sys
from pathlib import Path

from course_lib import _runtime


def limit(limits: dict) -> None:
    """Lower this process's own limits for good, and those of all its children; what is not named is not limited."""
    wanted = {
        "RLIMIT_AS": limits.get("memory"),
        "RLIMIT_FSIZE": limits.get("file_bytes"),
        "RLIMIT_CPU": limits.get("processor_seconds"),
        "RLIMIT_NPROC": limits.get("processes"),
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            value = hard if value is None else value if hard == resource.RLIM_INFINITY else min(value, hard)
            try:
                resource.setrlimit(kind, (value, value))
            except (ValueError, OSError):  # not on every system
                pass


def bring_caches(folder: Path) -> None:
    """Have compiled kernels and the list of fonts where this process may write: of kernels, which are large and which
    Numba replaces and never changes, links.
    """
    kernels = folder / "numba" / _runtime.sources_hash()
    if _runtime.cache_folder is not None and kernels.is_dir():
        shutil.copytree(kernels, _runtime.cache_folder, dirs_exist_ok=True, copy_function=os.symlink)
    if (folder / "matplotlib").is_dir() and "MPLCONFIGDIR" in os.environ:
        shutil.copytree(folder / "matplotlib", os.environ["MPLCONFIGDIR"], dirs_exist_ok=True)


def main(argv: list[str]) -> None:
    """Serve one submission until killed."""
    limit(json.loads(argv[0]))
    bring_caches(Path(__file__).resolve().parents[3])

    from course_lib.grading.inside import neutral

    neutral.install()
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    from course_lib import exercises
    from course_lib.grading.inside.bridge import Bridge
    from course_lib.grading.inside.kernel import GradingKernel

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.IPKernelApp.kernel_class = GradingKernel
    bridge = Bridge(int(argv[1]), Path(os.environ["HOME"]))
    exercises.ask = bridge.ask
    app = IPKernelApp.instance(config=config)
    app.initialize(["-f", str(bridge.file)])
    bridge.start()
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
