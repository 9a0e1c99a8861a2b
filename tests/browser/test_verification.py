"""The page of a verification in a real browser, opened from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watched
from tests.support.verified import CELLS, verification
from workflows.publication.verify.page import html


@pytest.fixture
def address(tmp_path: Path) -> str:
    path = tmp_path / "verification.html"
    path.write_text(html(verification(CELLS)), encoding="utf-8")
    return path.as_uri()


def test_it_opens_with_the_verdict(watched: Watched, address: str) -> None:
    watched.page.goto(address)
    expect(watched.page.locator("h1")).to_contain_text("So far, yes")
    expect(watched.page.locator(".tiles li")).to_have_count(4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    browser: Browser, scheme: Literal["light", "dark"], width: int, address: str
) -> None:
    size = {"width": width, "height": 844}
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    assert Axe().run(page).violations_count == 0, Axe().run(page).generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelector('main').append(new Image())")  # the check can fail
    assert Axe().run(page).violations_count == 1
    context.close()
