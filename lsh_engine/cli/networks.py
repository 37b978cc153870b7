"""The commands of networks: `backbones` lists them, `weights` gets or checks their weights."""

from pathlib import Path
from typing import Annotated

import typer

from ..describe import backbones as registry
from .options import AsJson
from .terminal import interruptible, show


def backbones(as_json: AsJson = False) -> None:
    """The networks that can describe photos."""
    cards = [card | {"runtime": registry.runtime_text(card["name"])} for card in registry.facts()]
    show(as_json, cards, map(_card_as_text, cards))


def weights(
    backbone: Annotated[str, typer.Argument(help="See the command `backbones`.")],
    file: Annotated[Path | None, typer.Option(help="Take them from this .pth or .safetensors file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Get the weights of a backbone, or check those that are here."""
    card = registry.card(backbone)
    if file:
        registry.install(backbone, file)
    with interruptible() as progress:
        registry.prepare(backbone, progress)
    published = registry.weights_in_use(backbone)["published"]
    source = f"{card.weights_source}, SHA-256 {card.weights_sha256[:12]}..."
    state = "here and as they should be" if published else f"here and fit, but come from a file other than {source}"
    facts = {"name": backbone, "weights_here": True, "published": published}
    show(as_json, facts, [f"the weights of {backbone} are {state}"])


def _card_as_text(card: dict) -> str:
    layers, size = ", ".join(card["layers"]), f"{card['weights_bytes'] / 1e6:.0f} MB"
    here = "here" if card["weights_here"] else f"not here: python -m lsh_engine weights {card['name']}"
    lines = [
        f"{card['name']}: {card['title']}, {card['dim']} dimensions from {layers}; stride {card['stride']} px",
        f"    weights: {card['weights']} ({size}, {card['licence']}, SHA-256 {card['weights_sha256'][:12]}...); {here}",
        f"    runs on {card['runtime']}",
        "    delta: "
        + ", ".join(f"{name} {delta} rad" for name, delta in card["presets"].items())
        + f" ({card['presets_from']})",
    ]
    return "\n".join([*lines, f"    {card['note']}"] if card["note"] else lines)
