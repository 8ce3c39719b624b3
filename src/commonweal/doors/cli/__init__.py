"""The command line: `weal`. Each command is a thin layer over the authority; `main` turns errors into answers."""

from .main import app, main

__all__ = ["app", "main"]
