"""The `course` command. Every subcommand lives where its work is done; here is only the table of them."""

import argparse
import importlib
import sys

#: name -> (module with `main(argv) -> int | None`, what it does)
COMMANDS = {
    "lab": ("course_lib.app.lab", "open the chapters in JupyterLab, in your own working copy"),
    "update": ("course_lib.app.lab", "bring newer chapters into your working copy; your answers are kept"),
    "test": ("course_lib.app.testing", "prove that everything works: all tests and all notebooks"),
    "doctor": ("course_lib.app.doctor", "look for what is wrong on this machine, each finding with its remedy"),
    "warm": ("course_lib.app.warm", "compile all kernels now, so that no chapter has to wait"),
    "data": ("course_lib.datasets.download", "fetch the full-size data sets; the course runs without them"),
    "build": ("course_lib.authoring", "make student and solution notebooks from the chapter sources"),
    "grade": ("course_lib.grading.grade", "grade what a class handed in: points, feedback, exports"),
    "bench": ("course_lib.app.testing",
              "measure: `course bench speed`, `conv`, `recurrent`, `frames`, `grading`, `checks`"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; everything after its name belongs to it."""
    parser = argparse.ArgumentParser(prog="course", description="The neural-networks course.", add_help=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (_, text) in COMMANDS.items():
        commands.add_parser(name, help=text, description=text, add_help=False)
    argv = sys.argv[1:] if argv is None else argv
    if not argv:
        parser.print_help()
        return 0
    chosen = parser.parse_args(argv[:1]).command
    module = importlib.import_module(COMMANDS[chosen][0])
    entry = getattr(module, f"{chosen}_main", None) or module.main
    return int(entry(argv[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main())
