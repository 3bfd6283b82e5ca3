"""Mentions to rows: one module a table."""
