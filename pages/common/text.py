"""Text and numbers as the pages show them. Names of files are data: they never become Markdown."""

import re
import unicodedata

LONGEST = 160
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>&$:^=/@\"'])")
_ARROWS = re.compile(r"([-<=])(?=[-=>])")


def plain(text: object, longest: int = LONGEST) -> str:
    """Text that Markdown shows letter by letter: one line, no control characters, every sign escaped.

    Streamlit looks for directives such as `:red[...]`, for arrows and for bare addresses after the escapes are gone:
    a word joiner, which nobody sees, keeps them apart.
    """
    line = _ARROWS.sub("\\1\u2060", one_line(text, longest))
    escaped = _PUNCTUATION.sub(r"\\\1", line)
    return escaped.replace("\\:", "\\:\u2060").replace("www\\.", "www\u2060\\.").replace("\\@", "\\@\u2060")


def one_line(text: object, longest: int = LONGEST) -> str:
    """The text without control and direction characters, shortened in the middle."""
    line = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in str(text))
    line = " ".join(line.split())
    if len(line) <= longest:
        return line
    half = (longest - 1) // 2
    return f"{line[:half]}…{line[-half:]}"


def duration(seconds: float) -> str:
    """0.00042 -> '0.42 ms', 0.31 -> '310 ms', 2.5 -> '2.5 s'."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    milliseconds = 1000 * seconds
    if milliseconds >= 9.95:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds:.1f} ms" if milliseconds >= 0.95 else f"{milliseconds:.2f} ms"


def long_duration(seconds: float) -> str:
    """4 -> '4 s', 95 -> '1 min 35 s', 7300 -> '2 h 2 min'."""
    seconds = max(1, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60} min"


def size(n_bytes: float) -> str:
    """135_700_000 -> '136 MB'."""
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= step:
            return f"{n_bytes / step:.1f} {unit}" if n_bytes < 10 * step else f"{n_bytes / step:,.0f} {unit}"
    return f"{n_bytes:.0f} bytes"


def percent(share: float) -> str:
    """0.976 -> '98 %', 0.006 -> '0.6 %'. Only the whole is called 100 %, only nothing 0 %."""
    value = 100 * share
    if 0 < value < 0.1:
        return "under 0.1 %"
    if value < 10 and value != round(value):
        return f"{value:.1f} %"
    if 99 < value < 100:
        return f"{min(value, 99.9):.1f} %"
    return f"{value:.0f} %"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """3, 'photo' -> '3 photos'."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def times(ratio: float) -> str:
    """9.02 -> '9×', 1.6 -> '1.6×'."""
    return f"{ratio:,.0f}×" if ratio >= 9.5 else f"{ratio:.1f}×"


def scale_name(scale: float) -> str:
    """0.7071 -> '×0.71', 1.0 -> '×1'."""
    return f"×{round(scale, 2):g}"
