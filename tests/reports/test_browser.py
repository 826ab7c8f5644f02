"""The report in a real browser: Chromium of the system, driven by Playwright, without a network.

    pip install 'chemopt[browser]' && pytest -m browser

Without Playwright or Chromium these tests are skipped, and the reason says which of them is missing.
"""

import json
import shutil

import numpy as np
import pytest
from report_cases import part, section

from chemopt import phase_diagram, report
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.problem.generate import generate_problem
from chemopt.reports.parts import ClimbPlayer, PhaseExplorer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
CONTROLS = "a[href], button, input, select, summary"
NAMED_ROLES = {"image", "img", "button", "slider", "spinbutton", "combobox", "link", "heading",
               "region", "table", "DisclosureTriangle"}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; none is downloaded."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: pip install 'chemopt[browser]'"
    )
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is installed")
    with driver.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def twelve():
    return report(generate_problem(12, seed=1), time_limit=None)


@pytest.fixture(scope="module")
def sixty():
    """Time is too short for a proof, but not for a picture."""
    return report(generate_problem(60, seed=1), time_limit=30)


@pytest.fixture(scope="module")
def files(request, tmp_path_factory):
    """Return the file of a report, written once."""
    folder = tmp_path_factory.mktemp("reports")

    def written(name):
        path = folder / f"{name}.html"
        if not path.exists():
            request.getfixturevalue(name).write(path)
        return path

    return written


class Visit:
    """A page that is open, with everything it complained about or asked for."""

    def __init__(self, browser, path, **context):
        self.complaints, self.requests = [], []
        self.context = browser.new_context(
            **{"viewport": {"width": 1100, "height": 900}, **context}
        )
        self.page = self.context.new_page()
        self.page.on("console", lambda one: self.complaints.append(one.text))
        self.page.on("pageerror", lambda one: self.complaints.append(str(one)))
        self.page.on("dialog", lambda one: self.complaints.append(one.message) or one.dismiss())
        self.page.on("request", lambda one: self.requests.append(one.url))
        self.page.goto(path.as_uri())

    def answer(self):
        found = self.page.locator("[data-answer]").evaluate("one => ({...one.dataset})")
        return tuple(json.loads(found["models"])), float(found["loss"]), found["proved"] == "true"


@pytest.fixture
def visit(browser, files):
    """Open reports by name, and see that they were quiet."""
    open_ones = []

    def opened(name, **context):
        open_ones.append(Visit(browser, files(name), **context))
        return open_ones[-1]

    yield opened
    for one in open_ones:
        assert one.complaints == []
        outside = [url for url in one.requests if not url.startswith(("file:", "data:"))]
        assert outside == []
        one.context.close()


ALL = ["four", "twelve", "sixty", "of_outcomes", "wild"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [360, 1100])
def test_quiet_and_as_wide_as_the_screen(visit, name, width):
    """No console message, no request, no scrolling sideways, also with everything unfolded."""
    page = visit(name, viewport={"width": width, "height": 800}).page
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= width
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate(wide) <= width


def diagram_of(found) -> PhaseDiagram:
    """Return the diagram that a report shows, from its data."""
    explorer = part(found, "phase", PhaseExplorer)
    problem = found.answer.problem
    return PhaseDiagram(
        regions=explorer.picture.data["regions"], vertices=None,
        beta_max=explorer.data["beta_max"], m_inter=problem.m_inter,
        m_inter_value=problem.m_inter_value, m_intra_value=problem.m_intra_value,
        method="", solves=0, runtime=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["four", "twelve", "sixty", "wild"])
def test_sliders_show_what_python_computes(request, visit, name):
    """Numbers typed in, and corners and borders of regions."""
    found = request.getfixturevalue(name)
    diagram = diagram_of(found)
    opened = visit(name)
    alpha, beta = (opened.page.locator(f'[data-number="{one}"]') for one in ("alpha", "beta"))
    draw = np.random.default_rng(1)
    points = (draw.random((6, 2)) * (1, diagram.beta_max)).tolist()
    points += [(0, 0), (1, 0), (0, diagram.beta_max), (1, diagram.beta_max)]
    points += [polygon[0] for polygon in diagram.regions["vertices"][:4]]
    for a, b in points:
        alpha.fill(repr(float(a)))
        beta.fill(repr(float(b)))
        assert opened.answer() == (
            diagram.at(a, b), pytest.approx(diagram.loss_at(a, b), rel=1e-15),
            diagram.proved_at(a, b),
        )  # fmt: skip
        shown = opened.page.locator("[data-answer] li").all_text_contents()
        assert tuple(shown) == diagram.at(a, b)


def test_the_diagram_is_that_of_the_problem(twelve):
    """What the sliders are held against is a diagram of its own."""
    expected = phase_diagram(twelve.answer.problem)
    assert diagram_of(twelve).regions.equals(expected.regions)


def test_slider_by_keyboard_and_plane_by_mouse(visit, twelve):
    diagram = diagram_of(twelve)
    opened = visit("twelve")
    page = opened.page
    slider = page.locator('[data-weight="alpha"]')
    slider.focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    assert float(page.locator('[data-number="alpha"]').input_value()) == pytest.approx(0.507)
    assert opened.answer()[0] == diagram.at(0.507, 0.5)
    page.keyboard.press("Home")
    assert opened.answer()[0] == diagram.at(0, 0.5)
    plane = page.locator('[data-explorer="phase"] svg [id$="-plane"] path')
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"])
    a, b = (
        float(page.locator(f'[data-number="{one}"]').input_value()) for one in ("alpha", "beta")
    )
    assert a == pytest.approx(0.7, abs=0.01)
    assert b == pytest.approx(0.6 * diagram.beta_max, rel=0.02)
    circle = page.locator(".marker.front circle").bounding_box()
    assert circle["x"] + circle["width"] / 2 == pytest.approx(box["x"] + a * box["width"], abs=1.5)
    assert page.locator("[data-answer]").get_attribute("aria-live") == "polite"


