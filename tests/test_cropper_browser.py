"""The cropper in a real browser: mouse, fingers, keyboard and numbers, and what the session remembers of them."""

import pytest
from browser_help import PATIENCE, box_fields, drag, eventually, picture_of
from page_data import drawn_photo, jpeg, sideways_jpeg

WIDE = (840, 420)  # its first box is [168, 84, 504, 252]: left, top, width, height
FIRST = [168, 84, 504, 252]


def open_photo(page, address: str, photo: bytes | None = None, load: bool = True) -> None:
    page.goto(f"{address}/Search")
    data = photo or jpeg(drawn_photo(2, WIDE))
    files = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}
    page.locator('input[type="file"]').first.set_input_files(files)
    if load:
        picture_of(page)


def is_now(page, wanted: list[int], by: float = 0) -> None:
    """Left, top, width and height become what is wanted, give or take so many pixels of the photo."""
    eventually(lambda: _near(box_fields(page), wanted, by), page)


def _near(now: list[int], wanted: list[int], by: float) -> None:
    assert all(abs(one - other) <= by for one, other in zip(now, wanted, strict=True)), (now, wanted)


def on_screen(page, x: float, y: float, size: tuple[int, int] = WIDE) -> tuple[float, float]:
    """Where a point of the photo is on the screen while all of the photo is shown."""
    picture = picture_of(page)
    return picture["x"] + x * picture["width"] / size[0], picture["y"] + y * picture["height"] / size[1]


def a_pixel(page, size: tuple[int, int] = WIDE) -> float:
    """Pixels of the photo in one of the screen: how exact a drag can be."""
    return 1 + size[0] / picture_of(page)["width"]


def there_and_back(page) -> None:
    """Another page and this one again: what is shown then comes from the session."""
    page.wait_for_timeout(700)  # the cropper tells when the hand has let go
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.get_by_role("link", name="Home").click()
    page.get_by_text("How it works").wait_for()
    page.get_by_role("link", name="Search").click()
    picture_of(page)


def test_a_drag_on_a_fresh_photo_draws_a_rectangle(tab, address):
    open_photo(tab, address)
    is_now(tab, FIRST)
    exact = a_pixel(tab)
    drag(tab, on_screen(tab, 20, 40), on_screen(tab, 120, 400))  # beside the box
    is_now(tab, [20, 40, 100, 360], exact)
    drawn = box_fields(tab)
    assert tab.locator(".st-key-cropper [role=status]").inner_text().startswith(f"Box: left {drawn[0]}, top {drawn[1]}")

    drag(tab, on_screen(tab, 70, 200), on_screen(tab, 270, 210))  # inside it
    is_now(tab, [220, 50, 100, 360], exact)
    assert box_fields(tab)[2:] == drawn[2:], "moved, not resized"

    drag(tab, on_screen(tab, 320, 410), on_screen(tab, 420, 310))  # its corner, with no click before
    is_now(tab, [220, 50, 200, 260], 2 * exact)

    tab.locator(".st-key-cropper .draw").click()
    drag(tab, on_screen(tab, 250, 100), on_screen(tab, 350, 200))  # inside the box again, now to draw
    is_now(tab, [250, 100, 100, 100], exact)
    last = box_fields(tab)
    there_and_back(tab)
    is_now(tab, last)


def test_drags_past_the_edges_and_slips_of_the_hand(tab, address):
    open_photo(tab, address)
    exact = a_pixel(tab)
    drag(tab, on_screen(tab, 420, 210), on_screen(tab, -400, -900))  # the box out of the picture
    is_now(tab, [0, 0, 504, 252])
    drag(tab, on_screen(tab, 700, 300), on_screen(tab, 1200, 900))  # a new one past the corner
    is_now(tab, [700, 300, 140, 120], exact)
    drawn = box_fields(tab)
    assert drawn[0] + drawn[2] == 840 and drawn[1] + drawn[3] == 420, "cut at the edges"
    drag(tab, on_screen(tab, 200, 100), on_screen(tab, 206, 106))
    tab.get_by_text("needs 8 pixels").wait_for(state="attached")
    is_now(tab, drawn)
    corner, opposite = on_screen(tab, drawn[0], drawn[1]), on_screen(tab, 2000, 2000)
    drag(tab, corner, opposite)  # the corner past the one opposite
    is_now(tab, [832, 412, 8, 8])
    there_and_back(tab)
    is_now(tab, [832, 412, 8, 8])


