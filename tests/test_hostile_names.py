"""Names in a database that somebody else made: data, and no way out of the photo folder."""

import pytest
from build_help import with_other_files

from lsh_engine import DatabaseError, RetrievalEngine
from lsh_engine.collection.database_format import open_database
from lsh_engine.core import generations as manifest

NAMES = ("../secret.png", "/etc/passwd", "nul\0byte.png", "x" * 300, "x/" * 3000, "link.png", "loop.png")


@pytest.fixture
def forged(make, photos, tmp_path) -> RetrievalEngine:
    """The database of seven photos, with these names written into its table and every checksum made to fit."""
    root = make().collection.root
    (photos / "thing_0.png").rename(tmp_path / "secret.png")
    (photos / "link.png").symlink_to(tmp_path / "secret.png")
    (photos / "loop.png").symlink_to("loop.png")
    generation = open_database(root)
    table = generation.table("images-0").assign(path=NAMES)
    entry = manifest.write_table(root, "images-0", table)
    with_other_files(root, {"images-0": entry})
    return RetrievalEngine.open(root)


@pytest.mark.parametrize("image_id", range(len(NAMES)), ids=lambda number: f"{NAMES[number]:.20}".replace("\0", "?"))
def test_a_name_never_leads_out_of_the_photo_folder(forged, image_id):
    assert forged.path(image_id) == NAMES[image_id]
    with pytest.raises(DatabaseError, match="outside its photo folder|is not where it was"):
        forged.photo(image_id)
    assert forged.thumbnail(image_id).startswith(b"\xff\xd8")
