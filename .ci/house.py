"""The house in order: `python .ci/house.py` names every import that runs from a lower part or notebook to a higher one.

Parts are the folders `nbs/<n>_<part>`, each with a sub-package of the same name. A part imports from parts of lower
numbers, a notebook from notebooks of lower numbers in its part. A part's opening notebook, 00, may use all of its part;
the run notebooks beside `index` may use everything. Imports within functions count like all others. The package itself
imports none of the tools that only its tests and its documentation need."""
import ast, json, re, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = {"fastcore", "nbdev", "execnb", "ghapi", "nbconvert"}


def place_of(notebook):
    "(part, number) of a notebook, for comparing; run notebooks and the package's door come after all parts."
    part = re.match(r"(\d+)_", notebook.parent.name)
    number = re.match(r"(\d+)_", notebook.name)
    return (int(part[1]) if part else 99, int(number[1]) if number else 99)


def modules(notebooks):
    "module → the notebook that exports it."
    found = {}
    for file in notebooks:
        if exported := re.search(r'#\| default_exp ([\w.]+)', file.read_text(encoding="utf-8")):
            found[exported[1]] = file
    return found


def imported(source):
    "`tetra_vpr.a.b` for each `import tetra_vpr.a.b`, `from tetra_vpr.a import b` or `from tetra_vpr.a.b import …`."
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def code_of(notebook):
    "The Python of a notebook's code cells, without magics."
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    return re.sub(r"(?m)^\s*[%!].*$", "pass", text)


def backward(root):
    "A line for each arrow that runs from a lower part or notebook to a higher one."
    notebooks = sorted((root/"nbs").rglob("*.ipynb"))
    home = modules(notebooks)
    for file in notebooks:
        here = place_of(file)
        for name in sorted(set(imported(code_of(file)))):
            target = home.get(name.removeprefix("tetra_vpr."))
            if not name.startswith("tetra_vpr.") or target is None or target == file:
                continue
            there = place_of(target)
            opening = here[1] == 0 and here[0] == there[0]
            if there > here and not opening:
                yield f"{file.relative_to(root)} imports {name}, which is made later, by {target.relative_to(root)}"


def tools_in_package(root):
    "A line for each import of a development tool by the package."
    for file in sorted((root/"tetra_vpr").rglob("*.py")):
        for name in sorted(set(imported(file.read_text(encoding="utf-8")))):
            if name.split(".")[0] in TOOLS:
                yield f"{file.relative_to(root)} imports {name}, which users do not install"


def write_notebook(file, *sources):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]}))


def can_fail():
    "Finds arrows that are turned on purpose: in a part, between parts, in a function; passes those that are right."
    with tempfile.TemporaryDirectory() as folder:
        nbs = Path(folder)/"nbs"
        write_notebook(nbs/"1_a"/"00_a.ipynb", "from tetra_vpr.a.second import f")
        write_notebook(nbs/"1_a"/"01_first.ipynb", "#| default_exp a.first")
        write_notebook(nbs/"1_a"/"02_second.ipynb", "#| default_exp a.second", "from tetra_vpr.a.first import g")
        write_notebook(nbs/"2_b"/"01_third.ipynb", "#| default_exp b.third", "%time 1\nimport tetra_vpr.a.second")
        write_notebook(nbs/"20_run.ipynb", "from tetra_vpr.b import third")
        assert not list(backward(Path(folder)))
        write_notebook(nbs/"1_a"/"01_first.ipynb", "#| default_exp a.first", "from tetra_vpr.a import second")
        write_notebook(nbs/"1_a"/"03_fourth.ipynb", "def f():\n    import tetra_vpr.b.third")
        write_notebook(nbs/"1_a"/"00_a.ipynb", "from tetra_vpr.b.third import h")
        found = "\n".join(backward(Path(folder)))
        for arrow in ("00_a.ipynb imports tetra_vpr.b.third", "01_first.ipynb imports tetra_vpr.a.second",
                "03_fourth.ipynb imports tetra_vpr.b.third"):
            assert arrow in found, f"{arrow}: not found in {found!r}"
        module = Path(folder)/"tetra_vpr"/"a"/"first.py"
        module.parent.mkdir(parents=True)
        module.write_text("import json\nfrom ..b import third")
        assert not list(tools_in_package(Path(folder)))
        module.write_text("def f():\n    from fastcore.basics import patch")
        assert list(tools_in_package(Path(folder)))


if __name__ == "__main__":
    can_fail()
    if found := [*backward(ROOT), *tools_in_package(ROOT)]:
        sys.exit("\n".join(found) + f"\n{len(found)} imports to mend")
    print("every import runs from a higher part or notebook to a lower one")