def test_the_keyboard_moves_and_resizes_the_box(tab, address):
    open_photo(tab, address)
    box = tab.locator(".st-key-cropper .box")
    box.focus()
    assert "left 168, top 84, width 504, height 252 pixels" in box.get_attribute("aria-label")
    for _ in range(10):
        tab.keyboard.press("Control+ArrowRight")
    is_now(tab, [178, 84, 504, 252])
    tab.keyboard.press("ArrowUp")
    step = eventually(lambda: _fell(84 - box_fields(tab)[1]), tab)
    tab.keyboard.press("Shift+ArrowDown")
    tab.keyboard.press("Control+Shift+ArrowLeft")
    is_now(tab, [178, 84 - step, 503, 252 + step])
    tab.get_by_text(f"Box: left 178, top {84 - step}, width 503").wait_for(state="attached")
    for _ in range(600):
        box.press("ArrowLeft", no_wait_after=True)
        if box_fields(tab)[0] == 0:
            break
    assert box_fields(tab)[0] == 0, "and no further"
    last = box_fields(tab)
    there_and_back(tab)
    is_now(tab, last)


def _fell(by: int) -> int:
    assert by >= 1
    return by


def test_numbers_are_typed_in_pixels_of_the_photo(tab, address):
    open_photo(tab, address)
    side = {name: tab.locator(f".st-key-cropper input[name={name}]") for name in ("left", "top", "width", "height")}
    side["width"].fill("300")
    side["width"].press("Enter")
    is_now(tab, [168, 84, 300, 252])
    side["left"].fill("700")  # the box is cut at the edge
    side["top"].focus()
    is_now(tab, [700, 84, 140, 252])
    side["height"].fill("2")
    side["height"].press("Enter")
    is_now(tab, [700, 84, 140, 8])
    side["top"].fill("")
    side["top"].press("Enter")
    is_now(tab, [700, 84, 140, 8])
    there_and_back(tab)
    is_now(tab, [700, 84, 140, 8])


def test_an_upright_phone_photo_is_cropped_where_it_shows(tab, address):
    size = (900, 1200)
    open_photo(tab, address, sideways_jpeg(drawn_photo(7, size)))
    is_now(tab, [180, 240, 540, 720])
    picture = picture_of(tab)
    assert picture["height"] / picture["width"] == pytest.approx(4 / 3, abs=0.02), "upright, as the phone was held"
    drag(tab, on_screen(tab, 30, 1180, size), on_screen(tab, 150, 60, size))  # from below
    is_now(tab, [30, 60, 120, 1120], a_pixel(tab, size))


def test_a_large_photo_is_enlarged_to_crop_exactly(tab, address):
    open_photo(tab, address)
    whole = picture_of(tab)
    for _ in range(3):
        tab.locator(".st-key-cropper .zoom-in").click()
    assert picture_of(tab)["width"] == pytest.approx(whole["width"] * 1.5**3, rel=0.01)
    before, stage = box_fields(tab), tab.locator(".st-key-cropper .stage").bounding_box()
    tab.locator(".st-key-cropper .pan").click()
    left = picture_of(tab)["x"]
    drag(tab, (stage["x"] + 200, stage["y"] + 60), (stage["x"] + 100, stage["y"] + 60))
    assert picture_of(tab)["x"] == pytest.approx(left - 100, abs=1.5)
    assert box_fields(tab) == before, "looking elsewhere moves no box"
    tab.mouse.move(stage["x"] + 50, stage["y"] + 50)
    tab.keyboard.down("Control")
    tab.mouse.wheel(0, -60)
    tab.keyboard.up("Control")
    eventually(lambda: _larger(picture_of(tab)["width"], whole["width"] * 1.5**3), tab)
    tab.locator(".st-key-cropper .whole").click()
    eventually(lambda: _near([picture_of(tab)["width"]], [whole["width"]], 1), tab)
    assert tab.evaluate("window.visualViewport.scale") == 1, "the page itself is as large as before"


