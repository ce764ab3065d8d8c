"README.md is nbs/index.ipynb, rendered. `python .ci/readme.py` writes it; `--check` says whether it is current."
import re, sys
from pathlib import Path
import nbformat
from nbconvert import MarkdownExporter

nb = nbformat.read("nbs/index.ipynb", as_version=4)
nb.metadata["language_info"] = {"name": "python"}
nb.cells = [c for c in nb.cells if not c.source.startswith("#| hide")]
for i, c in enumerate(nb.cells):
    if c.source.startswith("#| echo: false"):   # its output alone, as text
        nb.cells[i] = nbformat.v4.new_markdown_cell("\n\n".join("".join(o.data["text/markdown"]) for o in c.outputs if "text/markdown" in o.get("data", {})))
text, _ = MarkdownExporter().from_notebook_node(nb)
text = re.sub(r"\]\((?=[\w/]+\.ipynb|images/)", "](nbs/", text)   # seen from the top of the repository
text = re.sub(r"\]\(https://github\.com/tetra-vpr/tetra_vpr/(?:blob|tree)/main/", "](", text)
text = re.sub(r"\n{3,}", "\n\n", text.replace("<!-- -->", "")).strip() + "\n"
readme = Path("README.md")
if "--check" not in sys.argv: readme.write_text(text, encoding="utf-8")
elif not readme.exists() or readme.read_text(encoding="utf-8") != text: sys.exit("README.md is not current: run `python .ci/readme.py`")
