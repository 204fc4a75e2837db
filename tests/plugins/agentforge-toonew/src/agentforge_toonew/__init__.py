"""Written for contract 99; a host that reads its manifest never gets as far as importing it."""

ADAPTER = object()
