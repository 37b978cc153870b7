"""Where a query photo comes from: samples first, then the visitor's own."""

import streamlit as st

from .drawing import sample_card
from .messages import show_error
from .own_photo import listen_for_paste, own_photo
from .photos import SAMPLES, Sample, samples, take_sample
from .session import session
from .text import plain

BEFORE = "_crop before the dialog"  # version of the rectangle when the dialog was opened


def first_photo() -> None:
    """Samples and the ways to bring a photo, while there is none yet. Call on every run: Ctrl+V always brings one."""
    me = session()
    if me.query is None:
        st.markdown("Draw a rectangle round one thing in a photo, and see every photo that shows it.")
        _sources("page", columns=4, listen=True)
    else:
        listen_for_paste()
        if me.problem:
            show_error(me.problem)


def other_photo_dialog() -> None:
    """The same in a dialog, which closes once there is another photo. Call when its button was pressed."""
    me = session()
    st.session_state[BEFORE], me.problem = me.crop_version, None
    _dialog()


@st.dialog("Another photo", width="large")
def _dialog() -> None:
    me = session()
    if me.crop_version != st.session_state[BEFORE]:  # taking a photo draws its rectangle afresh
        st.rerun()
    _sources("dialog", columns=8, listen=False)


def _sources(key: str, columns: int, listen: bool) -> None:
    offered = samples()
    if offered:
        st.markdown("**Try a sample**: one click shows the answer")
        sample_grid(offered, "sample", columns)
        st.markdown("**Or use your own photo**")
    above = st.container()  # where the eye is: below the field might be below the screen
    own_photo(key, listen)
    problem = session().problem
    if problem:
        with above:
            show_error(problem)


def sample_grid(offered: tuple[Sample, ...], name: str, columns: int = 4) -> bool:
    """Draw the samples as pictures to click. Returns whether one was clicked just now."""
    with st.grid(columns, min_column_width=140 if columns < 8 else 110, gap="small"):
        for number, sample in enumerate(offered):
            with st.container(key=f"card-{name}-{number}"):
                picture = sample_card(sample, str(SAMPLES.parent / sample.file))
                st.image(picture, width="stretch", alt=f"Sample photo: {sample.title}, with its crop boxed")
                st.button(
                    plain(sample.title, 40),
                    key=f"open-{name}-{number}",
                    on_click=take_sample,
                    args=(sample,),
                    type="tertiary",
                    icon=":material/search:",
                )
    return any(st.session_state.get(f"open-{name}-{number}") for number in range(len(offered)))
