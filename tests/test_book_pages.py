"""The built pages in a browser that reaches no other host.

Every page is opened once, at a phone's width; then the window is made as wide as a tablet, then as a desk,
then dark.  What the tests ask about is measured after each change.
"""

import functools
import io
import re
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
from conftest import ROOT, SITE
from PIL import Image
from repository import address
from vendor import AXE

pytestmark = pytest.mark.browser

PAGES = sorted(str(page.relative_to(SITE)) for page in SITE.rglob("*.html") if "_static" not in page.parts)
CHAPTERS = [page for page in PAGES if re.match(r"book/\d\d_", page)]
HEAVIEST = 1_500_000  # bytes
PHONE, TABLET, WIDE = ({"width": w, "height": h} for w, h in ((390, 844), (820, 1180), (1280, 900)))
VIEWS = {
    "phone": ("light", PHONE),
    "tablet": ("light", TABLET),
    "light": ("light", WIDE),
    "dark": ("dark", WIDE),
}

# At a phone's width axe asks everything of every page: its own choice of rules, and the size of what a finger
# aims at, which WCAG 2.2 adds. Of most pages it then asks again only what the view can change: on a desk the
# layout, in the dark the colours, which take it longest. What a wider window shows besides, the same on every
# page, and a tablet, which has more room than a phone and nothing else, are for the first chapter, a long one
# and the audit: of these it asks everything at each width. One extension makes the pages of the reference: in
# the dark it asks of two, which show between them all that these can show.
COLOURS = ["color-contrast", "link-in-text-block"]
LAYOUT = ["label-content-name-mismatch", "scrollable-region-focusable", "summary-name", "target-size"]
RULES = {"phone": [], "light": LAYOUT, "dark": COLOURS}
SHORT = "book/accessibility.html"
IN_FULL = ("book/01_xray_as_numbers.html", "book/12_evaluation.html", "book/audit.html")
REFERENCE = re.compile(r"book/reference/(?!audit|datasets)")
ASKED = [
    (name, view)
    for name in PAGES
    for view in VIEWS
    if name in IN_FULL or (view in RULES and not (view == "dark" and REFERENCE.match(name)))
]


def axe_options(name, view):
    rules = [] if name in IN_FULL and view != "dark" else RULES[view]
    which = {"runOnly": rules} if rules else {"rules": {"target-size": {"enabled": True}}}
    return {"resultTypes": ["violations"], **which}


MEASURE = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    scroll_width: document.documentElement.scrollWidth,
    formulas: all(".math").length,
    undrawn: all(".math").filter((e) => !e.querySelector("mjx-container")).map((e) => e.textContent),
    misread: all("[data-mjx-error]").map((e) => e.getAttribute("data-mjx-error")),
    alts: Object.fromEntries(all("article img").map((e) => [e.src, e.alt])),
    figures: all("article .cell_output img").filter((e) => e.clientWidth)
      .map((e) => [e.clientWidth, e.clientHeight, e.naturalWidth, e.naturalHeight]),
    broken: [...document.images].filter((e) => !e.naturalWidth).map((e) => e.src),
    warning: all("footer .not-for-diagnosis").map((e) => e.innerText),
    scripts: [...document.scripts].map((e) => e.src),
    copied: all(".output .copybtn").length,
    launches: all(".dropdown-launch-buttons a").map((e) => e.href),
    ground: getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number),
  };
}"""


@contextmanager
def opened(browser, site, name, viewport=WIDE, **options):
    """A page of the site, drawn to the end, and the record of what the browser said meanwhile."""
    context = browser.new_context(color_scheme="light", viewport=viewport, **options)
    page = context.new_page()
    record = SimpleNamespace(elsewhere=[], missing=[], errors=[])

    def block(route):
        record.elsewhere.append(route.request.url)
        route.abort()

    context.route(re.compile(rf"^(?!{site}/|data:|blob:)"), block)
    page.on("response", lambda answer: answer.status >= 400 and record.missing.append(answer.url))
    page.on("pageerror", lambda error: record.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and record.errors.append(said.text))
    page.goto(f"{site}/{name}", wait_until="load")
    wait_until_drawn(page)
    yield page, record
    context.close()


def wait_until_drawn(page):
    """Wait for the formulas and the widgets, which scripts draw after the page has loaded."""
    if page.locator(".math").count():
        page.wait_for_selector("mjx-container", state="attached")
    page.wait_for_function("() => !document.querySelector('.explorer:empty')")
    page.wait_for_load_state("networkidle")


def show(page, scheme, viewport):
    """Change a page's colour scheme and size, and wait for the theme to follow."""
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
    page.evaluate("""async () => {
      await new Promise(requestAnimationFrame);
      // Brought to their ends, as some never come there: what is folded away is not drawn.
      for (const moving of document.getAnimations()) if (moving instanceof CSSTransition) moving.finish();
      await new Promise(requestAnimationFrame);
    }""")
    # The theme makes what scrolls a tab stop, a third of a second after the last change of size.
    page.wait_for_function("""() => [...document.querySelectorAll("pre, .cell_output > .output")].every(
      (e) => (e.tabIndex === 0) === (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight))""")


