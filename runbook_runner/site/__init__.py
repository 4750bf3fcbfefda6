"""Many runbooks -> one folder of HTML that opens from a disk, needs no server and asks nobody for anything.

`build` is the way in. Everything below it sees the model (Runbook, Graph), never Markdown text.
"""
