"""A picture by its address: public hosts only, whatever names and redirects say, within its size and its time."""

import contextlib
import io
import socket
import ssl
import subprocess
import time

import pytest
from page_data import drawn_photo, jpeg
from picture_server import ALSO_PUBLIC, PUBLIC, Internet, PictureServer, answered, moved

from lsh_engine import EngineError, fetch_picture, load_image
from lsh_engine.images import public_hosts, web_picture
from lsh_engine.images.public_hosts import is_public

PICTURE = jpeg(drawn_photo(1))
FAILED = "the connection to photos.example failed"
URL = "http://photos.example/bin.jpg"

REFUSED = {
    "private, 10": "10.1.2.3",
    "private, 172": "172.31.255.254",
    "private, 192": "192.168.1.1",
    "loopback": "127.0.0.1",
    "loopback, another": "127.8.8.8",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "metadata of another cloud": "168.63.129.16",
    "carrier-grade NAT": "100.64.0.1",
    "carrier-grade NAT, its end": "100.127.255.255",
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "protocols": "192.0.0.192",
    "documentation": "203.0.113.9",
    "benchmarks": "198.18.0.1",
    "6to4 relay": "192.88.99.1",
    "multicast": "224.0.0.251",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv6 private": "fd00:ec2::254",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with its zone": "fe80::1%eth0",
    "IPv6 site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv6 discard": "100::1",
    "IPv4-mapped, private": "::ffff:10.0.0.1",
    "IPv4-mapped, public": f"::ffff:{PUBLIC}",
    "IPv4-compatible": "::127.0.0.1",
    "NAT64": "64:ff9b::7f00:1",
    "local NAT64": "64:ff9b:1::a00:1",
    "6to4 of a private address": "2002:0a00:0001::1",
    "Teredo": "2001:0:53aa:64c:0:fbee:80ff:fffe",
    "no address": "photos.example",
}


@pytest.fixture
def serve(monkeypatch):
    """A server of these answers behind photos.example; or behind other names, where some are given."""
    with contextlib.ExitStack() as open_servers:

        def start(*answers, tls=None, **names):
            server = PictureServer(answers, tls)
            open_servers.callback(server.close)
            return Internet(monkeypatch, server, **(names or {"photos_example": [[PUBLIC]]}))

        yield start


@pytest.fixture
def nobody_is_reached(monkeypatch):
    def connect(*_):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", connect)


def refusal(url: str = URL) -> str:
    with pytest.raises(EngineError) as caught:
        fetch_picture(url)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 200 and message.isascii()
    return message


def test_a_picture_comes_as_it_is(serve, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody listens there
    internet = serve(answered(PICTURE, Content_Type="image/jpeg"))
    assert fetch_picture(f"  {URL}?side=1200&name=b%20c#top ") == PICTURE
    assert load_image(PICTURE).size == (240, 180)
    asked = internet.server.asked[0].splitlines()
    assert asked[0] == "GET /bin.jpg?side=1200&name=b%20c HTTP/1.1"
    assert {"Host: photos.example", "User-Agent: lookalike", "Accept-Encoding: identity"} <= set(asked)
    assert internet.reached == [(PUBLIC, 80)] and internet.looked_up == ["photos.example"]


def test_an_answer_in_chunks_or_without_a_length(serve):
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (PICTURE[:999], PICTURE[999:])) + b"0\r\n\r\n"
    internet = serve(
        answered(chunks, length=False, Transfer_Encoding="chunked"),
        answered(PICTURE, length=False),
        answered(PICTURE, "203 Not Quite"),
    )
    assert [fetch_picture(URL) for _ in range(3)] == [PICTURE] * 3
    assert len(internet.server.asked) == 3


def test_other_scripts_in_an_address(serve):
    internet = serve(answered(PICTURE), **{"xn--bcher-kva.example": [[PUBLIC]]})
    assert fetch_picture("http://Bücher.example/grüne tonne.jpg".replace(" ", "%20")) == PICTURE
    assert internet.server.asked[0].startswith(
        "GET /gr%C3%BCne%20tonne.jpg HTTP/1.1\r\nHost: xn--bcher-kva.example\r\n"
    )


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_addresses_that_are_not_public(address, serve):
    assert not is_public(address)
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        internet = serve(answered(PICTURE), photos_example=[answer])
        assert "expected a host on the public internet, but photos.example" in refusal()
        assert internet.reached == [] and internet.server.asked == []


