"""The report in a real browser, opened from disk: cells, curves, phone, dark, paper, axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watched
from tests.support import real

SEEDED = "#cell-cpu--cpu--toy--seeded--baseline"
UNSEEDED = "#cell-cpu--cpu--toy--unseeded--baseline"


def opened(page: Page, report: Path) -> Page:
    page.goto(report.as_uri())
    return page


def choose(page: Page, cell: str) -> Any:
    """Click a cell of the matrix; return what is then told of it."""
    page.locator(f'table.verdicts a[href="{cell}"]').first.click()
    found = page.locator(cell)
    expect(found).to_have_attribute("open", "")
    return found


def data(page: Page, cell: str, kind: str) -> list[dict[str, Any]]:
    """Return what a chart was drawn from, after it was drawn."""
    chart = page.locator(f'{cell} [data-chart="{kind}"]')
    expect(chart.locator("svg, p").first).to_be_visible()
    rows: list[dict[str, Any]] = chart.evaluate(
        "chart => chart.view ? chart.view.data('rows') : []"
    )
    return rows


def test_it_opens_with_the_conclusion(watched: Watched, report: Path) -> None:
    page = opened(watched.page, report)
    expect(page.locator("#answer")).to_have_text(
        "Yes on this CPU: the toy, 2 of 2 seeded cells identical in every bit."
    )
    expect(page.locator("#conclusion")).to_contain_text("makes the toy reproduce bit for bit")
    expect(page.locator("table.verdicts").first).to_contain_text("identical A")
    assert page.locator("details.cell[open]").count() == 0
    assert page.locator(".chart svg").count() == 0, "charts wait until a cell is opened"


def test_curves_of_a_cell_that_differs(watched: Watched, report: Path) -> None:
    page = opened(watched.page, report)
    found = choose(page, UNSEEDED)
    expect(found).to_contain_text("initial weights (0.weight)")
    rows = data(page, UNSEEDED, "loss")
    runs = real.runs("unseeded")
    for repeat, letter in enumerate("BCD"):
        drawn = [row["loss"] for row in rows if row["curve"] == f"{repeat} ({letter})"]
        assert np.allclose(drawn, runs[repeat].losses, rtol=1e-5)
    apart = [r["difference"] for r in data(page, UNSEEDED, "difference") if r["curve"] == "1 (C)"]
    assert np.allclose(apart, abs(runs[1].losses - runs[0].losses), rtol=1e-5)


@pytest.mark.parametrize("seeded", [False, True])
def test_a_repeat_has_one_colour_in_both_charts(
    watched: Watched, report: Path, *, seeded: bool
) -> None:
    page = opened(watched.page, report)
    page.evaluate("([cell, seeded]) => { curves[cell].seeded = seeded }", [UNSEEDED[1:], seeded])
    choose(page, UNSEEDED)
    found = []
    for kind in ("loss", "difference"):
        data(page, UNSEEDED, kind)
        chart = page.locator(f'{UNSEEDED} [data-chart="{kind}"]')
        colours = "chart => ['0 (B)', '1 (C)', '2 (D)'].map(chart.view.scale('color'))"
        found.append(chart.evaluate(colours))
    assert found[0] == found[1]
    assert len(set(found[0])) == (3 if seeded else 1), "unseeded curves are grey"


def test_a_cell_of_one_curve_has_a_sentence_and_no_chart(watched: Watched, report: Path) -> None:
    page = opened(watched.page, report)
    found = choose(page, SEEDED)
    assert found.locator(".chart").count() == 0
    expect(found).to_contain_text("All 3 repeats are one curve: no bit of any step differs.")
    expect(found).to_contain_text("torch-seed")
    expect(found).to_contain_text("99 10.655608177185059")  # the published line
    expect(found).to_contain_text(
        "-- --force results/runs/cpu/cpu/toy/seeded/baseline/{0,1,2}.json"
    )


def test_a_link_to_a_cell_opens_it(watched: Watched, report: Path) -> None:
    watched.page.goto(report.as_uri() + SEEDED)
    expect(watched.page.locator(SEEDED)).to_have_attribute("open", "")


def test_the_keyboard_alone(watched: Watched, report: Path) -> None:
    page = opened(watched.page, report)
    link = page.locator(f'a[href="{UNSEEDED}"]').first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{UNSEEDED} summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(UNSEEDED)).not_to_have_attribute("open", "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    browser: Browser, report: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = opened(context.new_page(), report)
    choose(page, UNSEEDED)
    data(page, UNSEEDED, "loss")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    # The check can fail: an image without words is a finding.
    page.evaluate("document.querySelector('main').append(new Image())")
    assert Axe().run(page).violations_count == 1
    context.close()


def test_no_page_wider_than_a_phone(browser: Browser, report: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = opened(context.new_page(), report)
    page.locator("#open-all").click()
    data(page, UNSEEDED, "loss")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_dark_is_dark(browser: Browser, report: Path) -> None:
    context = browser.new_context(color_scheme="dark")
    page = opened(context.new_page(), report)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in colour[4:-1].split(",")) < 64
    choose(page, UNSEEDED)
    data(page, UNSEEDED, "loss")
    label = page.locator(f"{UNSEEDED} .chart svg text").first.evaluate(
        "text => getComputedStyle(text).fill"
    )
    assert min(int(part) for part in label[4:-1].split(",")) > 128, "light words on a dark chart"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(
        f"getComputedStyle(document.querySelector('{UNSEEDED} .chart svg text')).fill"
        " !== 'rgb(232, 234, 237)'"
    )
    context.close()


def test_on_paper(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = opened(browser.new_page(), report)
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator(f"{SEEDED} dl").first).to_be_visible()  # though nobody opened it
    printed = page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert printed.startswith(b"%PDF") and len(printed) > 10_000
    page.close()


def test_a_page_that_misbehaves_is_noticed(browser: Browser, tmp_path: Path) -> None:
    """The watch itself: a console error and a request to the outside are seen."""
    page = tmp_path / "page.html"
    page.write_text('<img src="http://127.0.0.1:9/x.png"><script>console.error("x")</script>')
    watched = Watched(browser.new_page())
    watched.page.goto(page.as_uri())
    watched.page.wait_for_timeout(300)
    assert any("error" in text for text in watched.said)
    assert watched.outside == ["http://127.0.0.1:9/x.png"]
    watched.page.close()
