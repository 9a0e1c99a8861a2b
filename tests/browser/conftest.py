"""A real Chromium, and the real report of a finished campaign."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Need
from tests.support import finished


@pytest.fixture(scope="session")
def browser(need: Need) -> Iterator[Browser]:
    """Skip unless Chromium is installed."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    need("chromium", None if found else "not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        # Root, as in a container, has no sandbox; the pages are this project's own.
        made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page on disk."""
    results = finished.records(tmp_path_factory.mktemp("report"))
    finished.judge(results)
    return results / "report.html"


class Watched:
    """A page whose console and requests are kept."""

    def __init__(self, page: Page) -> None:
        """Listen to everything that a careful reader would not want."""
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    @property
    def outside(self) -> list[str]:
        """Return what was asked for beside files and data in the page."""
        return [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A fresh desktop page; it must have been silent at the end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    made = Watched(context.new_page())
    yield made
    context.close()
    assert made.said == [] and made.outside == []
