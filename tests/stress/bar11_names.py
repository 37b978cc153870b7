"""Bar 11: a name is text, wherever it shows, and never a way out of the photo folder."""

import ast
import csv
import io
import json
from contextlib import redirect_stdout, suppress
from pathlib import Path
from unittest import mock
from urllib.parse import quote

from lsh_engine import EngineError, RetrievalEngine, SearchSettings, load_image
from lsh_engine.cli.app import main
from lsh_engine.core.csv_text import FORMULA_STARTS
from pages.common import catalog
from pages.common.catalog import Database
from pages.common.question import Question
from pages.common.session import Query, SearchedCrop
from pages.common.text import one_line, plain
from pages.databases import photo_browser
from pages.search.export import as_csv, as_json
from tests import small_photos
from tests.page_data import drawn_photo, jpeg

from . import browser, hostile, pages
from .bars import Figure
from .corpus import HOSTILE_NAMES

TITLE = "Names are data"
BAR = (
    "36 hostile names render literally in captions, tables, CSV and errors; 0 unsafe_allow_html fed with data; "
    "0 opens outside the photo folder, links included"
)
LEAST_NAMES = 36
ROOT = Path(__file__).parents[2]
RENDERED = "a,img,b,i,strong,em,code,del,table,ul,ol,hr,h1,h2,h3,script,svg,math,.katex,[data-testid=stIconMaterial]"
UPLOADS = [name for name in HOSTILE_NAMES if 0 < len(name) < 1000 and name != "\ud800.png"]  # no browser sends those
NO_PICTURE = b"no picture at all"


def measure(work: Path) -> Figure:
    opens, place = hostile.Opens(), hostile.make(work)
    escaped = _photos_outside(place, opens)
    with opens.heard():
        faults = _in_files(place) + _on_pages(place)
    escaped |= _secrets(opens, place)
    html = html_from_data()
    shown, seen_faults = _in_a_browser(place)
    faults += seen_faults
    measured = (
        f"{len(HOSTILE_NAMES)} names ({place.n_on_disk} of them on the disk, all in a database's table, "
        f"{len(UPLOADS)} as uploads): {shown} places in Chromium, {len(faults)} faults; {len(escaped)} opens outside "
        f"the photo folder; {len(html)} calls that show data as HTML"
    )
    passed = not (faults or escaped or html) and len(HOSTILE_NAMES) >= LEAST_NAMES and shown >= 2 * LEAST_NAMES
    return Figure(passed, "; ".join([measured, *faults[:4], *sorted(escaped)[:3], *html]))


# ---- files


def _photos_outside(place: hostile.Hostile, opens: hostile.Opens) -> set[str]:
    """What is opened outside the photo folder while every photo of both databases is asked for."""
    for path in (place.built, place.forged):
        engine = RetrievalEngine.open(path)
        with opens.heard():
            for image_id in range(engine.n_images):
                try:
                    engine.photo(image_id)
                except EngineError:
                    continue
    return opens.outside(place.photos)


def _secrets(opens: hostile.Opens, place: hostile.Hostile) -> set[str]:
    """Opened files that only a hostile name leads to."""
    forbidden = ("/etc/passwd", "/etc/shadow", "/dev/zero", "/dev/stdin", str(place.outside.resolve()))
    return {path for path in opens.paths if path.startswith(forbidden)}


