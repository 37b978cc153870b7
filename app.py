"""Entry of the app: `streamlit run app.py`. It only lists the pages; each works alone too."""

from pathlib import Path

import streamlit as st

from lsh_engine import start_logging
from pages.common.navigation import menu_loaded
from pages.common.style import page_config
from pages.home.home import home

PAGES = (
    ("1_Search.py", "Search", ":material/image_search:"),
    ("2_Thresholds.py", "Thresholds", ":material/straighten:"),
    ("3_Databases.py", "Databases", ":material/database:"),
    ("4_Evaluation.py", "Evaluation", ":material/monitoring:"),
)
FOLDER = Path(__file__).parent / "pages"

start_logging()
page_config("")
menu_loaded()
pages = [st.Page(home, title="Home", icon=":material/home:", default=True)]
pages += [st.Page(FOLDER / file, title=title, icon=icon) for file, title, icon in PAGES if (FOLDER / file).is_file()]
st.navigation(pages).run()
