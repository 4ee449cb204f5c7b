"""Figures that a chapter makes with `live.interact`: they still move when the whole notebook has been run."""

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def stored(nodes) -> set[str]:
    """Names that these statements bind."""
    return {name.id for node in nodes for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def bound_later(cell: ast.Module) -> set[str]:
    """What a cell binds outside its functions."""
    functions = [node for node in cell.body if isinstance(node, ast.FunctionDef)]
    return stored(node for node in cell.body if node not in functions) | {each.name for each in functions}


def taken_from_the_notebook(function: ast.FunctionDef) -> set[str]:
    """Names that a function looks up in the notebook whenever it is called."""
    own = stored([function]) | {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    return {name.id for name in ast.walk(function) if isinstance(name, ast.Name)} - own


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_later_cell_exchanges_the_data_of_an_own_figure(path):
    cells = [ast.parse(cell.source) for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for k, cell in enumerate(cells):
        if "live.interact(" not in ast.unparse(cell):
            continue
        later = set().union(*map(bound_later, cells[k + 1:]))
        for function in (node for node in cell.body if isinstance(node, ast.FunctionDef)):
            assert not taken_from_the_notebook(function) & later, f"{function.name} in cell {k}"