def _larger(one: float, other: float) -> None:
    assert one > other * 1.05


def test_several_boxes_each_looked_for_or_not_meant(tab, address):
    open_photo(tab, address)
    cropper = tab.locator(".st-key-cropper")
    drag(tab, on_screen(tab, 20, 40), on_screen(tab, 220, 240))
    for left in (300, 600):  # the first of them starts on free ground, both do not touch box 1
        cropper.locator(".add").click()
        drag(tab, on_screen(tab, left, 100), on_screen(tab, left + 100, 200))
        is_now(tab, [left, 100, 100, 100], a_pixel(tab))
    eventually(lambda: _rows(cropper, ["look", "look", "look"]), tab)
    cropper.get_by_label("all of them").check()
    cropper.locator(".row").nth(1).locator(".avoid").click()  # box 2 is not meant: it becomes the last
    eventually(lambda: _rows(cropper, ["look", "look", "avoid"]), tab)
    is_now(tab, [300, 100, 100, 100], a_pixel(tab))
    colours = {row.evaluate("row => row.style.getPropertyValue('--colour')") for row in cropper.locator(".row").all()}
    assert len(colours) == 3
    there_and_back(tab)
    eventually(lambda: _rows(cropper, ["look", "look", "avoid"]), tab)
    assert cropper.get_by_label("all of them").is_checked()
    cropper.get_by_label("Choose box 3").click()
    is_now(tab, [300, 100, 100, 100], a_pixel(tab))
    cropper.get_by_label("Remove box 1").click()
    eventually(lambda: _rows(cropper, ["look", "avoid"]), tab)
    assert cropper.get_by_label("Remove box 1").is_disabled(), "something must be looked for"
    cropper.get_by_label("Remove box 2").click()
    eventually(lambda: _rows(cropper, []), tab)
    is_now(tab, [600, 100, 100, 100], a_pixel(tab))
    cropper.locator(".add").focus()
    tab.keyboard.press("Enter")  # without a mouse the box is there at once
    eventually(lambda: _rows(cropper, ["look", "look"]), tab)
    for _ in range(4):
        cropper.locator(".add").focus()
        tab.keyboard.press("Enter")
    eventually(lambda: _rows(cropper, ["look"] * 6), tab)
    assert cropper.locator(".add").is_disabled()
    corners = {(box.bounding_box()["x"], box.bounding_box()["y"]) for box in cropper.locator(".box").all()}
    assert len(corners) == 6, "none hides another"
    tab.keyboard.press("Delete")
    eventually(lambda: _rows(cropper, ["look"] * 5), tab)


def _rows(cropper, roles: list[str]) -> None:
    pressed = cropper.locator('.row .role[aria-pressed="true"]').all()
    assert [("avoid" if "avoid" in one.get_attribute("class") else "look") for one in pressed] == roles


def test_a_rectangle_drawn_in_the_dialog_is_what_is_searched(tab, address):
    tab.goto(f"{address}/Search")
    tab.locator('[class*="st-key-open-sample-"] button', has_text="Wheelie bin").click()
    tab.get_by_role("button", name="Change crop").click()
    is_now(tab, [153, 63, 177, 225])
    across = int(tab.locator(".st-key-cropper input[name=width]").get_attribute("max"))
    size = (across, int(tab.locator(".st-key-cropper input[name=height]").get_attribute("max")))
    tab.wait_for_timeout(500)  # the dialog slides in
    drag(tab, on_screen(tab, 10, 20, size), on_screen(tab, 110, 320, size))
    is_now(tab, [10, 20, 100, 300], a_pixel(tab, size))
    left, top, width, height = box_fields(tab)
    tab.locator(".st-key-search-again button").click()
    tab.get_by_role("dialog").wait_for(state="detached")
    tab.wait_for_url(f"**box={left}-{top}-{left + width}-{top + height}*")


def test_a_photo_that_does_not_come_is_said_and_asked_for_again(tab, address):
    tab.route("**/media/**", lambda route: route.abort())
    open_photo(tab, address, load=False)
    tab.get_by_text("The photo could not be loaded").wait_for()
    tab.unroute("**/media/**")
    box = tab.locator(".st-key-cropper .box")
    box.press("ArrowRight")  # what it says to Python brings the photo again
    picture_of(tab)
    tab.get_by_text("The photo could not be loaded").wait_for(state="detached")