@pytest.mark.parametrize("address", [PUBLIC, ALSO_PUBLIC, "8.8.8.8", "100.63.255.255", "172.32.0.1", "2a00:1450::1"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "localhost.", "LOCALHOST", "0", "2130706433", "0x7f.1", "017700000001", "127.1"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "169.254.169.254", "①②⑦.0.0.1", "127。0。0。1"),
    ],
)
def test_no_way_of_writing_reaches_this_machine(host, nobody_is_reached):
    """With the system's own resolver."""
    assert "expected a host on the public internet" in refusal(f"http://{host}/latest/meta-data")


def test_an_unknown_host_reads_like_a_private_one(serve):
    serve(answered(PICTURE), inside_example=[["10.0.0.1"]], empty_example=[[]])
    said = {host: refusal(f"http://{host}/a.png").replace(host, "") for host in ("inside.example", "unknown.example")}
    assert len(set(said.values())) == 1
    assert "public internet" in refusal("http://empty.example/a.png")


def test_this_machines_own_public_address_is_not_reached():
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(ConnectionError, match="itself"):
        web_picture._connect("127.0.0.1", listening.getsockname()[1], 1.0)


def test_the_checked_address_is_the_one_that_is_reached(serve):
    """A name that is public when it is checked, and private for who asks again."""
    internet = serve(answered(PICTURE), photos_example=[[PUBLIC], ["127.0.0.1"]])
    assert fetch_picture(URL) == PICTURE
    assert internet.looked_up == ["photos.example"] and internet.reached == [(PUBLIC, 80)]


def test_a_redirect_to_the_same_name_is_checked_anew(serve):
    internet = serve(moved("/again.jpg"), answered(PICTURE), photos_example=[[PUBLIC], ["127.0.0.1"]])
    assert "public internet" in refusal()
    assert internet.reached == [(PUBLIC, 80)] and len(internet.server.asked) == 1


def test_the_next_address_is_tried(serve, monkeypatch):
    internet = serve(answered(PICTURE), photos_example=[[ALSO_PUBLIC, PUBLIC]])
    reach = web_picture._connect

    def connect(address, port, seconds):
        connected = reach(address, port, seconds)
        if address == ALSO_PUBLIC:
            connected.close()
            raise OSError("unreachable")
        return connected

    monkeypatch.setattr(web_picture, "_connect", connect)
    assert fetch_picture(URL) == PICTURE and internet.reached == [(ALSO_PUBLIC, 80), (PUBLIC, 80)]


def test_redirects_lead_to_a_picture(serve):
    steps = moved("http://other.example:443/a"), moved("/b/c.jpg"), moved("d.jpg"), answered(PICTURE)
    internet = serve(*steps, photos_example=[[PUBLIC]], other_example=[[ALSO_PUBLIC]])
    assert fetch_picture(URL) == PICTURE
    assert internet.reached == [(PUBLIC, 80)] + [(ALSO_PUBLIC, 443)] * 3
    assert [asked.split()[1] for asked in internet.server.asked] == ["/bin.jpg", "/a", "/b/c.jpg", "/b/d.jpg"]
    assert "Host: other.example:443\r\n" in internet.server.asked[1]


