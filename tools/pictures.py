"""Takes the README's pictures from a demonstration's folder: `make pictures`, or `python tools/pictures.py FOLDER`.

The portal answers a headless Chromium directly, so no port is opened and nothing is fetched. Without a folder it runs
the demonstration into a temporary one first.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from commonweal import demo
from commonweal.authority import Authority
from commonweal.doors.portal import app

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SITE = "http://portal.example"
BYTES_MAX = 200_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


def shots(authority: Authority) -> list[tuple[str, str, str, dict[str, Any]]]:
    """`(file name, address, what to scroll to, browser options)` of each picture."""
    approved = next(i for i in range(authority.store.size()) if authority.store.entry(i).kind == "approval.given")
    wide = {"viewport": {"width": 1160, "height": 900}}
    tall = {"viewport": {"width": 1160, "height": 1250}}
    phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5}
    return [
        ("home.png", "/", "", wide),
        ("register.png", "/model_registration/models", "", wide),
        ("model.png", "/models/llama-3.1-405b", "", wide),
        ("threshold.png", "/unemployment", "figure.chart", tall),
        ("record.png", f"/record/{approved}", "", tall),
        ("sees.png", "/who-sees/model_registration.training_run", "", wide),
        ("zh.png", "/zh/models/gpt-4.5", "", wide),
        ("phone.png", "/models/gpt-4.5", "", phone),
    ]


def take(authority: Authority, browser: Any) -> int:
    """Write every picture; the number of those that are larger than they may be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    PICTURES.mkdir(parents=True, exist_ok=True)
    too_large = 0
    with TestClient(app(authority), base_url=SITE) as client:

        def answer(route: Any) -> None:
            found = client.get(route.request.url, follow_redirects=False)
            headers = {k: v for k, v in found.headers.items() if k not in ("content-encoding", "content-length")}
            route.fulfill(status=found.status_code, headers=headers, body=found.content)

        for name, path, place, options in shots(authority):
            context = browser.new_context(**options)
            context.route("**/*", answer)
            page = context.new_page()
            page.goto(SITE + path)
            if place:
                page.locator(place).first.evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 24)")
            page.screenshot(path=PICTURES / name)
            context.close()
            size = (PICTURES / name).stat().st_size
            too_large += size > BYTES_MAX
            print(f"{(PICTURES / name).relative_to(ROOT)}  {size:,} bytes" + (" TOO LARGE" if size > BYTES_MAX else ""))
    return too_large


def main() -> int:
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        print("needs Chromium, e.g. apt-get install chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        if len(sys.argv) < 2:
            demo.run(folder)
        with Authority.open(folder) as authority, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            left = take(authority, browser)
            browser.close()
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
