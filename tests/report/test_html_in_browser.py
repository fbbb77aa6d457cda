"""The page as a reader meets it, in headless Chromium."""

import re
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.report.history import with_trends
from tests.report.hostile import IMAGE, hostile_session
from tests.report.session import groups_of, session_of
from tests.report.test_html import page_of
from tracker.report.html import to_html

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """A page, and everything it said and asked for."""

    def __init__(self, browser, path, **context):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def wait_for_charts(self, n):
        self.page.wait_for_function(
            f"() => document.querySelectorAll('.chart .plot-container').length >= {n}"
        )

    def see_everything(self):
        """Scroll through the page, as one who reads it."""
        height = self.page.evaluate("innerHeight")
        top = 0
        while top < self.page.evaluate("document.body.scrollHeight"):
            self.page.evaluate(f"scrollTo(0, {top})")
            self.page.wait_for_timeout(30)
            top += height

    def colour(self, what="body"):
        return self.page.evaluate(
            "what => getComputedStyle(document.querySelector(what)).backgroundColor", what
        )


@pytest.fixture(scope="module")
def browser(require_service):
    require_service("chromium", CHROMIUM is not None, "install Chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(session, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page_of(session), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser, file):
    visits = []

    def go(path=file, **context):
        visits.append(Visit(browser, path, **context))
        return visits[-1]

    yield go
    for one in visits:
        one.context.close()


def first_column(page):
    return page.eval_on_selector_all("#table-1 tbody th a", "all => all.map(a => a.textContent)")


def test_reading_it_all_causes_no_error_and_no_request(visit, file):
    seen = visit()
    seen.see_everything()
    seen.wait_for_charts(2)
    seen.page.click("#open-all")
    seen.see_everything()
    seen.wait_for_charts(11)
    assert seen.complaints == []
    assert seen.requests == [file.as_uri()]


def test_every_point_of_a_test_is_drawn(visit):
    seen = visit()
    seen.page.click("#test-1 > summary")
    seen.wait_for_charts(1)
    seen.page.wait_for_selector("#test-1 .points .point")
    assert seen.page.locator("#test-1 .points .scatterlayer .point").count() == 3 * 15


def test_charts_wait_until_they_are_looked_at(visit):
    seen = visit()
    assert seen.page.evaluate("typeof Plotly") == "undefined"
    seen.see_everything()
    seen.wait_for_charts(1)


def test_a_column_sorts_up_and_down_by_keyboard(visit, session):
    seen = visit()
    header = seen.page.locator("#table-1 thead button", has_text="jujutsu")
    header.focus()
    by_time = [
        name
        for _, name in sorted(
            (result.jujutsu.median, name)
            for result, name in zip(session.results, first_column(seen.page), strict=True)
        )
    ]
    seen.page.keyboard.press("Enter")
    assert first_column(seen.page) == by_time
    assert seen.page.locator("#table-1 th[aria-sort=ascending]").count() == 1
    seen.page.keyboard.press("Enter")
    assert first_column(seen.page) == by_time[::-1]
    assert seen.page.locator("#table-1 th[aria-sort=descending]").count() == 1


def column_of(page, table, place):
    return page.eval_on_selector_all(
        f"{table} tbody tr", f"rows => rows.map(row => row.cells[{place}].textContent.trim())"
    )


def sorted_by_keyboard(page, table, head):
    """Sort a table by a column, from the keyboard."""
    page.locator(f"{table} thead button", has_text=re.compile(f"^{head}")).focus()
    page.keyboard.press("Enter")


def test_the_tables_of_a_test_sort_by_keyboard(visit, session):
    seen = visit()
    seen.page.click("#test-1 > summary")
    trials, pairs = "#test-1 h4:text('Trials') + .scroll", "#test-1 h4:text('Pairs') + .scroll"
    sorted_by_keyboard(seen.page, trials, "Median")
    result = session.results[0]
    fastest = sorted(result.variants, key=lambda name: result.variants[name].time_ms.median)
    assert column_of(seen.page, trials, 0) == fastest
    sorted_by_keyboard(seen.page, trials, "Variant")
    assert column_of(seen.page, trials, 0) == sorted(fastest)
    sorted_by_keyboard(seen.page, pairs, "Wall time")
    rising = sorted(result.pairs().values(), key=lambda pair: pair.speedup_factor)
    assert column_of(seen.page, pairs, 2) == [pair.verdict for pair in rising]


def test_a_filter_leaves_the_rows_with_the_word(visit):
    seen = visit()
    seen.page.fill("input[data-filter]", "Status")
    rows = seen.page.locator("#table-1 tbody tr:visible th a").all_text_contents()
    assert rows == ["status-clean", "status-dirty"]


def test_a_link_to_a_test_opens_it(visit):
    seen = visit()
    seen.page.click("#table-1 tbody tr:nth-child(4) th a")
    assert seen.page.locator("#test-4[open]").count() == 1


@pytest.mark.parametrize(
    ("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")]
)
def test_the_theme_is_that_of_the_system(visit, scheme, paper):
    assert visit(color_scheme=scheme).colour() == paper


