"""How large a page of `spinglass report` is, how soon it is ready, and what a slider step takes.

    python benchmarks/report_page.py report.html

Chromium loads the page seven times with WebGL and seven times without; a step of the slider is
timed from the event to the second frame after it.  Medians, and the smallest and largest.
"""

import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
TIMES = 7
STEP = """async (value) => {
  const slider = document.querySelector("input[type=range]");
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  await frame();
  const began = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  await frame();
  await frame();
  return performance.now() - began;
}"""


def measure(browser: Browser, address: str) -> tuple[float, list[float]]:
    """Return the seconds until the page is ready, and the milliseconds of steps of the slider."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    ready = time.perf_counter() - began
    last = int(page.get_attribute("input[type=range]", "max") or 0)
    order = [*range(1, last + 1), *range(last - 1, -1, -1)]
    steps = [page.evaluate(STEP, value) for value in order]
    page.close()
    return ready, steps


def words(values: list[float], unit: str, digits: int) -> str:
    middle = statistics.median(values)
    return f"{middle:.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main(path: Path) -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    with sync_playwright() as playwright:
        for name, options in (("with WebGL", []), ("without", ["--disable-3d-apis"])):
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", *options]
            )
            found = [measure(browser, path.resolve().as_uri()) for _ in range(TIMES)]
            ready = [one for one, _ in found]
            steps = [step for _, each in found for step in each]
            print(f"  {name}: ready {words(ready, 's', 2)}, a step {words(steps, 'ms', 0)}")
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
