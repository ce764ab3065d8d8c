"""What is made of the notebooks beside the package: `python .ci/readme.py` writes it, `--check` says if it is current.

README.md is nbs/index.ipynb, rendered. nbs/sidebar.yml is the site's menu, a section for each part. (nbdev would write
that menu too, but it takes the number off a folder's name and so leads to files that are not there; therefore
`custom_sidebar = True` in settings.ini.)"""
import re, sys
from pathlib import Path
import nbformat, yaml
from nbconvert import MarkdownExporter


def output_of(cell):
    "What a cell shows, as text."
    return "\n\n".join("".join(o.data["text/markdown"]) for o in cell.outputs if "text/markdown" in o.get("data", {}))


def readme(index):
    "The first page, as GitHub shows it: hidden cells left out, of `echo: false` only the output."
    nb = nbformat.read(index, as_version=4)
    nb.metadata["language_info"] = {"name": "python"}
    nb.cells = [c for c in nb.cells if not c.source.startswith("#| hide")]
    for i, cell in enumerate(nb.cells):
        if cell.source.startswith("#| echo: false"):
            nb.cells[i] = nbformat.v4.new_markdown_cell(output_of(cell))
    text, _ = MarkdownExporter().from_notebook_node(nb)
    text = re.sub(r"\]\((?=[\w/]+\.ipynb|images/)", "](nbs/", text)   # seen from the top of the repository
    text = re.sub(r"\]\(https://github\.com/tetra-vpr/tetra_vpr/(?:blob|tree)/main/", "](", text)
    return re.sub(r"\n{3,}", "\n\n", text.replace("<!-- -->", "")).strip() + "\n"


def section(name, notebooks):
    "A part of the menu; its title leads to the part's first notebook where that is an opening one, 00."
    entries = [notebook.as_posix() for notebook in notebooks]
    opening = {"href": entries[0]} if notebooks[0].name.startswith("00_") else {}
    return {"section": name} | opening | {"contents": entries}


def sidebar(nbs):
    "The site's menu: the first page, each part in order, and the notebooks that run."
    pages = sorted(f.relative_to(nbs) for f in Path(nbs).rglob("*.ipynb") if not f.name.startswith("."))
    folders = sorted({p.parent for p in pages if p.parent != Path(".")}, key=lambda f: int(f.name.split("_")[0]))
    contents = ["index.ipynb"]
    for folder in folders:
        number, _, name = folder.name.partition("_")
        contents.append(section(f"{number} {name.capitalize()}", [p for p in pages if p.parent == folder]))
    runs = [p for p in pages if p.parent == Path(".") and p.name != "index.ipynb"]
    contents.append(section("Runs and results", runs))
    return yaml.safe_dump({"website": {"sidebar": {"contents": contents}}}, sort_keys=False, allow_unicode=True)


if __name__ == "__main__":
    for file, text in {"README.md": readme("nbs/index.ipynb"), "nbs/sidebar.yml": sidebar("nbs")}.items():
        if "--check" not in sys.argv:
            Path(file).write_text(text, encoding="utf-8")
        elif not Path(file).exists() or Path(file).read_text(encoding="utf-8") != text:
            sys.exit(f"{file} is not current: run `python .ci/readme.py`")