def test_the_theme_can_be_switched_and_charts_follow(visit):
    seen = visit(color_scheme="light")
    seen.see_everything()
    seen.wait_for_charts(2)
    ink = "getComputedStyle(document.querySelector('.chart .xtick text')).fill"
    before = seen.page.evaluate(ink)
    seen.page.click("#theme")
    assert seen.colour() == "rgb(20, 23, 27)"
    seen.page.wait_for_function(f"() => {ink} !== '{before}'")
    assert seen.page.inner_text("#theme") == "Light"
    assert seen.complaints == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(visit, width):
    seen = visit(viewport={"width": width, "height": 800})
    seen.page.click("#open-all")
    seen.see_everything()
    seen.wait_for_charts(11)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_print_is_dark_on_white_with_every_test_open(visit):
    seen = visit(color_scheme="dark")
    seen.see_everything()
    seen.wait_for_charts(2)
    seen.page.emulate_media(media="print")
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen.colour() == "rgb(255, 255, 255)"
    assert seen.page.locator("details.test:not([open])").count() == 0
    seen.wait_for_charts(11)
    assert not seen.page.is_visible("#theme")
    assert len(seen.page.pdf()) > 50_000
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert seen.page.locator("details.test[open]").count() == 0


def test_foreign_text_runs_nothing(visit, tmp_path):
    path = tmp_path / "hostile.html"
    path.write_text(page_of(hostile_session()), encoding="utf-8")
    seen = visit(path)
    seen.page.click("#open-all")
    seen.see_everything()
    seen.wait_for_charts(2)
    assert seen.page.evaluate("typeof hacked") == "undefined"
    assert seen.complaints == []
    assert seen.requests == [path.as_uri()]
    assert "<script>" in seen.page.inner_text("h1")


def test_without_scripts_every_number_is_there(visit):
    seen = visit(java_script_enabled=False)
    assert seen.page.locator("#table-1 tbody tr").count() == 9
    assert seen.page.is_hidden("#theme")
    assert seen.page.locator("details.test").count() == 9


