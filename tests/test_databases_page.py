"""The Databases page under AppTest: look through, facts, care, and a wizard that lets nobody look outside."""

import shutil
from pathlib import Path

import pytest
from job_help import note_job
from page_data import N_PHOTOS, buttons, checked, drawn_photo, jpeg, texts
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import EngineError, Request, read_job
from lsh_engine.running import job as job_files
from pages.common import catalog, folder_rules, permissions
from pages.common.job_cards import progress_text
from pages.common.text import long_duration, size
from pages.databases import wizard
from pages.databases.photo_browser import patch_groups

PAGE = str(Path(__file__).parents[1] / "pages" / "3_Databases.py")


@pytest.fixture
def home(tiny, tmp_path, monkeypatch) -> Path:
    """A folder of databases with a copy of the tiny one; photos may come from the folder beside it."""
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no-demo.db")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny.parent / "photos", tmp_path / "shared" / "photos")
    shutil.copytree(tiny, tmp_path / "dbs" / "tiny.db")
    (tmp_path / "dbs" / "photos").symlink_to(tmp_path / "shared" / "photos")
    monkeypatch.setenv(catalog.VARIABLE, str(tmp_path / "dbs"))
    monkeypatch.setenv(folder_rules.PHOTOS, str(tmp_path / "shared"))
    return tmp_path / "dbs"


def opened(view: str = "Photos") -> AppTest:
    at = checked(AppTest.from_file(PAGE, default_timeout=60).run())
    return at if view == "Photos" else checked(at.segmented_control(key="databases-view").set_value(view).run())


# ---- look through


def test_photos_filter_and_patches(home):
    at = opened()
    assert len(buttons(at, "open-browse-")) == N_PHOTOS
    at.text_input(key="browse-filter").set_value("PHOTO_3")
    at = checked(at.run())
    assert [button.key for button in buttons(at, "open-browse-")] == ["open-browse-3"]
    at = checked(at.button(key="open-browse-3").click().run())
    assert any("119 in all" in caption.value for caption in at.caption)
    at.text_input(key="browse-filter").set_value("](nothing)*")
    assert not buttons(checked(at.run()), "open-browse-") and at.info


def test_patches_are_grouped_by_size():
    groups = patch_groups({"sizes": [1.0, 0.5], "positions": [1, 3]})
    assert groups == {1.0: slice(0, 1), 0.5: slice(1, 10)}


def test_facts_say_what_presets_mean(home):
    at = opened("Facts")
    assert [metric.value for metric in at.metric][:2] == [str(N_PHOTOS), f"{N_PHOTOS * 119:,}"]
    told = texts(at)
    for words in (
        "same picture",
        "rad (",
        "EfficientNet",
        "as published; SHA-256 579344248a93e230",
        "learned on its own photos",
        "k = 20, L = 50",
        "below 50 photos",
    ):
        assert words in told, words
    assert str(home) not in told, "no paths of the server"
    assert "index.lsh" in at.dataframe[0].value["Name"].tolist()


# ---- jobs


def noted(home: Path, status: str, name: str = "new.db", **state) -> Path:
    request = Request(kind="build", photos=str(home), backbone="efficientnet_lite0")
    return note_job(home / name, request, status, **state)


def test_a_stopped_build_offers_to_go_on_or_to_be_thrown_away(home):
    root = noted(home, "running", stage="describe", done=142, total=180, rate=21.0)
    at = opened()
    assert buttons(at, "resume-")
    at = checked(at.button(key="discard-new.db").click().run())
    assert not root.exists() and not buttons(at, "resume-")


def test_what_could_not_be_read_is_listed_letter_by_letter(home):
    noted(home, "done", "tiny.db", message="fine", unreadable=(("=1+1|[x](y).jpg", "no picture"),), n_unreadable=1)
    at = opened()
    assert at.dataframe[0].value["File"].iat[0] == "=1+1|[x](y).jpg"
    at = checked(at.button(key="away-tiny.db").click().run())
    assert read_job(home / "tiny.db") is None and (home / "tiny.db" / "CURRENT").is_file()


def test_progress_has_units_and_time_left(home):
    job = read_job(noted(home, "starting", stage="describe", done=142, total=180, rate=19.0))
    assert progress_text(job) == "Describing photos: 142 of 180 photos · 19 photos/s · 2 s left"
    assert [long_duration(seconds) for seconds in (0.2, 95, 1500, 7300)] == ["1 s", "1 min 35 s", "25 min", "2 h 1 min"]
    assert [size(number) for number in (12, 3400, 135.7e6, 2.1e9)] == ["12 bytes", "3.4 kB", "136 MB", "2.1 GB"]


