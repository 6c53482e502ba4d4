"""Whose addresses count together, wherever something is counted by where it comes from."""

import ipaddress

NETWORK_BITS = 64  # of an IPv6 address: the least that anybody is given, worth one address of IPv4


def network_of(address: str) -> str:
    """One IPv4 address, or a /64 of IPv6. What is no address stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
