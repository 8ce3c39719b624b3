"""The doors: command line, HTTP API and portal, derived from what instruments declare. None imports another."""
