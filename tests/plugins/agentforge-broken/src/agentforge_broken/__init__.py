"""Raises when it is imported, as a package built for another Python or with a missing library does."""

raise RuntimeError("this package cannot be imported")