@pytest.fixture(scope="module")
def measured(browser, built_site):
    """A function that measures a page in all views; the second time it remembers."""

    @functools.cache
    def measure(name):
        with opened(browser, built_site, name, PHONE) as (page, record):
            page.add_script_tag(path=AXE)
            for view, (scheme, viewport) in VIEWS.items():
                show(page, scheme, viewport)
                seen = SimpleNamespace(**page.evaluate(MEASURE))
                if (name, view) in ASKED:
                    options = axe_options(name, view)
                    found = page.evaluate("options => axe.run(document, options)", options)
                    seen.violations = found["violations"]
                setattr(record, view, seen)
        return record

    return measure


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_with_no_network(measured, name):
    page = measured(name)
    assert page.elsewhere == [], "the page asks other hosts"
    assert page.missing == [], "the page asks for files that are not there"
    assert page.errors == [], "the browser reports errors"
    assert [view for view in VIEWS if getattr(page, view).broken] == [], "images do not load"


@pytest.mark.parametrize("name", PAGES)
def test_dark_is_dark(measured, name):
    assert max(measured(name).dark.ground) < 64 < 192 < min(measured(name).light.ground)


@pytest.mark.parametrize("name", PAGES)
def test_formulas_are_drawn(measured, name):
    page = measured(name).light
    assert page.undrawn == [], "formulas that MathJax did not draw"
    assert page.misread == [], "formulas that MathJax did not understand"


@pytest.mark.parametrize("name", PAGES)
def test_page_carries_nothing_that_it_does_not_use(measured, name):
    page = measured(name).light
    heavy = ("require", "html-manager", "thebe", *([] if page.formulas else ["mathjax"]))
    assert [script for script in page.scripts if any(name in script for name in heavy)] == []
    assert page.copied == 0, "what code prints has a button that copies it"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light(measured, name):
    """Without the scripts, fonts and styles that all pages share, and that a browser fetches once."""
    images = {SITE / urlsplit(source).path.lstrip("/") for source in measured(name).light.alts}
    assert sum(file.stat().st_size for file in {SITE / name, *images}) < HEAVIEST


@pytest.mark.parametrize("name", PAGES)
def test_figures_are_sharp_and_keep_their_shape(measured, name):
    page = measured(name)
    for width, height, columns, rows in page.phone.figures + page.light.figures:
        assert columns > 1.9 * width
        assert height / width == pytest.approx(rows / columns, abs=0.01)


@pytest.mark.parametrize("name", PAGES)
def test_images_say_what_they_show(measured, name):
    alts = measured(name).light.alts
    silent = [source for source, alt in alts.items() if not alt.strip() or re.search(r"/|\.\w{3,4}$", alt)]
    assert silent == [], "images without alt text of their own"


@pytest.mark.parametrize("name", PAGES)
def test_page_says_that_it_is_for_learning(measured, name):
    assert measured(name).light.warning == ["For learning. Not for diagnosis."]


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone_and_a_tablet(measured, name):
    page = measured(name)
    assert page.phone.scroll_width <= PHONE["width"], "the page scrolls sideways"
    assert page.tablet.scroll_width <= TABLET["width"], "the page scrolls sideways"


@pytest.mark.parametrize(("name", "view"), ASKED)
def test_no_fault_by_wcag_and_no_other_serious_one(measured, name, view):
    faults = [
        (violation["id"], node["target"], node["failureSummary"])
        for violation in getattr(measured(name), view).violations
        if violation["impact"] in ("serious", "critical") or any("wcag" in tag for tag in violation["tags"])
        for node in violation["nodes"]
    ]
    assert faults == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_launch_links_open_this_chapter(measured, name):
    links = measured(name).light.launches
    if (public := address()) is None:
        assert links == [], "there is nothing to launch from"
        return
    assert [public.removeprefix("https://github.com/") in link for link in links] == [True] * 2
    assert [re.search(r"mybinder|colab", link)[0] for link in links] == ["mybinder", "colab"]
    chapter = name.replace(".html", ".ipynb")
    assert (ROOT / chapter).exists()
    assert [re.search(r"/main(?:\?urlpath=lab/tree)?/(.*)$", link)[1] for link in links] == [chapter] * 2


