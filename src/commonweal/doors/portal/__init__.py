"""The portal: the authority's public face, in pages that a browser without script can read, in every language.

`app(authority)` is an ASGI application. Its pages are derived from what the rooms hold and from what the instruments
declare: a list at `/{instrument}/{listing}` (also `.csv` and `.json`), a page at its own path. Chinese stands at
the same addresses under `/zh`.
"""

from ._app import app

__all__ = ["app"]
