"""What is read at once: `python .ci/style.py [notebook …]` names long lines, large cells and private names.

A private name is an attribute or import beginning with `_` that our own package does not define: it belongs to a
dependency, and may go at its next release. So may what is done by assigning to `__class__`. Without notebooks, all of
them are looked at, and the scripts."""
import ast, json, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINE, CELL, LIBRARY_KB, RUN_KB = 120, 35, 16, 10
ALLOWED = {
    "_fields": "NamedTuple documents it",
    "_exit": "os._exit is documented: it ends a process without clean-up, as a kill does",
    "_int_mm": "PyTorch has no other integer product; the notebooks hold it against fp32",
}


def cells_of(file):
    return [(c["cell_type"], "".join(c["source"])) for c in json.loads(file.read_text(encoding="utf-8"))["cells"]]


def too_long(line):
    "An alt text has to be one line, however long."
    if len(line) > LINE and not line.startswith("#| fig-alt:"):
        yield f"a line of {len(line)} characters, at most {LINE}: {line.strip()[:60]}…"


def too_large(file, cells):
    "Long lines and cells of code, and the size of the notebook's source."
    for kind, source in cells:
        lines = source.splitlines() if kind == "code" else []
        if len(lines) > CELL:
            yield f"a cell of {len(lines)} lines, at most {CELL}: {lines[0][:60]}"
        for line in lines:
            yield from too_long(line)
    size = sum(len(source.encode()) for _, source in cells)/1024
    limit = RUN_KB if re.match(r"[123]\d_", file.name) and file.parent.name == "nbs" else LIBRARY_KB
    if size > limit and file.stem != "index":
        yield f"{size:.1f} KB of source, at most {limit}"


def tree_of(source):
    try:
        return ast.parse(re.sub(r"(?m)^\s*[%!].*$", "pass", source))
    except SyntaxError:
        return ast.Module([], [])


def own_names(trees):
    "The names that begin with `_` and that our own code defines."
    for node in (n for tree in trees for n in ast.walk(tree)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                yield node.attr


def private(tree, ours):
    "Names of dependencies that begin with `_`, and objects whose class is changed."
    hidden = lambda name: re.match(r"_[^_]", name) and name not in ALLOWED and name not in ours
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if hidden(node.attr):
                yield f"private name of a dependency: {ast.unparse(node)[-60:]}"
            if node.attr == "__class__" and isinstance(node.ctx, ast.Store):
                yield f"the class of an object is changed: {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("tetra_vpr"):
            yield from (f"private name of a dependency: {node.module}.{a.name}" for a in node.names if hidden(a.name))


def check(files):
    cells = {f: cells_of(f) for f in sorted((ROOT/"nbs").rglob("*.ipynb"))}
    trees = {f: tree_of("\n".join(s for kind, s in cells[f] if kind == "code")) for f in cells}
    ours = set(own_names(trees.values()))
    for file in files or cells:
        for problem in (*too_large(file, cells[file]), *private(trees[file], ours)):
            yield f"{file.relative_to(ROOT)}: {problem}"


    for script in [] if files else [*sorted((ROOT/".ci").glob("*.py")), *ROOT.glob("*.py")]:
        for line in script.read_text(encoding="utf-8").splitlines():
            yield from (f"{script.relative_to(ROOT)}: {problem}" for problem in too_long(line))


def can_fail():
    "Each check finds what is broken on purpose, and passes what is not."
    small, run = ROOT/"nbs"/"1_model"/"01_a.ipynb", ROOT/"nbs"/"30_a.ipynb"
    text = [("markdown", "x"*11*1024)]   # for a run too large, for a library notebook not
    for cells in ([("code", "x = 1\n"*36)], [("code", "x"*121)], [("markdown", "x"*17*1024)]):
        assert list(too_large(small, cells)), "a check found nothing where something is too large"
    assert list(too_large(run, text)) and not list(too_large(small, text))
    assert not list(too_large(small, [("code", "#| fig-alt: " + "x"*200), ("code", "x = 1\n"*35)]))
    ours = set(own_names([tree_of("class A:\n    def _mine(self): self._also = 1")]))
    for code in ("m._hidden()", "from lightning import _hidden", "m.__class__ = A", "%time 1\nm._hidden"):
        assert list(private(tree_of(code), ours)), f"nothing private was found in {code!r}"
    for code in ("a._mine()", "a._also", "row._fields", "from tetra_vpr.model.vit import _ours", "type(m).__name__"):
        assert not list(private(tree_of(code), ours)), f"something private was found in {code!r}"


if __name__ == "__main__":
    can_fail()
    if found := list(check([Path(a).resolve() for a in sys.argv[1:]])):
        sys.exit("\n".join(found) + f"\n{len(found)} places to mend")
    print("lines, cells and notebooks are short, and no private name of a dependency is used")
