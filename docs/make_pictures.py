"""The pictures of the guide to the pages: the scenario, served and photographed with Chromium, a few colours each."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browsing import ARGUMENTS
from tests.pages_served import running, street_ledger
from tests.tools import program
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.web.serving import server

FOLDER = Path(__file__).parent / "guides" / "pictures"
COLOURS = 96
PATIENCE_MS = 300_000
AS_OF = "valid_on=2013-06-30"
LATE = "valid_on=2013-12-31"
PICTURES = (
    ("overview", "en", 1120, 860, f"/?{AS_OF}"),
    ("overview-phone", "zh", 390, 760, f"/?{AS_OF}"),
    ("view", "zh", 1120, 760, f"/views/exam_deadlines?{AS_OF}&is.status=running&rows=25"),
    ("project", "en", 1120, 860, f"/projects/XY-P3?{AS_OF}"),
    ("event", "en", 1120, 860, f"/views/exam_deadlines?{AS_OF}&has.worker=W-005"),
    ("changes", "zh", 1120, 700, f"/diff?{AS_OF}&view=project_outputs&since=15000"),
    ("why", "en", 1120, 760, f"/explain?{LATE}&worker=W-003&scheme=post-subsidy&month=2013-12"),
    ("what-if", "zh", 1120, 1060, f"/what-if?{LATE}&policy=post-subsidy&set.rates.junior=20000"),
)


def main() -> None:
    """Serve the scenario, and write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = street_ledger(Path(folder))
        with (
            Ledger.open(url) as ledger,
            running(lambda: server(ledger, host="127.0.0.1", port=0)) as where,
            sync_playwright() as playwright,
        ):
            chromium = program("chromium", "chromium-browser", "google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
            for name, lang, width, height, path in PICTURES:
                _write(browser, FOLDER / f"{name}.png", where + path, lang, (width, height))
            browser.close()


def _write(browser: Browser, file: Path, url: str, lang: str, size: tuple[int, int]) -> None:
    locale = "zh-CN" if lang == "zh" else "en-GB"
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    page = context.new_page()
    page.goto(url, timeout=PATIENCE_MS)
    if file.stem == "event":
        page.locator("table.rows tbody td.number a").last.click()
        page.locator("table.rows tbody tr td a").nth(1).click()
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    shot.save(file, optimize=True)
    context.close()


if __name__ == "__main__":
    main()
