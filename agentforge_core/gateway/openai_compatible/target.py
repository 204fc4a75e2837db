"""An endpoint in aiohttp's types, made once for each model so that a call builds only its body."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass

from aiohttp import ClientTimeout
from multidict import CIMultiDict
from yarl import URL

from agentforge_core.errors import UnsupportedError
from agentforge_core.gateway.openai_compatible.endpoint import Endpoint, endpoint_of
from agentforge_core.gateway.openai_compatible.request import RequestWriter
from agentforge_core.ir import Model

CONNECT_TIMEOUT_S = 10.0
"""Most seconds until a connection stands: name looked up, TCP and TLS done."""


@dataclass(frozen=True, slots=True)
class Target:
    """What all requests of one model share.

    Attributes:
        endpoint: where it is, in words.
        url: address of the requests.
        headers: of every request.
        timeout: for the whole request and for connecting.
        proxy: address of the proxy to use.
        writer: writes the bodies.
    """

    endpoint: Endpoint
    url: URL
    headers: CIMultiDict[str]
    timeout: ClientTimeout
    proxy: URL | None
    writer: RequestWriter

    @classmethod
    def of(cls, model: Model) -> Target:
        """The target of `model`.

        Raises:
            DocumentError: as for `endpoint_of`.
            UnsupportedError: the environment names a proxy that does not speak HTTP.
        """
        endpoint = endpoint_of(model)
        url = URL(endpoint.url)
        return cls(
            endpoint,
            url,
            CIMultiDict(endpoint.headers),
            ClientTimeout(total=endpoint.timeout_s, connect=CONNECT_TIMEOUT_S),
            _proxy_for(url, endpoint),
            RequestWriter(endpoint.fields),
        )


def _proxy_for(url: URL, endpoint: Endpoint) -> URL | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for `url`; never one for this machine."""
    host = url.host or ""
    if _is_loopback(host) or proxy_bypass(host):
        return None
    proxy = getproxies().get(url.scheme)
    if not proxy:
        return None
    address = URL(proxy if "://" in proxy else f"http://{proxy}")
    if address.scheme not in {"http", "https"}:
        raise UnsupportedError.of(
            "AF4009",
            f"the environment names a {address.scheme} proxy for {endpoint.where}",
            path=endpoint.path,
            reason="only HTTP proxies are supported",
            hint=f"name an HTTP proxy in {url.scheme.upper()}_PROXY, or add the host to NO_PROXY",
        )
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
