"""One's way in the report: filter, search, addresses, copies, and all of it without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Watched
from tests.browser.test_report import SEEDED, UNSEEDED, opened


@pytest.fixture
def page(watched: Watched, report: Path) -> Iterator[Page]:
    yield opened(watched.page, report)


def rows(page: Page) -> Locator:
    """Return what the matrix shows now."""
    return page.locator("#matrix tr[data-b]:visible th")


def test_without_a_filter_all_is_there(page: Page) -> None:
    expect(rows(page)).to_have_text(["unseeded", "seeded", "strict"])
    expect(page.locator("#filter output")).to_have_text("")


def test_only_what_differs(page: Page) -> None:
    page.get_by_label("only what differs").check()
    expect(rows(page)).to_have_text(["unseeded"])
    expect(page.locator("details.cell:visible")).to_have_count(1)
    expect(page.locator("#filter output")).to_contain_text(" of ")
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(3)


def test_one_configuration(page: Page) -> None:
    page.get_by_label("configuration").select_option("strict")
    expect(rows(page)).to_have_text(["strict"])
    expect(page.locator("#why table")).to_be_hidden()
    page.get_by_label("benchmark").select_option("toy")
    expect(rows(page)).to_have_text(["strict"])


def test_search(page: Page) -> None:
    page.get_by_label("search").fill("0.WEIGHT")
    expect(rows(page)).to_have_text(["unseeded"])
    page.get_by_label("search").fill("nowhere to be found")
    expect(rows(page)).to_have_count(0)


def test_an_address_holds_the_filter_and_the_cell(page: Page, report: Path) -> None:
    page.get_by_label("configuration").select_option("unseeded")
    page.locator(f'table.verdicts a[href="{UNSEEDED}"]').click()
    address = page.url
    assert address == f"{report.as_uri()}?configuration=unseeded{UNSEEDED}"
    page.goto("about:blank")
    page.goto(address)
    expect(rows(page)).to_have_text(["unseeded"])
    expect(page.locator(UNSEEDED)).to_have_attribute("open", "")


def test_a_link_to_a_cell_that_the_filter_hides_shows_it(page: Page, report: Path) -> None:
    page.goto(f"{report.as_uri()}?configuration=unseeded{SEEDED}")
    expect(page.locator(SEEDED)).to_be_visible()
    expect(page.locator(SEEDED)).to_have_attribute("open", "")


def test_every_link_inside_the_page_leads_somewhere(page: Page) -> None:
    lost = """[...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1))
        .filter((id) => !document.getElementById(id))"""
    assert page.evaluate(lost) == []
    page.evaluate("document.querySelector('.here').href = '#nowhere'")  # the check can fail
    assert page.evaluate(lost) == ["nowhere"]


def test_a_record_is_linked_where_it_lies(page: Page, report: Path) -> None:
    links = page.locator(f"{SEEDED} .records a[href^='runs/']")
    assert links.count() == 3
    for link in links.all():
        assert (report.parent / (link.get_attribute("href") or "")).is_file()


def test_a_command_is_copied(page: Page) -> None:
    page.locator("footer .copy").click()
    expect(page.locator("footer .copy")).not_to_have_text("Copy")
    page.get_by_label("search").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("search")).to_have_value("reprise verify publication.zip")


def test_contents_stay_in_sight(page: Page) -> None:
    page.locator("#limits").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("navigation", name="Sections")).to_be_in_viewport()


def test_without_scripts_everything_is_visible(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = opened(context.new_page(), report)
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#filter")).to_be_hidden()
    page.locator(f"{SEEDED} summary").click()
    expect(page.locator(f"{SEEDED} dl").first).to_be_visible()
    context.close()
