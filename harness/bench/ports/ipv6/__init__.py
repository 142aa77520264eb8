"""Networks on real interfaces: UDP and TCP over the link-local IPv6 addresses of one interface."""

from harness.bench.ports.ipv6.port import Ipv6Port

__all__ = ["Ipv6Port"]