# ---- fingers ----


class Finger:
    """One finger on the glass, as the browser gets it from a touch screen: it may scroll the page instead."""

    def __init__(self, page):
        self.page, self.devtools = page, page.context.new_cdp_session(page)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self._send("touchStart", [start])
        for step in range(1, 11):
            self._send("touchMove", [tuple(a + (b - a) * step / 10 for a, b in zip(start, end, strict=True))])
            self.page.wait_for_timeout(20)
        self._send("touchEnd", [])

    def pinch(self, middle: tuple[float, float], from_apart: float, to_apart: float) -> None:
        def both(apart: float):
            return [(middle[0] - apart / 2, middle[1]), (middle[0] + apart / 2, middle[1])]

        self._send("touchStart", both(from_apart))
        for step in range(1, 11):
            self._send("touchMove", both(from_apart + (to_apart - from_apart) * step / 10))
            self.page.wait_for_timeout(20)
        self._send("touchEnd", [])

    def _send(self, kind: str, points) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


@pytest.fixture
def phone(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_photo(page, address)
    page.locator(".st-key-cropper .stage").scroll_into_view_if_needed()
    yield page
    context.close()
    assert not errors


def height_of(page) -> float:
    """Where the stage is on the screen: less when the page is scrolled down."""
    return page.locator(".st-key-cropper .stage").bounding_box()["y"]


def test_a_finger_moves_resizes_and_draws(phone):
    finger, exact = Finger(phone), a_pixel(phone)
    is_now(phone, FIRST)
    before = height_of(phone)
    finger.drag(on_screen(phone, 420, 210), on_screen(phone, 520, 260))  # inside: moves
    is_now(phone, [268, 134, 504, 252], exact)
    finger.drag(on_screen(phone, 268, 134), on_screen(phone, 468, 234))  # the corner
    is_now(phone, [468, 234, 304, 152], 2 * exact)
    finger.drag(on_screen(phone, 30, 60), on_screen(phone, 300, 180))  # beside it, sideways: draws
    is_now(phone, [30, 60, 270, 120], 2 * exact)
    assert height_of(phone) == before
    phone.locator(".st-key-cropper .draw").tap()
    finger.drag(on_screen(phone, 500, 60), on_screen(phone, 560, 400))  # downwards, after a tap on Draw
    is_now(phone, [500, 60, 60, 340], 2 * exact)
    assert height_of(phone) == before
    last = box_fields(phone)
    whole = picture_of(phone)["width"]
    finger.pinch(on_screen(phone, 420, 210), 60, 180)
    eventually(lambda: _larger(picture_of(phone)["width"], whole * 2), phone)
    assert box_fields(phone) == last


def test_a_swipe_beside_the_box_scrolls_the_page(phone):
    finger = Finger(phone)
    phone.set_viewport_size({"width": 390, "height": 480})  # so low that there is something to scroll
    is_now(phone, FIRST)
    phone.wait_for_timeout(500)
    start = on_screen(phone, 60, 380)
    before = height_of(phone)
    finger.drag(start, (start[0], start[1] - 160))
    eventually(lambda: _larger(before - 40, height_of(phone)), phone)
    is_now(phone, FIRST)


def test_a_swipe_that_becomes_a_scroll_leaves_no_new_box(phone):
    """The page takes the finger over after some pixels: what was drawn until then goes away again."""
    finger = Finger(phone)
    is_now(phone, FIRST)
    start = on_screen(phone, 60, 380)
    finger.drag(start, (start[0] + 12, start[1] - 160))
    phone.wait_for_timeout(500)
    is_now(phone, FIRST)


def test_the_cropper_fits_a_phone(phone):
    stage = phone.locator(".st-key-cropper .stage").bounding_box()
    assert stage["x"] >= 0 and stage["x"] + stage["width"] <= 390 and stage["height"] <= 844 * 0.62
    corners = [handle.bounding_box() for handle in phone.locator(".handle.nw, .handle.se").all()]
    assert len(corners) == 2, "seen before anything was touched"
    assert all(corner["width"] >= 44 and corner["height"] >= 44 for corner in corners)
    assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
