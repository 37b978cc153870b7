"""A host's addresses, where all of them lie on the public internet: nobody gets to see our own networks through us."""

import ipaddress
import queue
import socket
import threading

from ..core.errors import EngineError

# What is not reached through the public internet, written out: what Python counts as global changed between releases.
CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's door to its own machines
        "169.254.0.0/16",  # link-local, with the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocols; Teredo, which holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3ffe::/16",  # given back
        "3fff::/20",  # documentation
    )
)
# All other IPv6 is loopback, private, link-local, multicast or not given out, or holds an IPv4 address.
OPEN_IPV6 = ipaddress.ip_network("2000::/3")


def public_addresses(host: str, seconds: float) -> list[str]:
    """The addresses of `host`, a name or an address, asked for once.

    Raises EngineError unless there are some and every one is public: a single private one tells that a name leads
    inside. Both read alike, so that nobody can find out which names our networks know. TimeoutError where the answer
    takes longer than `seconds`.
    """
    answer: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_looked_up(host)), daemon=True).start()  # a look-up cannot be stopped
    try:
        addresses = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if not addresses or not all(is_public(address) for address in addresses):
        raise EngineError(
            f"expected a host on the public internet, but {host:.60} is unknown or lies in a private network; check "
            "the address"
        )
    return addresses


def is_public(address: str) -> bool:
    """Whether the address is reached through the public internet, and holds no other that might not be."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if found.version == 6 and found not in OPEN_IPV6:
        return False
    return found.is_global and not any(found in network for network in CLOSED)


def _looked_up(host: str) -> list[str]:
    try:
        return _resolve(host)
    except (OSError, UnicodeError):
        return []


def _resolve(host: str) -> list[str]:
    """What the system's resolver says, each address once, in its order."""
    entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))