@pytest.mark.parametrize("name", CHAPTERS)
def test_source_buttons_lead_to_the_public_address(name):
    links = re.findall(r'<a href="([^"]*)"[^>]*\bbtn-source-\w+-button', (SITE / name).read_text())
    assert [link.partition("/issues/new")[0] for link in links] == ([address()] * 2 if address() else [])


def test_the_dark_page_leaves_the_greys_of_an_x_ray(browser, built_site):
    with opened(browser, built_site, "book/01_xray_as_numbers.html") as (page, _):
        page.evaluate("document.querySelectorAll('.answer').forEach((e) => e.removeAttribute('hidden'))")
        seen = []
        for scheme in ("light", "dark"):
            show(page, scheme, WIDE)
            png = page.locator("article .cell_output img").first.screenshot()
            seen.append(np.asarray(Image.open(io.BytesIO(png)).convert("L"), int)[20:-20, 20:-20])
    assert np.ptp(seen[0]) > 200, "the first figure shows no X-ray"
    assert np.abs(seen[0] - seen[1]).max() <= 1


def test_a_dark_page_is_printed_light(browser, built_site):
    with opened(browser, built_site, "book/01_xray_as_numbers.html") as (page, _):
        show(page, "dark", WIDE)
        for media, theme in (("print", "light"), ("screen", "dark")):
            page.emulate_media(media=media, color_scheme="dark")
            page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)


def test_convolution_explorer_answers_the_keyboard(browser, built_site):
    with opened(browser, built_site, "book/02_convolution.html") as (page, _):
        explorer = page.locator(".coronet-widget").first
        status = explorer.locator(".cw-status")
        start = status.inner_text()
        assert re.search(r"\[\d+, \d+\] = -?\d", start), "no output pixel is taken apart"

        explorer.locator("canvas[tabindex='0']").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        moved = status.inner_text()
        assert moved != start, "the arrow keys do not move the window"

        explorer.locator("input").first.focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("5")
        page.keyboard.press("Tab")
        assert status.inner_text() != moved, "a new weight does not change the sum"


@pytest.mark.parametrize("number", [1, 2])
def test_an_explorer_is_a_few_tab_stops_away(browser, built_site, number):
    with opened(browser, built_site, "book/02_convolution.html") as (page, record):
        for _ in range(1 + number):  # the theme's own link is the first stop
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == f"Skip to explorer {number}"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.locator(f".explorer >> nth={number - 1}").locator(":focus").count() == 1
        assert not record.errors


def test_a_result_waits_for_the_prediction_and_a_self_test_counts(browser, built_site):
    with opened(browser, built_site, "book/02_convolution.html") as (page, _):
        button = page.get_by_role("button", name="show the result").first
        output = page.locator(".answer").first
        assert output.bounding_box() is None
        count = page.locator("button.reveal").count()
        button.focus()
        page.keyboard.press("Enter")
        assert output.bounding_box()["height"] > 0
        assert page.locator("button.reveal").count() == count - 1
        page.emulate_media(media="print")
        assert not page.locator("button.reveal:visible").count()
        assert all(box["height"] for box in (e.bounding_box() for e in page.locator(".answer").all()))
        page.emulate_media(media="screen")

        tests = page.locator(".self-test")
        tests.nth(0).locator(".self-test-right summary").click()
        tests.nth(1).locator(".self-test-wrong summary").first.click()
        tests.nth(1).locator(".self-test-right summary").click()
        page.wait_for_function(
            "() => /2 of 5 tried, 1 right/.test(document.querySelector('.self-test-score').textContent)"
        )


@pytest.mark.parametrize(
    ("word", "place"),
    [("kernel", r"book/02_convolution\.html#\w"), ("pool2d", r"book/reference/layers\.html#coronet_lib\.\w")],
)
def test_search_leads_to_sections_and_names(browser, built_site, word, place):
    with opened(browser, built_site, f"search.html?q={word}") as (page, record):
        page.wait_for_selector(".search-summary:has-text('finished')")
        links = page.locator("ul.search li > a").evaluate_all("all => all.map((e) => e.getAttribute('href'))")
        assert any(re.match(place, link) for link in links), links
        assert len(links) == len(set(links))
        assert record.errors == []