def test_redirects_without_an_end(serve):
    internet = serve(moved(URL))
    assert "3 redirects at most" in refusal() and len(internet.reached) == 4


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://inside.example/", "public internet"),
        ("http://10.0.0.1/", "public internet"),
        ("//169.254.169.254/latest/meta-data", "public internet"),
        ("http://[::1]/", "public internet"),
        ("http://name:word@photos.example/", "without a user name"),
        ("http://photos.example:22/", "port 80 or 443, got 22"),
        ("file:///etc/passwd", "begins with https:// or http://"),
        ("ftp://photos.example/a.jpg", "begins with https:// or http://"),
        ("data:image/png;base64,AAAA", "begins with https:// or http://"),
        ("http://[oops/", "valid address"),
        ("http://photos.example/a b", "without blanks"),
    ],
)
def test_redirects_that_are_not_followed(location, said, serve):
    names = {"photos_example": [[PUBLIC]], "inside_example": [["192.168.0.10"]]}
    names |= {"10.0.0.1": [["10.0.0.1"]], "169.254.169.254": [["169.254.169.254"]], "::1": [["::1"]]}
    internet = serve(moved(location), answered(PICTURE), **names)
    assert said in refusal()
    assert len(internet.reached) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "begins with https:// or http://"),
        ("photos.example/bin.jpg", "begins with https:// or http://"),
        ("file:///etc/passwd", "begins with https:// or http://"),
        ("ftp://photos.example/bin.jpg", "begins with https:// or http://"),
        ("gopher://photos.example/", "begins with https:// or http://"),
        ("javascript:alert(1)", "begins with https:// or http://"),
        ("http://name:word@photos.example/", "without a user name"),
        ("http://name@photos.example/", "without a user name"),
        ("http://@photos.example/", "without a user name"),
        ("http://photos.example:22/", "port 80 or 443, got 22"),
        ("http://photos.example:0/", "port 80 or 443, got 0"),
        ("http://photos.example:8501/", "port 80 or 443, got 8501"),
        ("http://photos.example:99999/", "valid address"),
        ("http://photos.example:x/", "valid address"),
        ("http://[fe80::1%eth0]/", "valid address"),
        ("http://[v1.a]/", "valid address"),
        ("http://a..b/", "valid address"),
        (f"http://{'a' * 64}.example/", "valid address"),
        ("http:///bin.jpg", "name of a host"),
        ("http://photos.example%2f@x/", "without a user name"),
        ("http://photos%00.example/", "name of a host"),
        ("http://photos.example\\@inside.example/", "without blanks and backslashes"),
        ("http://photos.example/a b.jpg", "without blanks"),
        ("http://photos.example/\r\nHost: inside", "without blanks"),
        ("http://photos.example/\x00", "without blanks"),
        ("http://photos.example/" + "a" * 2_000, "at most 2000 letters"),
    ],
)
def test_addresses_that_are_not_asked_for(url, said, monkeypatch):
    internet = Internet(monkeypatch, None, photos_example=[[PUBLIC]])
    assert said in refusal(url)
    assert internet.looked_up == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (answered(b"gone", "404 Not Found"), "photos.example answered with status 404"),
        (answered(PICTURE, "500 Oops"), "answered with status 500"),
        (answered(PICTURE, "304 Not Modified"), "answered with status 304"),
        (answered(PICTURE, "302 Found"), "answered with status 302"),
        (answered(PICTURE, "999 What"), "answered with status 999"),
        (answered(b"<html>", Content_Type="Text/HTML; charset=utf-8"), "got a web page"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", FAILED),
        (b"", FAILED),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", FAILED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", FAILED),
        (
            answered(b"oops\r\nxyz", length=False, Transfer_Encoding="chunked"),
            FAILED,
        ),
        (answered(b"-5\r\nxyz", length=False, Transfer_Encoding="chunked"), FAILED),
    ],
)
def test_answers_that_are_none(answer, said, serve):
    serve(answer)
    assert said in refusal()


def endless(start: bytes):
    """Sends `start`, then zeros as long as the other side listens, and tells how many bytes that were."""
    sent = []

    def answer(connected: socket.socket) -> None:
        connected.sendall(start)
        while True:
            sent.append(connected.send(bytes(1 << 16)))

    return answer, sent


@pytest.mark.parametrize(
    "start",
    [
        answered(length=False),
        answered(length=False, Content_Length="-1"),
        answered(length=False, Content_Length="many"),
        answered(length=False, Transfer_Encoding="chunked") + b"7fffffff\r\n",
        answered(length=False, Transfer_Encoding="chunked") + b"-1\r\n",
    ],
    ids=["no length", "negative length", "no number", "one large chunk", "a chunk below nothing"],
)
def test_an_endless_answer_is_cut(start, serve):
    answer, sent = endless(start)
    serve(answer)
    assert "at most 20 MB" in refusal()
    assert sum(sent) < 40 * 2**20  # what was read, and what lies in the buffers of the connection


def test_a_length_over_the_limit_is_believed_at_once(serve):
    answer, sent = endless(answered(length=False, Content_Length=str(20 * 2**20 + 1)))
    serve(answer)
    assert "at most 20 MB" in refusal() and sum(sent) < 15 * 2**20


def test_a_length_under_the_limit_lets_no_more_through(serve):
    answer, _ = endless(answered(length=False, Content_Length="1000"))
    serve(answer)
    assert fetch_picture(URL) == bytes(1000)


def test_twenty_megabytes_come_whole(serve):
    serve(answered(bytes(20 * 2**20)))
    assert len(fetch_picture(URL)) == 20 * 2**20


