"""The library's reference: what its docstrings say, and where its pages and the chapters' cells lead."""

import ast
import inspect
import re
import textwrap
import zlib

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, SITE
from numpydoc.docscrape import FunctionDoc
from numpydoc.validate import validate
from public_names import explanation, kind, public, rooms

# numpydoc's checks that say whether a docstring can be relied on; the others are matters of style, such as
# where the closing quotes stand, and would make of a good line three.
FORM = {"GL03", "GL05", "GL06", "GL07", "GL08", "GL10", "SS01", "SS02", "SS03", "SS04"}
TRUE = {"PR02", "PR03", "PR05", "PR10"}  # parameters that are none, or stand in another order
WHOLE = {"PR01", "PR04", "RT01", "YD01"}  # each parameter with its type, and what comes back

# Chapters teach these rooms; of the others, what they hand on is what readers call.
TAUGHT = ("layers", "evaluation", "models")
SOURCE = re.compile(r"\bpaper('s)?\b|\b(18|19|20)\d\d\b|Keras|TensorFlow|keras\.applications")
CITED = re.compile(r"\b([A-Z][A-Za-z]+)(?: et al\.| & [A-Z][a-z]+)? \(?((?:18|19|20)\d\d)\b")


def names(room):
    """The public names of a room, each with its object and whether readers call it."""
    for module, own in public(room).items():
        for name, one in own.items():
            if kind(one) != "data":
                yield name, one, room in TAUGHT or module == f"coronet_lib.{room}"


def faults(name, one, called):
    wanted = FORM | (WHOLE if called and kind(one) == "function" else set())
    if "**" not in signature(one):
        wanted |= TRUE
    yield from (f"{code} {said}" for code, said in validate(name)["errors"] if code in wanted)
    if called and kind(one) == "function":
        doc = FunctionDoc(one)
        for part in doc["Parameters"] + doc["Returns"]:
            said = " ".join([part.type, *part.desc])
            if re.match(r"\w* ?array", part.type) and not re.search(r"shape|:func:|of the same length", said):
                yield f"{part.name or 'what it returns'} is an array of no shape"
        described = " ".join(part.type for part in doc["Raises"])
        yield from (f"raises {error}, and does not say so" for error in raised(one) if error not in described)


def signature(one):
    """What a name takes, as text; an exception or a dict may take anything."""
    try:
        return str(inspect.signature(one))
    except ValueError:
        return "**"


def raised(function):
    """The errors that a function raises itself; ``Wrong`` becomes the verdict of a check."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raising = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    return {
        error.func.id for error in raising if isinstance(error, ast.Call) and hasattr(error.func, "id")
    } - {"Wrong"}


@pytest.mark.parametrize("room", rooms())
def test_docstrings_can_be_relied_on(room):
    found = {name: wrong for name, one, called in names(room) if (wrong := list(faults(name, one, called)))}
    assert not found


@pytest.mark.parametrize("room", rooms())
def test_constants_say_what_they_are(room):
    constants = [name for own in public(room).values() for name, one in own.items() if kind(one) == "data"]
    assert [name for name in constants if not explanation(name)] == []


@pytest.mark.parametrize("room", TAUGHT)
def test_what_is_taught_names_its_source(room):
    taught = {
        name: f"{one.__doc__} {inspect.getmodule(one).__doc__}"
        for name, one, _ in names(room)
        if kind(one) == "function"
        and (name.count(".") == 2 or "Returns\n-------\nkeras.Model" in inspect.getdoc(one))
    }
    assert len(taught) > 5
    assert [name for name, said in taught.items() if not SOURCE.search(said)] == []


def test_sources_stand_in_the_bibliography():
    bibliography = (ROOT / "book/references.bib").read_text()
    written = set(re.findall(r"@\w+\{([a-z]+).*?\n  year += \{(\d+)", bibliography, re.S))
    cited = {
        (author.lower(), year)
        for room in rooms()
        for _, one, _ in names(room)
        for author, year in CITED.findall(one.__doc__)
    }
    assert ("wilson", "1927") in cited
    assert cited - written == set()


def documented():
    """The objects of the built pages: {name: page with anchor}."""
    if not (SITE / "objects.inv").exists():
        pytest.skip("the book is not built; run `make book` first")
    inventory = zlib.decompress((SITE / "objects.inv").read_bytes().split(b"zlib.\n")[1]).decode()
    return dict(re.findall(r"^(coronet_lib\S+) py:\w+ \S+ (\S+)", inventory, re.M))


@pytest.mark.parametrize("room", rooms())
def test_every_public_name_has_a_place_in_the_reference(room):
    there = documented()
    assert [name for own in public(room).values() for name in own if name not in there] == []


def test_cells_lead_to_the_reference_and_it_leads_to_the_chapter():
    documented()
    name = "coronet_lib.layers.cross_correlate2d"
    chapter = BeautifulSoup((SITE / "book/02_convolution.html").read_text(), "html.parser")
    links = {link["href"] for link in chapter.select(".cell_input a.sphinx-codeautolink-a")}
    assert f"../book/reference/layers.html#{name}" in links
    page = BeautifulSoup((SITE / "book/reference/layers.html").read_text(), "html.parser")
    taught = page.find(id=name).find_next("p", class_="taught")
    assert taught.a["href"].partition("#")[0] == "../02_convolution.html"
    assert taught.text.startswith("Taught in chapter 2")
