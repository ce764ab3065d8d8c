"""The house in order: `python .ci/house.py` names every import that runs from a lower part or notebook to a higher one.

Parts are the folders `nbs/<n>_<part>`, each with a sub-package of the same name. A part imports from parts of lower numbers, a notebook from
notebooks of lower numbers in its part. A part's opening notebook, 00, may use all of its part; the run notebooks beside `index` may use everything."""
import ast, json, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
    "The names `a.b` for each `import tetra_vpr.a.b`, `from tetra_vpr.a import b` or `from tetra_vpr.a.b import …`, at any depth."
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


if __name__ == "__main__":
    if found := list(backward(ROOT)):
        sys.exit("\n".join(found) + f"\n{len(found)} imports run backwards")
    print("every import runs from a higher part or notebook to a lower one")
