"""The published merge in a real browser, opened from disk."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watched
from tests.support.published import MERGED

PAGE = (MERGED / "merged.html").as_uri()
BEYOND = """[...document.querySelectorAll(".wide")]
.filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"""
"""The names of the tables that are not wholly seen."""


def test_it_opens_with_the_conclusion(watched: Watched) -> None:
    watched.page.goto(PAGE)
    expect(watched.page.locator("#conclusion")).to_contain_text("simulated by QEMU")
    expect(watched.page.locator("table.verdicts").first).to_contain_text("across them")


def test_control_a_table_beyond_the_phone_is_seen(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(PAGE)
    page.add_style_tag(content=".letters th { writing-mode: horizontal-tb !important; }")
    assert [name.partition(" ")[0] for name in page.evaluate(BEYOND)] == ["Operators"] * 3
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(browser: Browser, scheme: Literal["light", "dark"], width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(PAGE)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND) == []
    page.evaluate("document.querySelector('main').append(new Image())")  # the check can fail
    assert Axe().run(page).violations_count == 1
    context.close()