def test_who_waits_for_another_build_is_told(home, monkeypatch):
    monkeypatch.setattr(job_files, "is_alive", lambda root: True)
    root = noted(home, "running", stage="wait", done=2, started=1.0)
    assert progress_text(read_job(root)) == "Waiting for another build to finish, with 2 more before it…"
    at = checked(opened().button(key="cancel-new.db").click().run())
    assert read_job(root).cancelling and not at.error


# ---- maintenance


def test_maintenance_verifies_in_a_process_of_its_own(home):
    at = checked(opened("Maintenance").button(key="maintenance-verify").click().run())
    assert read_job(home / "tiny.db").request.kind == "verify"
    for _ in range(600):
        if read_job(home / "tiny.db").status != "running":
            break
        at.run()
    assert "all as written" in read_job(home / "tiny.db").state.message
    assert "all as written" in texts(checked(at.run()))


def test_photos_that_changed_are_told(home):
    assert "changed" not in "".join(warning.value for warning in opened("Maintenance").warning)
    (home.parent / "shared" / "photos" / "photo_2.jpg").write_bytes(jpeg(drawn_photo(40)))
    assert "1 photo changed since the last build, such as photo" in opened("Maintenance").warning[0].value


def test_deleting_takes_the_name(home):
    at = opened("Maintenance")
    assert at.button(key="maintenance-delete").disabled
    at.text_input(key="maintenance-delete-name").set_value("tiny")
    at = checked(at.run())
    checked(at.button(key="maintenance-delete").click().run())
    assert not (home / "tiny.db").exists() and (home.parent / "shared" / "photos" / "photo_1.jpg").is_file()


@pytest.mark.parametrize("value", ["off", "0", "NO"])
def test_a_public_demo_can_only_be_read(home, monkeypatch, value):
    monkeypatch.setenv(permissions.BUILDS, value)
    assert permissions.BUILDS in texts(opened("New")) and not buttons(opened("New"), "wizard")
    assert opened("Maintenance").info and not buttons(opened("Maintenance"), "maintenance")


def test_the_demo_cannot_be_changed(home, monkeypatch, tmp_path):
    monkeypatch.setattr(catalog, "DEMO", (home / "tiny.db").rename(tmp_path / "demo.db"))
    assert not buttons(opened("Maintenance"), "maintenance")


# ---- the wizard


def test_the_wizard_estimates_and_offers_to_start(home):
    at = opened("New")
    at = checked(at.selectbox(key="wizard-folder-inside-0").set_value("photos").run())
    assert at.text_input(key="wizard-name-photos").value == "photos"
    at.pills(key="wizard-sizes").set_value([1.0, 0.5])
    at = checked(at.run())
    assert not buttons(at, "wizard-start-build")
    at = checked(at.button(key="wizard-estimate").click().run())
    assert not at.error and {metric.label: metric.value for metric in at.metric}["Vectors"] == f"{N_PHOTOS * 10}"
    assert buttons(at, "wizard-start-build")
    at.text_input(key="wizard-name-photos").set_value("tiny")
    at = checked(at.run())
    assert "already" in at.error[0].value and not buttons(at, "wizard-start-build")


def test_uploaded_photos_are_kept_and_built_from(home):
    at = opened("New")
    at = checked(at.segmented_control(key="wizard-source").set_value("upload").run())
    assert "First choose the photos" in texts(at)
    uploader = at.file_uploader(key="wizard-upload-0").upload("../../a.exe", jpeg(drawn_photo(1)))
    at = checked(uploader.upload("b.jpg", jpeg(drawn_photo(2))).upload("=1+1.jpg", b"x").run())
    kept = list((home.parent / "shared" / folder_rules.UPLOADS).iterdir())
    assert len(kept) == 1 and sorted(path.name for path in kept[0].iterdir()) == ["a.jpg", "b.jpg"]
    assert "2 photos in" in texts(at) and at.dataframe[0].value["File"].tolist() == ["=1+1.jpg"]
    at = checked(at.button(key="wizard-estimate").click().run())
    assert {metric.label: metric.value for metric in at.metric}["Photos"] == "2" and str(home.parent) not in texts(at)
    at = checked(at.file_uploader(key="wizard-upload-1").upload("c.png", jpeg(drawn_photo(3))).run())
    assert "3 photos in" in texts(at), "more join the first"
    assert not at.dataframe, "what was refused before is of the past"
    at = checked(at.button(key="wizard-upload-discard").click().run())
    assert not kept[0].exists() and "First choose the photos" in texts(at)


