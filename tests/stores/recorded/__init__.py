"""Journals as each version wrote them, to be read for ever.

`python -m tests.stores.recorded` writes this version's: once, when it is released. What is here is never changed.
"""