@pytest.mark.parametrize("opening", ["Control+k", "Enter"])
def test_search_by_keyboard_alone(browser, built_site, opening):
    with opened(browser, built_site, SHORT) as (page, _):
        if opening == "Enter":
            page.get_by_role("button", name=re.compile("Search Ctrl")).focus()
        page.keyboard.press(opening)
        assert page.get_by_role("dialog", name="Search").locator(":focus").get_attribute("type") == "search"
        page.keyboard.press("Escape")
        assert not page.get_by_role("dialog").count()
        page.keyboard.press(opening)
        page.keyboard.type("kernel")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=kernel")
        said = page.get_by_role("status")
        page.wait_for_function("say => say.innerText.includes('found')", arg=said.element_handle())
        results = page.locator("ul.search li > a")
        assert f" {results.count()} " in said.inner_text()
        assert page.locator(":focus").input_value() == "kernel", "the cursor is not in the field"
        page.keyboard.press("Tab")
        place = results.first.evaluate("link => link === document.activeElement && link.href")
        page.keyboard.press("Enter")
        page.wait_for_url(place)


def test_what_opens_over_a_phone_says_what_it_is(browser, built_site):
    """By keyboard: it opens, the focus goes into it, and Escape closes it."""
    with opened(browser, built_site, SHORT, PHONE) as (page, _):
        page.add_script_tag(path=AXE)
        for opener in (".primary-toggle", ".secondary-toggle", ".bd-header-article .search-button"):
            page.locator(f"{opener}:visible").press("Enter")
            dialog = page.get_by_role("dialog")
            assert dialog.locator(":focus").count() == 1
            options = axe_options(SHORT, "phone")
            found = dialog.evaluate("(dialog, options) => axe.run(dialog, options)", options)["violations"]
            assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
            page.keyboard.press("Escape")
            dialog.wait_for(state="detached")


def test_nothing_moves_for_who_wants_less_motion(browser, built_site):
    slow = """() => [document.documentElement, ...document.querySelectorAll("*")].flatMap((element) =>
      [null, "::before", "::after"].map((part) => getComputedStyle(element, part)).flatMap((style) =>
        [...`${style.transitionDuration},${style.animationDuration}`.matchAll(/[\\d.e-]+/g)].map(Number)
          .concat(style.scrollBehavior === "smooth" ? Infinity : 0)
      )).filter((seconds) => seconds > 0.001).length"""
    with opened(browser, built_site, "book/index.html", reduced_motion="reduce") as (page, _):
        step, said = page.get_by_role("button", name="Step"), page.locator(".cw-status")
        before = said.inner_text()
        step.press("Enter")
        moved = said.inner_text()
        assert moved != before
        page.wait_for_timeout(500)
        assert said.inner_text() == moved
        assert page.evaluate(slow) == 0
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(slow), "nothing moves here for anyone: this test asks nothing"


def test_landing_page_shows_every_chapter_and_a_live_picture(browser, built_site):
    with opened(browser, built_site, "book/index.html", PHONE) as (page, _):
        cards = page.locator(".chapter-cards > li")
        assert cards.locator("a").count() == len(CHAPTERS) + 1  # and the audit
        assert cards.locator("img").count() >= len(CHAPTERS)
        assert page.locator(".coronet-widget canvas").count() > 1
        assert page.get_by_text("For learning. Not for diagnosis").first.bounding_box()["y"] < PHONE["height"]


def test_maths_and_explorers_work_from_the_file_system(browser):
    """Readers open the pages from a folder, too."""
    if not CHAPTERS:
        pytest.skip("the book is not built; run `make book` first")
    page = browser.new_page()
    page.goto((SITE / "book/02_convolution.html").as_uri(), wait_until="load")
    wait_until_drawn(page)
    assert page.locator("mjx-container").count() > 0
    assert page.locator(".coronet-widget canvas").count() > 0
    page.close()


def test_all_that_is_printed_before_the_next_text_waits_but_no_explorer(browser):
    cell = '<div class="cell"><div class="cell_output">{}</div></div>'
    parts = ("<p><strong>Guess</strong> it.</p>", cell.format("one"), cell.format("two"), "<p>Aloud.</p>")
    tried = ("<p><strong>Predict, then try.</strong></p>", cell.format('<div class="explorer">e</div>'))
    script = (ROOT / "book/vendor_static/answers.js").read_text()
    page = browser.new_page()
    page.set_content(
        f"<script>{script}</script><article><section>{''.join(parts)}<p>More.</p>"
        f"{''.join(tried)}<p>Seen?</p></section></article>"
    )
    assert page.locator("[hidden]").all_text_contents() == ["one", "two", "Aloud.", "Seen?"]
    page.locator("button.reveal").first.click()
    assert page.locator("[hidden]").all_text_contents() == ["Seen?"]
    assert page.locator("button.reveal").count() == 1
    page.close()
