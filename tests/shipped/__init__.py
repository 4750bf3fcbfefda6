"""Recorded answers of healthy and broken systems, and what the shipped runbooks make of them."""