def html_from_data() -> list[str]:
    """Calls of the pages that hand anything but a constant to the browser as HTML."""
    found = []
    for path in (ROOT / "app.py", *(ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            allowed = any(k.arg == "unsafe_allow_html" and ast.unparse(k.value) != "False" for k in node.keywords)
            as_html = allowed or ast.unparse(node.func).endswith((".html", ".iframe"))
            constant = node.args and (
                isinstance(node.args[0], ast.Constant)
                or (isinstance(node.args[0], ast.Name) and node.args[0].id.isupper())
            )
            if as_html and not constant:
                found.append(f"{path.name}: {ast.unparse(node):.60}")
    return found


def _in_files(place: hostile.Hostile) -> list[str]:
    """CSV, JSON and the command line tell every name letter by letter and run none."""
    faults = []
    engine = RetrievalEngine.open(place.forged)
    report = engine.query(small_photos.photo(0), settings=SearchSettings(delta=3.1, scales=(1.0,)))
    names = {match.path for match in report.exhaustive.matches}
    faults += [f"lacks {name!r:.40}" for name in hostile.PATHS if name.encode(errors="replace").decode() not in names]
    cells = [row["path"] for row in csv.DictReader(io.StringIO(as_csv(report), newline=""))]
    faults += [f"CSV formula {cell!r:.40}" for cell in cells if cell.startswith(FORMULA_STARTS)]
    told = {cell.removeprefix("'") for cell in cells}
    faults += [f"CSV lost {name!r:.40}" for name in names if name.removeprefix("'") not in told]
    question = Question(
        Database("x", "x", "x", engine), Query("=1+1", "0", (9, 9)), SearchedCrop("0", (0, 0, 9, 9), (1.0,))
    )
    in_json = {match["path"] for match in json.loads(as_json(report, question))["exhaustive"]["matches"]}
    faults += [f"JSON lost {name!r:.40}" for name in names - in_json]
    for command in ("query", "info"):
        said = io.StringIO()
        arguments = [command, str(place.forged)]
        arguments += [str(ROOT / "assets" / "ui" / "screenshot.png"), "--delta=3.1"] if command == "query" else []
        with mock.patch("sys.argv", ["lsh_engine", *arguments]), redirect_stdout(said), suppress(SystemExit):
            main()
        strange = [line for line in said.getvalue().split("\n") if not line.isprintable()]
        faults += [f"{command} prints {line!r:.60}" for line in strange]
        faults += [] if said.getvalue() else [f"{command} says nothing"]
    return faults


# ---- pages


def _on_pages(place: hostile.Hostile) -> list[str]:
    """Under AppTest: no exception, and every name escaped where Markdown is read."""
    faults = []
    with (
        pages.only(place.forged),
        mock.patch.object(photo_browser, "PER_PAGE", 99),
    ):
        at = pages.search(pages.upload(pages.opened(pages.SEARCH), "photo.jpg", jpeg(drawn_photo(1))))
        for number in range(len(hostile.PATHS)):
            at = pages.wish(at, "open", number)
            faults += [f"detail {number}: {error.message}" for error in at.exception]
        for name in UPLOADS:
            at = pages.upload(at, name, NO_PICTURE)
            if at.exception or len(at.error) != 1:
                faults.append(f"bad upload {name!r:.40}: {len(at.exception)} exceptions, {len(at.error)} errors")
            at = pages.upload(at, name, jpeg(drawn_photo(2)))
            if at.exception or f"**{plain(one_line(name, 80), 60)}**" not in [text.value for text in at.markdown]:
                faults.append(f"upload {name!r:.40} is not titled by its name")
        for view in ("Photos", "Facts", "Care"):
            at = pages.opened(pages.DATABASES)
            at.session_state["databases-view"] = view
            faults += [f"{view}: {error.message}" for error in at.run().exception]
    return faults


def _in_a_browser(place: hostile.Hostile) -> tuple[int, list[str]]:
    """(places looked at, those where a name is not its letters or became an element)."""
    faults, shown = [], 0
    with browser.tab({catalog.VARIABLE: str(place.forged)}) as tab:
        if tab is None:
            return 0, ["no Chromium here"]
        for element, wanted in (*_uploads(tab), *_cards(tab), *_facts(tab, place)):
            shown += 1
            faults += [] if element == [wanted, 0] else [f"shows {element} for {wanted!r}"]
        return shown, faults + [f"ran {text}" for text in tab.ran] + [f"asked for {url}" for url in tab.asked]


_READ = """([selector, rendered]) => [...document.querySelectorAll(selector)].map(
    e => [e.textContent.replaceAll('\\u2060', ''), e.querySelectorAll(rendered).length])"""


def _read(tab: browser.Tab, selector: str) -> list[list]:
    """[text, number of elements that Markdown or HTML made] of every place."""
    return tab.page.evaluate(_READ, [selector, RENDERED])


def _settled(tab: browser.Tab, selector: str, wanted: str, patience: int = 80) -> list:
    """The place as it reads once it says `wanted`, or what it says in the end."""
    found: list = []
    for _ in range(patience):
        found = next(iter(_read(tab, selector)), ["nothing", 0])
        if found[0] == wanted:
            break
        tab.page.wait_for_timeout(100)
    return found


def _uploads(tab: browser.Tab):
    """Errors about bad uploads, and the titles of good ones."""
    page, good = tab.page, jpeg(drawn_photo(3))
    page.goto(f"{tab.address}/Search?database={quote(Path(hostile.DATABASE).stem)}")
    page.locator("input[type=file]").first.wait_for(state="attached")
    said = _refusal(NO_PICTURE)
    for name in UPLOADS:
        sent = {"name": name, "mimeType": "image/jpeg", "buffer": NO_PICTURE}
        page.locator("input[type=file]").first.set_input_files(sent)
        wanted = f"{one_line(_as_sent(name), 60)}: {said}"
        yield _settled(tab, "[data-testid=stAlertContentError] [data-testid=stMarkdownContainer]", wanted), wanted
    fields = page.locator("input[type=file]")
    for number, name in enumerate(UPLOADS):
        if number:
            page.locator(".st-key-other-photo button").click()
            fields = page.get_by_role("dialog").locator("input[type=file]")
            fields.first.wait_for(state="attached")
            page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
            page.wait_for_timeout(200)  # no hand is as quick: Streamlit drops what comes while a field is mounted
        fields.first.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": good})
        wanted = one_line(one_line(_as_sent(name), 80), 60)
        yield _settled(tab, ".st-key-fresh-photo [data-testid=stMarkdownContainer] strong", wanted), wanted
    page.locator(".st-key-search button").click()
    yield _settled(tab, ".lk-name", wanted, 400), wanted


def _refusal(data: bytes) -> str:
    try:
        load_image(data)
    except EngineError as error:
        return str(error)
    raise AssertionError("this is no picture")


def _as_sent(name: str) -> str:
    """As the name reaches the app: HTML forms write quotes and line ends in per cent, their reader drops a drive."""
    name = name.replace('"', "%22").replace("\n", "%0A").removeprefix("C:\\")
    return name[1:] if name.startswith("\\\\") else name


def _cards(tab: browser.Tab):
    """The browser of photos: every photo's name on its card."""
    page = tab.page
    page.get_by_role(
        "link", name="Databases", exact=True
    ).click()  # a fresh address would forget which database was chosen
    names = [name.encode(errors="replace").decode() for name in hostile.PATHS]
    for start in range(0, len(names), photo_browser.PER_PAGE):
        if start:
            page.get_by_role("button", name=f"Page {start // photo_browser.PER_PAGE + 1}", exact=True).click()
        for number, name in enumerate(names[start : start + photo_browser.PER_PAGE], start):
            wanted = one_line(name.rsplit("/", 1)[-1], 18)
            if wanted:  # of a name that ends in a slash nothing is to be seen
                yield _settled(tab, f".st-key-open-browse-{number} [data-testid=stMarkdownContainer]", wanted), wanted


def _facts(tab: browser.Tab, place: hostile.Hostile):
    """The photo folder in the table of facts."""
    tab.page.get_by_text("Facts", exact=True).click()
    wanted = one_line(hostile.FOLDER, 60)
    row = "[data-testid=stMarkdownContainer] table tr:nth-child(n+5):nth-last-child(2) td:nth-child(2)"
    tab.page.locator(row).first.wait_for()
    yield _settled(tab, row, wanted), wanted
