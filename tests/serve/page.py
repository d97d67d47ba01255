#!/usr/bin/env python3
"""The dashboard in a browser: cameras, alerts, hostile names, many cameras, the keyboard, what a screen reader gets, and a
picture to try.

Usage: page.py SIMULATED_CAMERAS PICTURE [FOLDER]   FOLDER: for screenshots
Needs: playwright (PyPI), chromium. FLIQE_AXE=axe.min.js (axe-core of npm): accessibility is checked too."""
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request

simulated, picture = sys.argv[1:3]
folder = sys.argv[3] if len(sys.argv) > 3 else None
axe = os.environ.get("FLIQE_AXE")
browser_program = shutil.which("chromium")
try:
    from playwright.sync_api import sync_playwright
except ImportError:
    print("skipped: playwright (PyPI) is not installed")
    sys.exit(77)
if not browser_program:
    print("skipped: chromium is not installed")
    sys.exit(77)


class Service:
    def __init__(self, count, port=0):
        self.process = subprocess.Popen([simulated, str(count), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


class Events:
    """The times of events, as a client of its own gets them."""

    def __init__(self, service):
        self.response = urllib.request.urlopen(service.url + "v1/events", timeout=60)
        self.found = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for line in self.response:
                if line.startswith(b"data: "):
                    self.found.append((time.time(), json.loads(line[6:])))
        except Exception:
            pass  # the service is gone

    def wait(self, name, stream):
        for _ in range(2000):
            for moment, event in self.found:
                if event["event"] == name and event["stream"] == stream:
                    return moment
            time.sleep(.01)
        raise AssertionError(f"no event {name} of {stream}")


def open_page(browser, service, complaints, **options):
    page = browser.new_page(**options)
    page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(service.url)
    page.wait_for_selector("#connection[data-state=live]")
    return page


def shoot(page, name):
    if folder:
        page.evaluate("scrollTo(0, 0)")
        time.sleep(.3)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def check_accessibility(page, what):
    if not axe:
        print("not checked: FLIQE_AXE is not set")
        return
    page.add_script_tag(content=open(axe).read()) if page.evaluate("typeof axe") == "undefined" else None
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html'][:150]}" for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, (what, serious)
    print(f"axe, {what}: nothing serious; {len(found)} minor")


def given_cameras_then_alerts_show_at_once(browser):
    complaints = []
    service = Service(12)
    events = Events(service)
    page = open_page(browser, service, complaints, viewport={"width": 1280, "height": 900}, bypass_csp=bool(axe))
    page.wait_for_function("document.querySelectorAll('.tile .quality').length === 12")
    page.wait_for_function("document.getElementById('counts').textContent.startsWith('12 cameras · 12 ok')")
    service.tell("7 quality 0.2")
    page.wait_for_selector("#alert-list li[data-open=true]")
    delay = time.time() - events.wait("alert", "camera 7")
    assert delay < 1, delay
    print(f"alert on the page after {delay:.2f} s")
    page.wait_for_function("document.querySelector('#tiles .tile .name').textContent === 'camera 7'")
    assert "camera 7" in page.text_content("#announcer")
    service.tell("5 down")
    page.wait_for_function("document.getElementById('counts').textContent.includes('1 low · 1 without pictures')")
    page.wait_for_function("[...document.querySelectorAll('.what')].some(e => e.textContent.includes('<b>host</b>') || e.textContent.includes('reset'))")
    page.click("#tiles .tile:has-text('camera 7')")
    page.wait_for_selector("#camera:not([hidden]) canvas")
    page.wait_for_selector("#frame-image:not([hidden])")
    page.wait_for_function("""() => {
      const canvas = document.querySelector('#chart canvas'), blue = (d, i) => d[i + 2] > 120 && d[i] < 80 && d[i + 3] > 200;
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) count += blue(data, i);
      return count > 50;
    }""")  # the line is there
    page.wait_for_selector("#worst-list img")
    service.tell("5 up")
    service.tell("7 quality 0.9")
    page.wait_for_function("document.getElementById('counts').textContent.includes('12 ok')")
    page.wait_for_function("document.querySelectorAll('#alert-list li[data-open=true]').length === 0")
    page.click("#acknowledge-all")
    assert page.locator("#alert-list li[data-acknowledged=true]").count() >= 2
    assert page.title() == "fliqe" and page.locator("#tiles img[src=x], #tiles script").count() == 0
    assert "secret" not in page.content()
    check_accessibility(page, "light")
    service.tell("8 quality 0.3")
    service.tell("9 down")
    page.wait_for_function("document.getElementById('counts').textContent.includes('1 low · 1 without pictures')")
    page.mouse.move(5, 5)
    time.sleep(2)
    shoot(page, "wide-light")
    page.emulate_media(color_scheme="dark")
    time.sleep(1.2)
    check_accessibility(page, "dark")
    shoot(page, "wide-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    time.sleep(1.2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"
    shoot(page, "phone-dark")
    assert not complaints, complaints
    service.end()


def given_a_cut_then_events_resume(browser):
    complaints = []
    service = Service(6)
    page = open_page(browser, service, complaints)
    page.wait_for_function("document.getElementById('counts').textContent.includes('6 ok')")
    port = service.port
    service.end()
    page.wait_for_selector("#connection[data-state=lost]")
    service = Service(6, port)
    service.tell("4 quality 0.1")
    page.wait_for_selector("#connection[data-state=live]", timeout=20000)
    page.wait_for_selector("#alert-list li:has-text('camera 4')", timeout=20000)
    print("events resumed after the service was gone")
    service.end()


def given_a_thousand_cameras_then_the_page_stays_quick(browser):
    complaints = []
    service = Service(1000)
    page = open_page(browser, service, complaints, viewport={"width": 1280, "height": 900})
    page.wait_for_function("document.querySelectorAll('#tiles.table > li').length === 1000", timeout=60000)
    page.evaluate("""() => {
      window.longest = 0; let last = performance.now();
      const list = document.getElementById('tiles');
      const step = (now) => { longest = Math.max(longest, now - last); last = now; list.scrollTop += 40; requestAnimationFrame(step); };
      requestAnimationFrame(step);
    }""")
    before = page.evaluate("performance.memory.usedJSHeapSize")
    time.sleep(8)
    longest = page.evaluate("longest")
    assert page.get_attribute("#connection", "data-state") == "live"
    print(f"1,000 cameras: longest frame {longest:.0f} ms, heap {before / 1e6:.0f} -> "
          f"{page.evaluate('performance.memory.usedJSHeapSize') / 1e6:.0f} MB")
    assert longest < 1000, longest
    page.fill("#filter", "camera 77")
    page.wait_for_function("[...document.querySelectorAll('#tiles > li')].filter(e => !e.hidden).length === 11")
    page.evaluate("document.getElementById('tiles').scrollTop = 0")
    time.sleep(1.2)
    shoot(page, "thousand")
    assert not complaints, complaints
    service.end()


def given_the_keyboard_then_everything_is_reached(browser):
    service = Service(5)
    page = open_page(browser, service, [])
    page.wait_for_function("document.querySelectorAll('.tile').length === 5")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.name"))
    assert {"filter", "view", "pause", "tile", "file", "acknowledge-all", "skip"} <= reached, reached
    page.focus(".tile")
    page.keyboard.press("Enter")
    page.wait_for_selector("#camera:not([hidden])")
    service.end()


def given_a_picture_then_its_score_and_map_show(browser):
    complaints = []
    service = Service(2)
    page = open_page(browser, service, complaints, viewport={"width": 1280, "height": 900})
    page.set_input_files("#file", [picture, __file__])
    page.wait_for_selector("#results .verdict[data-level]")
    page.wait_for_selector("#results img[alt^='Heat map']", timeout=60000)
    page.wait_for_selector("#results .error", timeout=60000)  # this file is no picture
    assert "page.py" in page.text_content("#results .error")
    shoot(page, "try")
    assert all("422" in text for text in complaints), complaints
    service.end()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=browser_program, args=["--enable-precise-memory-info"])
    for test in [f for name, f in list(globals().items()) if name.startswith("given_")]:
        begun = time.time()
        test(browser)
        print(f"{test.__name__}: passed in {time.time() - begun:.1f} s", flush=True)
    browser.close()
