"""Code that is read without being run: what it binds, what it reads, whether it alters what is not its own.

Whoever wrote the code may have meant to make this slow: everything takes time in proportion to the text, and nothing
here calls itself, so that a sum of a thousand terms is read like one of ten.
"""

import ast
import re
import symtable
from functools import lru_cache
from pkgutil import iter_modules

from course_lib import exercises, grammar

_WORD = re.compile(r"[^\W\d]\w*")
#: with one of these a cell can read names that do not stand in it as names
_DYNAMIC = {"globals", "locals", "vars", "eval", "exec", "get_ipython", "getattr"}


@lru_cache(maxsize=2_000)
def bound(source: str) -> frozenset[str]:
    """Every name that a cell may bind."""
    tree = grammar.tree(source)
    if tree is None:
        return frozenset(_WORD.findall(source))
    return frozenset(_bound_in(tree))


def _bound_in(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name.partition(".")[0]) for alias in node.names}
    return names


@lru_cache(maxsize=2_000)
def names_read(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the notebook that a cell may read when it is run, and those that its functions may read later.

    All its words where that is not certain.
    """
    words = frozenset(_WORD.findall(source))
    tree = grammar.tree(source)
    if tree is None or words & _DYNAMIC or re.search(r"^[ \t]*[%!?]", source, re.MULTILINE):
        return words, words
    at_once, own = set(), set()
    for statement in tree.body:
        at_once |= {n.id for n in _outside_functions(statement) if isinstance(n, ast.Name) and not _stores(n)} - own
        if isinstance(statement, ast.Assign | ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            own |= _bound_in(statement)
    return frozenset(at_once), _read_by_functions(source)


def _stores(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _outside_functions(node):
    """The nodes that are evaluated with a statement: not the bodies of functions."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        body = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for name, children in ast.iter_fields(node):
            if not (body and name == "body"):
                todo += [child for child in (children if isinstance(children, list) else [children])
                         if isinstance(child, ast.AST)]


def _read_by_functions(source: str) -> frozenset[str]:
    try:
        names, tables = set(), [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # such as a `return` outside of a function
        return frozenset(_WORD.findall(source))
    while tables:
        table = tables.pop()
        if table.get_type() == "function":
            names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        tables += table.get_children()
    return frozenset(names)


#: what the first cell of a chapter imports
USUAL = {"np": "numpy", "ops": "course_lib.ops", "course_lib": "course_lib"}


def imports(tree) -> dict[str, str]:
    """name -> dotted path of what it was imported from."""
    found = dict(USUAL)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _path(node, where: dict[str, str]) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([where.get(node.id, node.id), *reversed(parts)])


_OURS = ("numpy", "course_lib", "builtins", "sys.modules", "IPython")
# A notebook takes `check` and the like from the package `exercises` itself, and has no reason to open a module of it.
_MODULES = "|".join(re.escape(module.name) for module in iter_modules(exercises.__path__))
_INTERNAL = re.compile(rf"^course_lib\.(grading|chapters\.\w+\.exercises|exercises\.({_MODULES}))\b")
_HOOKS = {"input_transformers_post", "input_transformers_cleanup", "ast_transformers", "shell_handlers"}


def alterations(source: str, where: dict[str, str]) -> list[str]:
    """What a cell does to checks, the library or the kernel; `where` is that of `imports`."""
    tree = grammar.tree(source)
    if tree is None:
        return []
    found = [f"`{name}` is defined anew" for name in sorted({"check", "use"} & set(grammar.defined(source)))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            base = node.value
            while isinstance(base, ast.Subscript):
                base = base.value
            path = _path(base, where)
            if path.startswith(_OURS):
                found.append(f"something in {path} is replaced")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
            path = _path(node.args[0], where)
            if path.startswith(_OURS):
                found.append(f"something in {path} is replaced")
        if isinstance(node, ast.Attribute) and node.attr in _HOOKS:
            found.append(f"the kernel's {node.attr} are touched")
        for path in _imported(node):
            if _INTERNAL.match(path):
                found.append(f"{path} is imported")
    return found


def _imported(node) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


