"""Page frame: title, logo, and the few lines of CSS that Streamlit's theme has no words for."""

from pathlib import Path

import streamlit as st

from .catalog import ROOT
from .presentation import present

UI = ROOT / "assets" / "ui"

# A card's main button covers the card, so the picture itself can be clicked; the button stays a button for the
# keyboard and for screen readers. A title stands beside Streamlit's own menu, not below it. Quiet text and the accent
# as text keep a contrast of 4.5 to 1, which Streamlit's own shades miss. A phone shows every choice of a row in one
# line, and no toolbar over a table's title. Nothing here is data.
SHADES = {"light": ("#4A5957", "#0B5F58"), "dark": ("#B9C7C4", "#5FD3C6")}  # quiet text, accent as text
CSS = """
<style>
[class*="st-key-card-"] { position: relative; gap: 0.35rem; }
[class*="st-key-card-"] img { border-radius: 10px; }
[class*="st-key-card-"]:hover img { filter: brightness(1.07); }
[class*="st-key-card-"]:focus-within img { outline: 3px solid var(--st-primary-color, #0F766E); outline-offset: 2px; }
[class*="st-key-open-"], [class*="st-key-open-"] div, [class*="st-key-open-"] button { position: static; }
[class*="st-key-open-"] button::after { content: ""; position: absolute; inset: 0; z-index: 1; }
[class*="st-key-open-"] button p { text-align: left; }
button[kind="tertiary"]:is(:hover, :focus-visible) { color: var(--lookalike-accent) !important; }
[class*="st-key-use-"] { position: relative; z-index: 2; }
header[data-testid="stHeader"], header[data-testid="stHeader"] div { background: transparent; pointer-events: none; }
header[data-testid="stHeader"] button, header[data-testid="stHeader"] a { pointer-events: auto; }
.stMainBlockContainer { padding: 0.7rem 1.5rem 4.5rem; }
.stMainBlockContainer h1 { padding: 0.6rem 0 0.5rem; }
.st-key-save-share { padding-right: 2.5rem; min-height: 2.5rem; }
.st-key-save-share h1 { font-size: 1.4rem; padding: 0; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.2rem 0.8rem 5rem; }
  .st-key-save-share { padding-right: 0; }
  .stMainBlockContainer button[data-variant="segmented_control"] { padding-inline: 0.55rem; }
  .stMainBlockContainer [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { row-gap: 1rem; }
  .stMainBlockContainer [data-testid="stElementToolbar"] { display: none; }
}
[class*="st-key-card-browse-"] img { aspect-ratio: 4 / 3; object-fit: cover; }
.st-key-patch-photo img { width: auto; max-width: 100%; max-height: calc(100vh - 13rem); }
.st-key-history-strip { overflow-x: auto; padding: 4px 4px 8px; }
.st-key-history-strip > div { flex: none; }
[data-testid="stCaptionContainer"], [data-testid="stMetricDelta"], [data-testid="stImageCaption"] {
  color: var(--lookalike-quiet) !important; opacity: 1;
}
[data-testid="stSliderThumbValue"], [data-testid="stSliderThumbValue"] *,
button[data-variant][data-selected="true"], button[data-variant][data-selected="true"] * {
  color: var(--lookalike-accent) !important;
}
.st-key-crop-numbers { max-width: 420px; }
.st-key-column-width { height: 0; }
[data-testid="stLayoutWrapper"]:has(> .st-key-paste-anywhere) { position: absolute; height: 0; }
</style>
"""
LIGHT, DARK = (
    f"<style>:root {{ --lookalike-quiet: {quiet}; --lookalike-accent: {accent}; }}</style>"
    for quiet, accent in (SHADES["light"], SHADES["dark"])
)


def frame(title: str) -> None:
    """Call first on every page: each works when opened alone."""
    page_config(title)
    dark = st.context.theme.type == "dark"
    st.logo(_svg("logo-dark" if dark else "logo-light"), size="large", icon_image=_svg("icon"))
    st.html(CSS)
    if dark:
        st.html(DARK)
    else:
        st.html(LIGHT)
    present(title)


def shades() -> tuple[str, str]:
    """Colours of quiet text and of the accent as text, 4.5 to 1 and more against the page."""
    return SHADES["dark" if st.context.theme.type == "dark" else "light"]


def page_config(title: str) -> None:
    """Also the entry script's first call: it keeps the browser from fetching a page's icon from a font server."""
    name = f"{title} · Lookalike" if title else "Lookalike"
    st.set_page_config(page_title=name, page_icon=_svg("icon"), layout="wide")


@st.cache_data(show_spinner=False)
def _svg(name: str) -> str:
    return Path(UI / f"{name}.svg").read_text(encoding="utf-8")
