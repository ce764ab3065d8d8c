"""The documentation as nbdev builds it, as far as that goes without quarto: `python .ci/docs.py [root]` says what is broken.

Every notebook goes through nbdev's own processing (what `nbdev_docs` hands to quarto) and converts. Links, anchors, files, commands
and equations that are named exist; figures have an alt text; names of the package lead to a page that shows them; notebooks open alike; pages do not collide."""
import ast, os, re, sys, warnings
from pathlib import Path
from urllib.parse import unquote
import nbformat
from execnb.nbio import nb2str, read_nb
from nbconvert import MarkdownExporter
from nbdev.processors import FilterDefaults

OURS = r"https://github\.com/tetra-vpr/tetra_vpr/(?:blob|tree)/main/"
FLOW = "images → tokens → descriptor → bits → index → recall"
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")

def prose(text): return re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^\s*```.*?^\s*```", "", text))         # without code
def links(text): return re.findall(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", prose(text))  # (!, text, target)
def headings(text): return [re.sub(r"\s*\{.*\}$", "", h) for h in re.findall(r"(?m)^#{1,6}\s+(.+?)\s*$", re.sub(r"(?ms)^\s*```.*?^\s*```", "", text))]
def anchors(text):
    "Those of GitHub and those of quarto."
    plain = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", h).lower() for h in headings(text)]
    return {re.sub(r"[^\w\- ]", "", h).replace(" ", "-") for h in plain} | {re.sub(r"^[^a-zA-Z_]+", "", re.sub(r"[^\w\-. ]", "", h)).replace(" ", "-") for h in plain}

def broken_links(text, where, root, known):
    "Relative links to files and headings that are not there; pictures without an alt text. `known`: file → its anchors."
    for bang, label, target in links(text):
        if bang and not label.strip(): yield f"the picture {target} has no alt text"
        ours = re.match(OURS, target)
        if re.match(r"[a-z]+:", target) and not ours: continue
        path, _, anchor = unquote(re.sub(OURS, "", target)).partition("#")
        file = (root if ours else where.parent).joinpath(path).resolve() if path else where.resolve()
        if not file.exists(): yield f"link to {target}: no such file"
        elif not ours and not file.is_relative_to(root/"nbs" if where.suffix == ".ipynb" else where.parent): yield f"link to {target}: leads out of its folder, so out of the site"
        elif anchor and anchor not in known.get(file, ()): yield f"link to {target}: no such heading"
    for tag in re.findall(r"<img\b[^>]*>", prose(text)):
        if not re.search(r"alt=[\"'][^\"']+", tag): yield f"{tag[:60]}… has no alt text"

def broken_names(text, root, commands):
    "Notebooks, commands and files of the repository that prose or shell lines name and that are not there; quarto's cross-references."
    known = {f.stem for f in (root/"nbs").rglob("*.ipynb")}
    for part, name in re.findall(r"(?<![\w/.-])(\d_[a-z]\w+/)?(\d\d_[a-z]\w+)(?![\w*]|\w*[-/.]\w)", text):
        if not (root/"nbs"/f"{part}{name}.ipynb").exists() if part else name not in known: yield f"names the notebook {part}{name}: there is none"
    for name in re.findall(r"(?<![\w/.-])tetra-[a-z]+", text):
        if name not in commands | {"tetra-vpr"}: yield f"names the command {name}: there is none"
    for name in re.findall(r"(?<![\w/.-])(?:configs|nbs|\.ci|\.github)/[\w./-]*\w(?![\w*])", text):
        if not (root/name).exists(): yield f"names {name}: no such file"
    for name in re.findall(r"(?<!\w)@((?:fig|tbl|sec|eq|lst)-[\w-]+)", text):
        if f"#{name}" not in text: yield f"cross-reference @{name}: nothing is labelled so"

def broken_equations(texts): # file → text
    "Numbers that two equations have; links `[(2.1)](file)` to a number that the file does not give; what is left of a backslash that was read as an escape."
    given = [(n, f.resolve()) for f, text in texts.items() for n in re.findall(r"\\tag\{([^}]*)\}", prose(text))]
    for n in {n for n, _ in given if [m for m, _ in given].count(n) > 1}: yield f"the equation number ({n}) is given twice"
    for f, text in texts.items():
        for _, label, target in links(text):
            if (n := re.fullmatch(r"\((\d\.\d+\.\d+)\)", label)) and (n[1], (f.parent/target.partition("#")[0]).resolve()) not in given: yield f"{f.name}: {label} leads to {target}, which has no such equation"
        if c := re.search(r"[\x07\x08\x0b\x0c]|\$[^$\n]*\t[^$\n]*\$", text): yield f"{f.name}: {c[0]!r} was a backslash and a letter"

def stale(text, root):
    "Records of results that a page says are missing, and that are there."
    for name in set(re.findall(r"`(results/\w+\.json)` is not there yet", text)):
        if (root/name).exists(): yield f"says that {name} is not there: execute it again"

def bare_figures(nb):
    for i, c in enumerate(nb.cells):
        kinds = {k for o in c.get("outputs", ()) for k in o.get("data", ())}
        if any(k.startswith("image/") for k in kinds) and not re.search(r"(?m)^#\|\s*fig-alt:\s*\S", c.source): yield f"cell {i} shows a figure without `#| fig-alt:`"

def broken_opening(nb):
    "Its name, a sentence, and where it stands; the first two alone in their cell, since the site takes them out of it."
    first = [c.source.strip() for c in nb.cells if c.cell_type == "markdown"][:2]
    if not re.fullmatch(r"# [^\n]+\n\n> [^\n]+", first[0]): yield "its first text cell is not `# Name` and `> a sentence` alone"
    if FLOW not in first[-1].replace("**", "").split("\n\n")[0] or "**" not in first[-1].split("\n\n")[0]: yield f"the second text cell does not begin with the line {FLOW}, in bold where we are"

def as_site(file):
    "A notebook as nbdev hands it to quarto, in Markdown; and the page's name."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nb = read_nb(file); FilterDefaults()(nb)
    text, _ = MarkdownExporter().from_notebook_node(nbformat.reads(nb2str(nb), as_version=4))
    page = re.search(r"(?m)^output-file: (\S+)", text)
    return text, page and page[1]

def public(syms, root):
    "Those of `_modidx` that their module's `__all__` holds."
    def names(module):
        tree = ast.parse((root/f"{module.replace('.', '/')}.py").read_text())
        return next(({e.value for e in n.value.elts} for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "__all__"), set())
    return {m: {full: to for full, to in d.items() if full.removeprefix(f"{m}.").split(".")[0] in names(m)} for m, d in syms.items() if d}

def broken_symbols(site, syms, text=None):
    "Public names that their page does not show; with `text`, only those it has in backticks."
    short = {full.removeprefix(f"{module}."): to for module, names in reversed(syms.items()) for full, (to, _) in names.items()}
    for name in short if text is None else set(re.findall(r"`([\w.]+)(?:\(\))?`", text)) & set(short):
        page, _, anchor = short[name].partition("#")
        if any(part.startswith("_") for part in name.split(".")): continue
        if page not in site: yield f"`{name}` leads to {page}: no notebook makes that page"
        elif anchor.split(".")[0] not in site[page]: yield f"`{name}` leads to {page}#{anchor}: the page does not show it"

def check(root):
    "What is wrong, line by line."
    root, bad = Path(root).resolve(), []
    os.environ["IN_TEST"] = "1"; sys.path.insert(0, str(root))
    commands = set(re.findall(r"(?m)^\s+(tetra-\w+)=", (root/"settings.ini").read_text()))
    files = [*(root/p for p in PAGES), *sorted((root/"nbs").rglob("*.ipynb"))]
    nbs = {f: nbformat.read(f, as_version=4) for f in files if f.suffix == ".ipynb"}
    markdown = lambda nb: "\n\n".join([c.source for c in nb.cells if c.cell_type == "markdown"] + ["".join(o.data["text/markdown"]) for c in nb.cells for o in c.get("outputs", ()) if "text/markdown" in o.get("data", {})])
    texts = {f: markdown(nbs[f]) if f in nbs else f.read_text() for f in files}
    known, site, pages = {f.resolve(): anchors(t) for f, t in texts.items()}, {}, {}
    syms = public(ast.literal_eval((root/"tetra_vpr"/"_modidx.py").read_text().partition("d = ")[2])["syms"], root)
    if "_modidx:d" not in (root/"setup.py").read_text(): bad.append("setup.py: no entry point `nbdev`, so no name becomes a link")
    for f, nb in nbs.items():
        say = lambda problems: bad.extend(f"{f.relative_to(root)}: {p}" for p in problems)
        say(bare_figures(nb)); say(broken_opening(nb))
        links_in_code = re.findall(r"\[[^\]\n]+\]\([\w./#-]+\.ipynb[^)\s]*\)", "\n".join(c.source for c in nb.cells if c.cell_type == "code"))
        say(broken_links("\n".join(links_in_code), f, root, known))
        os.chdir(f.parent)
        try: text, page = as_site(f)
        except Exception as e: say([f"does not convert: {' '.join(str(e).split())[:300]}"]); continue
        page = str((f.parent/(page or f"{f.stem}.html")).relative_to(root/"nbs"))
        if page in pages: say([f"its page {page} is also that of {pages[page]}"])
        pages[page] = f.name
        site[page] = site.get(page, set()) | anchors(text)
    for f, text in texts.items():
        bad += [f"{f.relative_to(root)}: {p}" for p in (*broken_links(text, f, root, known), *broken_names(text, root, commands), *broken_symbols(site, syms, text), *stale(text, root))]
    bad += broken_equations(texts)
    return bad + [f"_modidx: {p}" for p in broken_symbols(site, syms)], len(nbs)

def can_fail():
    "Each check finds what is broken on purpose."
    here, root = Path("x.md").resolve(), Path(".").resolve()
    cell = lambda source, *data: nbformat.v4.new_code_cell(source, outputs=[nbformat.v4.new_output("display_data", d) for d in data])
    note = lambda *sources: nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(s) for s in sources])
    for problems in (broken_links("[a](no/such.md)", here, root, {}), broken_links("[a](#none)", here, root, {}) if here.exists() else ["x"], broken_links("![](README.md)", here, root, {}),
            broken_links('<img src="a.png">', here, root, {}), broken_names("see 99_nothing", root, set()), broken_names("`tetra-nothing`", root, set()), broken_names("configs/none.yaml", root, set()),
            broken_names("@fig-none", root, set()), stale("`results/deploy.json` is not there yet: `x`", root), bare_figures(nbformat.v4.new_notebook(cells=[cell("plot()", {"image/png": ""})])), broken_opening(note("# A\n\n> b\n\nmore", FLOW)),
            broken_opening(note("# A\n\n> b", "no line")), broken_symbols({"a.html": set()}, {"m": {"m.f": ("a.html#f", "")}}), broken_symbols({}, {"m": {"m.f": ("a.html#f", "")}}),
            broken_equations({here: r"$$a \tag{1.1.1}$$ $$b \tag{1.1.1}$$"}), broken_equations({here: "[(1.1.1)](x.md)"}), broken_equations({here: "$$\x0crac12$$"}), broken_equations({here: "$k^\top$"})):
        assert list(problems), "a check found nothing where something is broken"
    assert not list(broken_links("[a](README.md#b-c) `[x](y)`\n```\n[x](y)\n```", here, root, {(root/"README.md").resolve(): anchors("# B c")}))

if __name__ == "__main__":
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])
    os.chdir(root); can_fail()
    bad, n = check(".")
    if bad: sys.exit("\n".join(bad) + f"\n{len(bad)} broken")
    print(f"{n} notebooks convert; links, alt texts and names are whole")