def test_climb_step_by_step(visit, twelve):
    """Buttons go along the climb, and the last step says why it stopped."""
    data = part(twelve, "heuristic", ClimbPlayer).data
    page = visit("twelve").page
    assert page.locator("[data-climb] option").count() == len(data["climbs"])
    page.locator("[data-climb]").select_option("1")
    states = data["climbs"][1]["states"]
    for step, state in enumerate(states):
        shown = page.locator("[data-now] li").evaluate_all(
            "list => list.map(one => one.firstChild.textContent)"
        )
        assert sorted(shown) == state["models"]
        assert f"Step {step} of {len(states) - 1}: {state['move']}" in (
            page.locator("[data-state]").text_content()
        )
        page.get_by_role("button", name="Next").press("Enter")
    assert "It stops" in page.locator("[data-state]").text_content()
    page.get_by_role("button", name="First").press("Space")
    assert "Step 0" in page.locator("[data-state]").text_content()


@pytest.mark.parametrize("name", ["twelve", "of_outcomes"])
def test_keyboard_reaches_everything(visit, name):
    """Tab comes to every control, in the order of the page."""
    page = visit(name).page
    wanted = page.evaluate(
        "selector => [...document.querySelectorAll(selector)]"
        ".filter(one => one.checkVisibility()).map((one, k) => { one.dataset.place = k; return k; })",
        CONTROLS,
    )
    reached = []
    for _ in range(2 * len(wanted) + 40):
        page.keyboard.press("Tab")
        place = page.evaluate("document.activeElement.dataset.place")
        if place is not None:
            if reached and int(place) <= reached[-1]:
                break
            reached.append(int(place))
    assert reached == wanted


@pytest.mark.parametrize("name", ALL)
def test_accessibility_tree(visit, name):
    """What has a role that needs a name has one; headings go down by one."""
    opened = visit(name)
    opened.page.evaluate("document.querySelectorAll('details').forEach(o => { o.open = true; })")
    session = opened.context.new_cdp_session(opened.page)
    nodes = [n for n in session.send("Accessibility.getFullAXTree")["nodes"] if not n["ignored"]]
    roles = [node["role"]["value"] for node in nodes]
    assert roles.count("slider") == 2
    assert roles.count("spinbutton") == 2
    assert roles.count("main") == 1
    nameless = [
        node["role"]["value"] for node in nodes
        if node["role"]["value"] in NAMED_ROLES and not node.get("name", {}).get("value")
    ]  # fmt: skip
    assert nameless == []
    levels = [
        next(p["value"]["value"] for p in node["properties"] if p["name"] == "level")
        for node in nodes if node["role"]["value"] == "heading"
    ]  # fmt: skip
    assert levels[0] == 1
    assert all(levels[k + 1] <= levels[k] + 1 for k in range(len(levels) - 1))


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.1 of a colour like ``rgb(1, 2, 3)``."""
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(visit, scheme):
    """Text and the text of pictures can be read on their paper."""
    page = visit("of_outcomes", color_scheme=scheme).page
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (luminance(paper) < 0.1) == (scheme == "dark")
    for selector in ("p", "figcaption", "a[href]", "caption", "th", "summary"):
        colour = page.locator(selector).last.evaluate("one => getComputedStyle(one).color")
        assert contrast(colour, paper) >= 4.5, selector
    fills = page.evaluate(
        "[...document.querySelectorAll('svg:not(.white) [id*=xtick] text')]"
        ".map(one => getComputedStyle(one).fill)"
    )
    assert fills
    assert all(contrast(fill, paper) >= 4.5 for fill in fills)
    warning = page.locator(".verdict").first.evaluate(
        "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    )
    assert contrast(*warning) >= 4.5


def test_names_are_text(visit, wild_problem):
    """Names with HTML are shown as they are; nothing of them runs."""
    page = visit("wild").page
    assert page.evaluate("document.images.length") == 0
    page.locator('[data-number="beta"]').fill("0")
    page.locator('[data-number="alpha"]').fill("0")
    shown = page.locator("[data-answer] li").all_text_contents()
    assert sorted(shown) == sorted(wild_problem.models)
    assert page.title().startswith("<b>wild</b>")
    ticks = page.locator("svg text").all_text_contents()
    assert any("<img src=x" in text for text in ticks)
    assert any("$x_1$" in text for text in ticks)


def test_print(visit):
    """On paper controls are gone, what is folded is open, and paper is white."""
    page = visit("twelve", color_scheme="dark").page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not(.long, .names):not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator('[data-weight="alpha"]').is_visible()
    assert not page.get_by_role("button", name="Next").is_visible()
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert luminance(paper) == 1
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_sixty_models_say_what_is_not_proved(visit, sixty):
    opened = visit("sixty")
    page = opened.page
    finished = section(sixty, "phase").finished
    assert (page.locator("#phase .unfinished").count() == 0) == finished
    assert page.get_by_role("link", name="Which ensemble").is_visible()
    for k in range(0, 21, 4):
        page.locator('[data-number="alpha"]').fill(str(k / 20))
        shown = page.locator("[data-answer]").text_content()
        assert ("not proved" in shown) == (not opened.answer()[2])
