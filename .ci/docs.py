"""The documentation as nbdev builds it, as far as that goes without quarto: `python .ci/docs.py` names what is broken.

Every notebook goes through nbdev's own processing (what `nbdev_docs` hands to quarto) and converts. Links, anchors,
files, commands and equations that are named exist; figures have an alt text; names of the package lead to a page that
shows them; notebooks open alike; pages do not collide; the first page lists all notebooks, the sidebar all pages."""
import ast, os, re, sys, warnings
from pathlib import Path
from urllib.parse import unquote
import nbformat, yaml
from execnb.nbio import nb2str, read_nb
from nbconvert import MarkdownExporter
from nbdev.processors import FilterDefaults
from readme import sidebar

OURS = r"https://github\.com/tetra-vpr/tetra_vpr/(?:blob|tree)/main/"
FLOW = "images → tokens → descriptor → bits → index → recall"
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


# Reading text

def without_blocks(text):
    "Text without its blocks of code."
    return re.sub(r"(?ms)^\s*```.*?^\s*```", "", text)


def prose(text):
    "Text without any code."
    return re.sub(r"`[^`\n]*`", "", without_blocks(text))


def links(text):
    "(!, text, target) of each link and picture."
    return re.findall(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", prose(text))


def anchors(text):
    "The anchors of all headings, GitHub's and quarto's."
    headings = re.findall(r"(?m)^#{1,6}\s+(.+?)\s*$", without_blocks(text))
    found = set()
    for heading in headings:
        plain = re.sub(r"\s*\{.*\}$", "", heading)
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", plain).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
        found.add(re.sub(r"^[^a-zA-Z_]+", "", re.sub(r"[^\w\-. ]", "", plain)).replace(" ", "-"))
    return found


def shown_by(nb):
    "What a notebook's page shows as text: its text cells, and Markdown among its outputs."
    parts = [c.source for c in nb.cells if c.cell_type == "markdown"]
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            if "text/markdown" in output.get("data", {}):
                parts.append("".join(output.data["text/markdown"]))
    return "\n\n".join(parts)


# What may be broken in a text

def broken_link(target, where, root, known):
    "What is wrong with a link's target, or None."
    ours = re.match(OURS, target)
    if re.match(r"[a-z]+:", target) and not ours:
        return None
    path, _, anchor = unquote(re.sub(OURS, "", target)).partition("#")
    file = (root if ours else where.parent).joinpath(path).resolve() if path else where.resolve()
    site = root/"nbs" if where.suffix == ".ipynb" else where.parent
    if not file.exists():
        return f"link to {target}: no such file"
    if not ours and not file.is_relative_to(site):
        return f"link to {target}: leads out of its folder, so out of the site"
    if anchor and anchor not in known.get(file, ()):
        return f"link to {target}: no such heading"


def broken_links(text, where, root, known):
    "Links to files and headings that are not there; pictures without an alt text. `known`: file → its anchors."
    for bang, label, target in links(text):
        if bang and not label.strip():
            yield f"the picture {target} has no alt text"
        if problem := broken_link(target, where, root, known):
            yield problem
    for tag in re.findall(r"<img\b[^>]*>", prose(text)):
        if not re.search(r"alt=[\"'][^\"']+", tag):
            yield f"{tag[:60]}… has no alt text"


def broken_names(text, root, commands):
    "Notebooks, commands and files of the repository that text names and that are not there; quarto's cross-references."
    known = {f.stem for f in (root/"nbs").rglob("*.ipynb")}
    for part, name in re.findall(r"(?<![\w/.-])(\d_[a-z]\w+/)?(\d\d_[a-z]\w+)(?![\w*]|\w*[-/.]\w)", text):
        there = (root/"nbs"/f"{part}{name}.ipynb").exists() if part else name in known
        if not there:
            yield f"names the notebook {part}{name}: there is none"
    for name in re.findall(r"(?<![\w/.-])\d\d[a-z]_[a-z]\w+", text):
        yield f"names {name}: numbers have no letters"
    for name in re.findall(r"(?<![\w/.-])tetra-[a-z]+", text):
        if name not in commands | {"tetra-vpr"}:
            yield f"names the command {name}: there is none"
    for name in re.findall(r"(?<![\w/.-])(?:configs|nbs|tetra_vpr|\.ci|\.github)/[\w./-]*\w(?![\w*])", text):
        if not (root/name).exists():
            yield f"names {name}: no such file"
    for name in re.findall(r"(?<!\w)@((?:fig|tbl|sec|eq|lst)-[\w-]+)", text):
        if f"#{name}" not in text:
            yield f"cross-reference @{name}: nothing is labelled so"


def broken_equations(texts): # file → text
    "Numbers that two equations have; links to a number that the file does not give; a backslash read as an escape."
    given = [(n, f.resolve()) for f, text in texts.items() for n in re.findall(r"\\tag\{([^}]*)\}", prose(text))]
    numbers = [n for n, _ in given]
    for n in sorted({n for n in numbers if numbers.count(n) > 1}):
        yield f"the equation number ({n}) is given twice"
    for f, text in texts.items():
        for _, label, target in links(text):
            number = re.fullmatch(r"\((\d\.\d+\.\d+)\)", label)
            if number and (number[1], (f.parent/target.partition("#")[0]).resolve()) not in given:
                yield f"{f.name}: {label} leads to {target}, which has no such equation"
        if escape := re.search(r"[\x07\x08\x0b\x0c]|\$[^$\n]*\t[^$\n]*\$", text):
            yield f"{f.name}: {escape[0]!r} was a backslash and a letter"


def misplaced_equations(texts, root):
    "Numbers of equations that are not their part's, their notebook's and a count."
    for f, text in texts.items():
        here = re.fullmatch(r"nbs/(\d)_\w+/(\d\d)_\w+\.ipynb", f.relative_to(root).as_posix())
        for n in re.findall(r"\\tag\{([^}]*)\}", prose(text)):
            if here is None or not n.startswith(f"{here[1]}.{int(here[2])}."):
                yield f"{f.relative_to(root)}: ({n}) does not begin with the numbers of its part and notebook"


def stale(text, root):
    "Experiments that a page says have not run, and whose record is there."
    for name in set(re.findall(r"Not run yet: `tetra-sweep configs/experiments/(\w+)\.yaml`", text)):
        if (root/"results"/f"experiment_{name}.json").exists():
            yield f"says that the experiment {name} has not run: execute it again"


# What may be broken in a notebook

def bare_figures(nb):
    for i, cell in enumerate(nb.cells):
        kinds = {kind for output in cell.get("outputs", ()) for kind in output.get("data", ())}
        drawn = any(kind.startswith("image/") for kind in kinds)
        if drawn and not re.search(r"(?m)^#\|\s*fig-alt:\s*\S", cell.source):
            yield f"cell {i} shows a figure without `#| fig-alt:`"


def broken_opening(nb):
    "Its name, a sentence, and where it stands; the first two alone in their cell, since the site takes them out of it."
    first = [c.source.strip() for c in nb.cells if c.cell_type == "markdown"][:2]
    if not re.fullmatch(r"# [^\n]+\n\n> [^\n]+", first[0]):
        yield "its first text cell is not `# Name` and `> a sentence` alone"
    line = first[-1].split("\n\n")[0]
    if FLOW not in line.replace("**", "") or "**" not in line:
        yield f"the second text cell does not begin with the line {FLOW}, in bold where we are"


def links_in_code(nb):
    "Links to notebooks that code cells write."
    code = "\n".join(c.source for c in nb.cells if c.cell_type == "code")
    return "\n".join(re.findall(r"\[[^\]\n]+\]\([\w./#-]+\.ipynb[^)\s]*\)", code))


def unlisted(index, notebooks):
    "Notebooks that the first page does not link to, as it was last executed."
    there = {target.partition("#")[0] for _, _, target in links(index)}
    for name in sorted(notebooks - there - {"index.ipynb"}):
        yield f"does not list {name}: execute it again"


# The site

def as_site(file):
    "A notebook as nbdev hands it to quarto, in Markdown; and the page's name."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nb = read_nb(file)
        FilterDefaults()(nb)
    text, _ = MarkdownExporter().from_notebook_node(nbformat.reads(nb2str(nb), as_version=4))
    page = re.search(r"(?m)^output-file: (\S+)", text)
    return text, page[1] if page else f"{file.stem}.html"


def build(notebooks, root):
    "page → its anchors, for all pages; and what is wrong on the way. `nbdev_docs` runs at the top, so this does too."
    site, made_by, bad = {}, {}, []
    for file in notebooks:
        try:
            text, name = as_site(file)
        except Exception as e:
            bad.append(f"{file.relative_to(root)}: does not convert: {' '.join(str(e).split())[:300]}")
            continue
        page = (file.parent/name).relative_to(root/"nbs").as_posix()
        if page in made_by:
            bad.append(f"{file.relative_to(root)}: its page {page} is also that of {made_by[page]}")
        made_by[page] = file.name
        site[page] = site.get(page, set()) | anchors(text)
    return site, bad


def broken_sidebar(contents, notebooks):
    "Notebooks that the sidebar leaves out, entries without a notebook, and sections out of order."
    entries = []
    for entry in contents:
        entries += [entry] if isinstance(entry, str) else entry["contents"]
    for name in sorted(notebooks ^ set(entries)):
        yield f"{name} is {'not in the sidebar' if name in notebooks else 'in the sidebar, and there is none'}"
    if entries[:1] != ["index.ipynb"]:
        yield f"the sidebar begins with {entries[:1]}: expected index.ipynb"
    parts = [entry for entry in entries if "/" in entry]
    if parts != sorted(parts):
        yield "the sidebar's parts, or notebooks within one, are not in order"


def listed_names(module, root):
    "What a module's `__all__` holds."
    tree = ast.parse((root/f"{module.replace('.', '/')}.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return {element.value for element in node.value.elts}
    return set()


def public(syms, root):
    "Those of `_modidx` that their module's `__all__` holds."
    found = {}
    for module, names in syms.items():
        if names:
            listed = listed_names(module, root)
            short = {full: full.removeprefix(f"{module}.").split(".")[0] for full in names}
            found[module] = {full: to for full, to in names.items() if short[full] in listed}
    return found


def broken_symbols(site, syms, text=None):
    "Public names that their page does not show; with `text`, only those it has in backticks."
    short = {}
    for module, names in reversed(syms.items()):
        short |= {full.removeprefix(f"{module}."): to for full, (to, _) in names.items()}
    wanted = short if text is None else set(re.findall(r"`([\w.]+)(?:\(\))?`", text)) & set(short)
    for name in wanted:
        page, _, anchor = short[name].partition("#")
        if any(part.startswith("_") for part in name.split(".")):
            continue
        if page not in site:
            yield f"`{name}` leads to {page}: no notebook makes that page"
        elif anchor.split(".")[0] not in site[page]:
            yield f"`{name}` leads to {page}#{anchor}: the page does not show it"


def symbols(root):
    "module → public name → (page, file), as nbdev has them."
    text = (root/"tetra_vpr"/"_modidx.py").read_text()
    return public(ast.literal_eval(text.partition("d = ")[2])["syms"], root)


# Everything

def check(root):
    "What is wrong, line by line; and the number of notebooks."
    root = Path(root).resolve()
    os.environ["IN_TEST"] = "1"
    sys.path.insert(0, str(root))
    notebooks = {f: nbformat.read(f, as_version=4) for f in sorted((root/"nbs").rglob("*.ipynb"))}
    texts = {root/page: (root/page).read_text() for page in PAGES} | {f: shown_by(nb) for f, nb in notebooks.items()}
    known = {f.resolve(): anchors(text) for f, text in texts.items()}
    names = {f.relative_to(root/"nbs").as_posix() for f in notebooks}
    commands = set(re.findall(r"(?m)^\s+(tetra-\w+)=", (root/"settings.ini").read_text()))
    syms = symbols(root)
    site, bad = build(notebooks, root)
    if "_modidx:d" not in (root/"setup.py").read_text():
        bad.append("setup.py: no entry point `nbdev`, so no name becomes a link")
    for f, text in texts.items():
        problems = [*broken_links(text, f, root, known), *broken_names(text, root, commands)]
        problems += [*broken_symbols(site, syms, text), *stale(text, root)]
        if f in notebooks:
            problems += [*bare_figures(notebooks[f]), *broken_opening(notebooks[f])]
            problems += broken_links(links_in_code(notebooks[f]), f, root, known)
        bad += [f"{f.relative_to(root)}: {problem}" for problem in problems]
    bad += [*broken_equations(texts), *misplaced_equations(texts, root)]
    bad += [f"nbs/index.ipynb: {problem}" for problem in unlisted(texts[root/"nbs"/"index.ipynb"], names)]
    bad += broken_sidebar(yaml.safe_load(sidebar(root/"nbs"))["website"]["sidebar"]["contents"], names)
    return bad + [f"_modidx: {problem}" for problem in broken_symbols(site, syms)], len(notebooks)


def can_fail():
    "Each check finds what is broken on purpose."
    root = Path(".").resolve()
    here, page = root/"x.md", root/"README.md"
    drawn = nbformat.v4.new_output("display_data", {"image/png": ""})
    figure = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("plot()", outputs=[drawn])])

    def note(*sources):
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(s) for s in sources])

    symbol = {"m": {"m.f": ("a.html#f", "")}}
    first, second = root/"nbs"/"1_model"/"01_a.ipynb", root/"nbs"/"1_model"/"02_b.ipynb"
    for problems in (
        broken_links("[a](no/such.md)", here, root, {}), broken_links("[a](#none)", page, root, {}),
        broken_links("![](README.md)", here, root, {}), broken_links('<img src="a.png">', here, root, {}),
        broken_links("[a](../../README.md)", first, root, {}),
        broken_names("see 99_nothing", root, set()), broken_names("see 1_model/99_nothing", root, set()),
        broken_names("see 13f_nothing", root, set()), broken_names("`tetra-nothing`", root, set()),
        broken_names("configs/none.yaml", root, set()), broken_names("@fig-none", root, set()),
        stale("Not run yet: `tetra-sweep configs/experiments/bits.yaml`.", root),
        bare_figures(figure), broken_opening(note("# A\n\n> b\n\nmore", FLOW)),
        broken_opening(note("# A\n\n> b", "no line")),
        broken_symbols({"a.html": set()}, symbol), broken_symbols({}, symbol),
        broken_equations({here: r"$$a \tag{1.1.1}$$ $$b \tag{1.1.1}$$"}), broken_equations({here: "[(1.1.1)](x.md)"}),
        broken_equations({here: "$$\x0crac12$$"}), broken_equations({here: "$k^\top$"}),
        misplaced_equations({first: r"$$a \tag{1.2.1}$$"}, root),
        misplaced_equations({here: r"$$a \tag{1.2.1}$$"}, root),
        unlisted("[a](1_model/01_a.ipynb)", {"1_model/01_a.ipynb", "1_model/02_b.ipynb"}),
        broken_sidebar(["index.ipynb"], {"index.ipynb", "a.ipynb"}), broken_sidebar(["a.ipynb"], {"a.ipynb"}),
        broken_sidebar(["index.ipynb", dict(contents=["2_b/a", "1_a/a"])], {"index.ipynb", "2_b/a", "1_a/a"})):
        assert list(problems), "a check found nothing where something is broken"
    assert not list(broken_links("[a](README.md#b-c) `[x](y)`\n```\n[x](y)\n```", here, root, {page: anchors("# B c")}))
    assert not list(misplaced_equations({first: r"$$a \tag{1.1.1}$$", second: r"$$b \tag{1.2.1}$$"}, root))


if __name__ == "__main__":
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])
    can_fail()
    bad, n = check(".")
    if bad:
        sys.exit("\n".join(bad) + f"\n{len(bad)} broken")
    print(f"{n} notebooks convert; links, alt texts and names are whole")
