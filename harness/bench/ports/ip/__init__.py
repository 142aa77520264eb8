"""Networks on real interfaces: UDP and TCP over the link-local IPv6 addresses and the IPv4 addresses of one interface."""

from harness.bench.ports.ip.port import IpPort

__all__ = ["IpPort"]
