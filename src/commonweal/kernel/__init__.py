"""Mechanism, no policy: the rooms that every instrument stands on (see ARCHITECTURE.md)."""
