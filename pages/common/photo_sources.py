"""Where a query photo comes from: a sample, an upload, the camera."""

import streamlit as st

from lsh_engine import EngineError

from .drawing import sample_card
from .messages import show_error
from .photos import SAMPLES, Sample, from_bytes, samples, take_sample
from .session import session
from .text import one_line, plain

LIMITS = "JPEG, PNG, WebP, BMP, GIF or TIFF, up to 20 MB. Your photo stays on this machine."


def first_photo() -> None:
    """Samples and the ways to bring a photo, while there is none yet."""
    me = session()
    if me.query is None:
        st.markdown("Draw a rectangle round one thing in a photo, and see every photo that shows it.")
        _sources()
    if me.problem:
        show_error(me.problem)


@st.dialog("Another photo", width="large")
def other_photo_dialog() -> None:
    """The same in a dialog, which closes once there is a photo."""
    before = session().query
    _sources()
    if session().query is not before:
        st.rerun()
    if session().problem:
        show_error(session().problem)


def _sources() -> None:
    offered = samples()
    if offered:
        st.markdown("**Try a sample**: one click shows the answer")
        sample_grid(offered, "sample")
        st.markdown("**Or use your own photo**")
    _upload_and_camera()


def sample_grid(offered: tuple[Sample, ...], name: str) -> bool:
    """Draw the samples as pictures to click. Returns whether one was clicked just now."""
    with st.grid(4, min_column_width=140, gap="small"):
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


def _upload_and_camera() -> None:
    # No `type=`: a wrong extension would fail inside Streamlit. What a file is, its content tells.
    st.file_uploader("Upload a photo", key="_upload", on_change=_take, args=("_upload",), help=LIMITS)
    if st.toggle("Use the camera", key="_camera_on"):
        st.camera_input("Take a photo", key="_camera", on_change=_take, args=("_camera",))


def _take(key: str) -> None:
    """A new upload: in the cropper when it is a picture, one line when it is not. The photo before it stays then."""
    me, file = session(), st.session_state.get(key)
    me.problem = None
    if file is None:
        return
    try:
        me.take(from_bytes(one_line(file.name, 80), file.getvalue()))
    except EngineError as error:
        me.problem = f"{one_line(file.name, 60)}: {error}"