def test_growth_is_drawn(visit, tmp_path):
    groups = [*groups_of(rounds=8)[:2], *groups_of(rounds=8, sizes=("medium",))[:2]]
    path = tmp_path / "growth.html"
    path.write_text(page_of(session_of(groups)), encoding="utf-8")
    seen = visit(path)
    seen.see_everything()
    seen.wait_for_charts(3)
    assert seen.page.locator("[data-chart=scalability] .lines path").count() == 6
    assert seen.complaints == []


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a page of 450 tests, of which 200 are written out."""
    some = session_of(groups_of(rounds=8))
    results = [
        result.model_copy(update={"test_id": f"{result.test_id}-{copy}"})
        for copy in range(50)
        for result in some.results
    ]
    report = some.report.model_copy(update={"results": tuple(results)})
    path = tmp_path_factory.mktemp("large") / "report.html"
    page = to_html(report, trials=(), records=(), skipped=(), title="Large")
    path.write_text(page, encoding="utf-8")
    return path


def test_a_large_page_shows_a_hundred_tests_and_more_on_demand(visit, large):
    seen = visit(large)
    seen.page.wait_for_selector(".pager button")
    assert seen.page.locator("#table-1 tbody tr").count() == 100
    assert "100 of 450" in seen.page.inner_text(".pager")
    seen.page.click(".pager button")
    seen.page.wait_for_function(
        "() => document.querySelectorAll('#table-1 tbody tr').length === 200"
    )
    assert seen.complaints == []


def test_a_large_page_sorts_and_filters_all_tests(visit, large):
    seen = visit(large)
    seen.page.wait_for_selector(".pager button")
    seen.page.click("#table-1 thead button >> text=jujutsu")
    seen.page.fill("input[data-filter]", "merge-49")
    seen.page.wait_for_function("() => document.querySelectorAll('#table-1 tbody tr').length === 1")
    assert first_column(seen.page) == ["merge-49"]
    seen.page.fill("input[data-filter]", "")
    seen.page.wait_for_function(
        "() => document.querySelectorAll('#table-1 tbody tr').length === 100"
    )
    assert seen.page.inner_text("#table-1 tbody tr:first-child th a").startswith("switch-")


def test_a_test_that_is_not_written_out_opens_with_its_numbers(visit, large):
    seen = visit(large)
    seen.page.wait_for_selector(".pager button")
    seen.page.evaluate("location.hash = '#test-450'")
    seen.page.wait_for_selector("#test-450[open]")
    text = seen.page.inner_text("#test-450")
    assert "merge-49" in text
    assert "jujutsu against git" in text
    sorted_by_keyboard(seen.page, "#test-450 h4:text('Trials') + .scroll", "Median")
    medians = column_of(seen.page, "#test-450 h4:text('Trials') + .scroll", 1)
    assert medians == sorted(medians, key=float)
    assert seen.complaints == []


def test_without_scripts_a_large_page_says_what_is_left_out(visit, large):
    seen = visit(large, java_script_enabled=False)
    assert seen.page.locator("#table-1 tbody tr").count() == 200
    assert "200 of 450" in seen.page.inner_text(".pager")


def test_ten_thousand_names_that_want_to_be_markup_stay_text(visit, tmp_path):
    hostile = hostile_session()
    results = tuple(
        hostile.results[0].model_copy(update={"test_id": f"{IMAGE}{copy}"}) for copy in range(300)
    )
    report = hostile.report.model_copy(update={"results": results})
    path = tmp_path / "hostile.html"
    path.write_text(to_html(report, trials=(), records=(), skipped=()), encoding="utf-8")
    seen = visit(path)
    seen.page.wait_for_selector(".pager button")
    seen.page.evaluate("location.hash = '#test-300'")
    seen.page.wait_for_selector("#test-300[open]")
    assert seen.page.evaluate("typeof hacked") == "undefined"
    assert seen.page.locator("#test-300 img, #table-1 img").count() == 0
    assert seen.complaints == []


def test_trends_are_drawn_with_their_band(visit, tmp_path):
    path = tmp_path / "trends.html"
    path.write_text(page_of(with_trends()), encoding="utf-8")
    seen = visit(path)
    seen.see_everything()
    seen.wait_for_charts(3)
    assert seen.page.locator("[data-trends] .scatterlayer .trace").count() == 2
    assert seen.page.locator("[data-trends] .shapelayer path").count() >= 1
    assert "Earlier sessions" in seen.page.inner_text("#history-title")
    assert seen.complaints == []