def test_uploads_that_are_built_from_cannot_be_discarded(home, monkeypatch):
    monkeypatch.setattr(wizard, "start_job", lambda root, request: asked.append((root, request)))
    asked = []
    at = checked(opened("New").segmented_control(key="wizard-source").set_value("upload").run())
    at = checked(at.file_uploader(key="wizard-upload-0").upload("a.jpg", jpeg(drawn_photo(1))).run())
    at = checked(at.button(key="wizard-estimate").click().run())
    at = checked(at.button(key="wizard-start-build").click().run())
    ((root, request),) = asked
    assert root.parent == home and (Path(request.photos) / "a.jpg").is_file()
    assert not buttons(at, "wizard-upload-discard"), "the next upload begins another folder"


def test_uploads_together_have_a_limit(home, monkeypatch):
    folder = folder_rules.new_upload_folder()
    (folder / "a.jpg").write_bytes(bytes(1000))
    assert folder_rules.new_upload_folder() != folder and folder.parent.parent == home.parent / "shared"
    monkeypatch.setattr(folder_rules, "MOST_UPLOADED", 1500)
    monkeypatch.setattr(folder_rules, "LEFT_FREE", 0)
    assert folder_rules.upload_room(folder) == 500
    monkeypatch.setattr(folder_rules, "LEFT_FREE", 10**18)
    assert folder_rules.upload_room(folder) == 0


def test_uploads_need_a_folder_that_can_be_written(home, monkeypatch, tmp_path):
    (home.parent / "shared" / folder_rules.UPLOADS).write_text("a file")
    with pytest.raises(EngineError, match="shared/lookalike-uploads.* choose a folder"):
        folder_rules.new_upload_folder()
    monkeypatch.setenv(folder_rules.PHOTOS, str(tmp_path / "nowhere"))
    with pytest.raises(EngineError, match="no photo folder"):
        folder_rules.new_upload_folder()


def test_a_wrong_folder_is_said_until_a_right_one_is_typed(home):
    at = opened("New")
    at = checked(at.text_input(key="wizard-folder-typed").set_value("/nowhere").run())
    assert len(at.error) == 1 and "that is no folder" in at.error[0].value
    at = checked(at.text_input(key="wizard-folder-typed").set_value(str(home.parent / "shared" / "photos")).run())
    assert not at.error and "photos" in texts(at)


@pytest.mark.parametrize(
    "typed", ["/etc", "..", "photos/../..", "~root", "/", "\0", ".hidden", "nowhere", "link", "x" * 5000]
)
def test_nobody_looks_outside_the_shared_folders(home, typed):
    (home.parent / "shared" / ".hidden").mkdir()
    (home.parent / "shared" / "link").symlink_to("/etc")
    said = []
    with pytest.raises(EngineError) as refusal:
        folder_rules.allowed_folder(typed)
    said.append(str(refusal.value))
    assert said == ["that is no folder below the places listed here: choose one of them, or a folder inside"]
    assert folder_rules.folders_inside(home.parent / "shared") == ["photos"]
    assert folder_rules.allowed_folder("photos") == home.parent / "shared" / "photos"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "CON", "nul.db", ".x", "x" * 41, "a\0b", "é", "a."])
def test_names_that_cannot_be(home, name):
    with pytest.raises(EngineError, match="1 to 40 letters"):
        folder_rules.new_database(name)


def test_names_that_can(home):
    assert folder_rules.new_database("My photos-2.db") == home / "My photos-2.db"
    assert folder_rules.free_name("tiny") == "tiny-2" and folder_rules.free_name("Ärger & Co/") == "rger-Co"
    with pytest.raises(EngineError, match="tiny already"):
        folder_rules.new_database("tiny")


def test_a_folder_in_which_the_first_database_is_being_built_is_no_problem(tmp_path, monkeypatch):
    monkeypatch.setenv(catalog.VARIABLE, str(tmp_path))
    (tmp_path / "notes.txt").write_text("not a database")
    assert catalog.without_databases() == [tmp_path]
    note_job(tmp_path / "first.db", Request(kind="build", photos=str(tmp_path)))
    assert catalog.without_databases() == []
