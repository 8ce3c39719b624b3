"""The command line: `weal`. Each command is a thin layer over the authority; `main` turns errors into answers."""

import gc

# What is imported stays: to look through it for garbage, now or later, is a tenth of the time that a command takes.
_collecting = gc.isenabled()
gc.disable()
try:
    from .main import app, main
finally:
    if _collecting:
        gc.freeze()
        gc.enable()

__all__ = ["app", "main"]