def test_a_byte_over_twenty_megabytes_is_too_much(serve):
    serve(answered(bytes(20 * 2**20 + 1), length=False))
    assert "at most 20 MB" in refusal()


def dripping(start: bytes, drop: bytes):
    def answer(connected: socket.socket) -> None:
        connected.sendall(start)
        while True:
            connected.sendall(drop)
            time.sleep(0.05)

    return answer


def silent(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.recv(1)


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        dripping(b"", b"H"),
        dripping(b"HTTP/1.1 200 OK\r\na: ", b"b"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(answered(length=False), b"x"),
        dripping(answered(length=False, Content_Length="1000"), b"x"),
        dripping(answered(length=False, Transfer_Encoding="chunked"), b"1\r\nx\r\n"),
        dripping(answered(length=False, Transfer_Encoding="chunked") + b"0\r\n", b"a: b\r\n"),
    ],
    ids=["silence", "status", "header", "continue", "body", "body of a length", "chunks", "trailers"],
)
def test_a_slow_drip_ends_with_the_time(answer, serve, monkeypatch):
    monkeypatch.setattr(web_picture, "SECONDS", 0.6)
    serve(answer)
    began = time.monotonic()
    assert "photos.example took longer than 0.6 seconds" in refusal()
    assert 0.5 < time.monotonic() - began < 3


def test_redirects_share_the_time(serve, monkeypatch):
    monkeypatch.setattr(web_picture, "SECONDS", 0.6)

    def later(connected: socket.socket) -> None:
        time.sleep(0.25)
        connected.sendall(moved(URL))

    serve(later)
    assert "took longer" in refusal()


def test_a_slow_resolver_ends_with_the_time(monkeypatch):
    monkeypatch.setattr(web_picture, "SECONDS", 0.3)
    monkeypatch.setattr(public_hosts, "_resolve", lambda host: time.sleep(2))
    began = time.monotonic()
    assert "photos.example took longer" in refusal()
    assert time.monotonic() - began < 1.5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(file of certificate and key) for photos.example alone, which nobody knows."""
    folder = tmp_path_factory.mktemp("certificate")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    made += ["-subj", "/CN=photos.example", "-addext", "subjectAltName=DNS:photos.example"]
    try:
        made += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    both = folder / "both.pem"
    both.write_bytes((folder / "certificate.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return both


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


NAMES = {"photos_example": [[PUBLIC]], "other_example": [[PUBLIC]]}


def test_https_to_the_host_that_the_certificate_names(serve, tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # as if it were a known authority
    internet = serve(answered(PICTURE), tls=tls, **NAMES)
    assert fetch_picture("https://photos.example./bin.jpg") == PICTURE
    assert internet.reached == [(PUBLIC, 443)]
    assert "other.example has no valid certificate" in refusal("https://other.example/bin.jpg")
    assert len(internet.server.asked) == 1


def test_https_with_a_certificate_that_nobody_knows(serve, tls):
    internet = serve(answered(PICTURE), tls=tls, **NAMES)
    assert "photos.example has no valid certificate" in refusal("https://photos.example/bin.jpg")
    assert internet.server.asked == []


def test_https_never_falls_back_to_http(serve, tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    internet = serve(moved("http://photos.example/bin.jpg"), answered(PICTURE), tls=tls, **NAMES)
    assert "expected https all the way" in refusal("https://photos.example/bin.jpg")
    assert len(internet.reached) == 1


def test_https_to_a_server_that_knows_none(serve, monkeypatch):
    serve(answered(PICTURE))
    assert FAILED in refusal("https://photos.example/bin.jpg")


def test_a_silent_handshake_ends_with_the_time(monkeypatch):
    monkeypatch.setattr(web_picture, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:  # takes the connection and says nothing
        server = type("Silent", (), {"port": listening.getsockname()[1]})
        Internet(monkeypatch, server, **NAMES)
        assert "photos.example took longer" in refusal("https://photos.example/bin.jpg")


def test_other_content_stops_at_the_door(serve):
    serve(answered(b"MZ no picture", Content_Type="image/jpeg"))
    with pytest.raises(EngineError, match="expected a JPEG"):
        load_image(fetch_picture(URL))
    stream = io.BytesIO()
    drawn_photo(2).save(stream, "PNG")
    serve(answered(stream.getvalue(), Content_Type="text/plain"))
    assert load_image(fetch_picture(URL)).size == (240, 180)
