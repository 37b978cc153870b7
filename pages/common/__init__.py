"""What the pages share: session state, cached engines, widgets. Streamlit takes no page from this folder."""
