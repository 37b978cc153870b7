FROM python:3.12-slim

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

COPY app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY lookalike_charts lookalike_charts
COPY lsh_engine lsh_engine
COPY assets assets

RUN useradd --create-home lookalike
USER lookalike

# Inside a container the app must listen on its own address; publish the port where you want it seen:
#   docker run --memory 4g -p 127.0.0.1:8501:8501 -v /your/databases:/app/databases:ro lookalike
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
