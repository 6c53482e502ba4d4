"""Which internet addresses are really on the internet.

`ipaddress.is_global` calls NAT64 of 127.0.0.1, 6to4 of 127.0.0.1 and multicast global, so the table is our own, from
the IANA special-purpose registries.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

CLOSED_IPV4 = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; some clouds keep their metadata here
        "127.0.0.0/8",
        "169.254.0.0/16",  # link local, and the metadata service of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]
OPEN_IPV6 = ip_network("2000::/3")  # everything else is local, mapped, translated or not given out
CLOSED_IPV6 = [
    ip_network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",
        "3fff::/20",
    )
]


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """The address belongs to a machine on the open internet. False for anything that is no address."""
    try:
        address = ip_address(address)
    except ValueError:
        return False
    if address.version == 4:
        return not any(address in network for network in CLOSED_IPV4)
    return address in OPEN_IPV6 and not any(address in network for network in CLOSED_IPV6)
