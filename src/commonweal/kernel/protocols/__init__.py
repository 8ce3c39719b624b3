"""Responses agreed beforehand: CACAO 2.0 playbooks, and cases that are a pure fold of their entries."""
