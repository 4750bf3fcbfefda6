"""Kinds of command, one a file."""
