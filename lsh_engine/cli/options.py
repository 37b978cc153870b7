"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

DatabasePath = Annotated[Path, typer.Argument(metavar="DB", help="Database directory.")]
PhotosPath = Annotated[Path, typer.Argument(help="Folder of photos, searched with all its subfolders.")]
MovedPhotos = Annotated[Path | None, typer.Option(help="Where the photo folder is now, if it moved.")]
Backbone = Annotated[str, typer.Option(help="See the command `backbones`.")]
Dtype = Annotated[str, typer.Option(help="float32, or float16 for half the disk.")]
Hyperplanes = Annotated[int, typer.Option(help="k, bits per key.")]
Tables = Annotated[int, typer.Option(help="L, number of tables.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
