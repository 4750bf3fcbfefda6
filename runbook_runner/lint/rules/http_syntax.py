"""A request that cannot be sent.

## What it does
Reads every `http` fence as the runner would, in the format of `.http` files: a method and an address, headers, an empty
line, a body; `###` parts several. It finds lines that are neither, headers that are the client's to say, credentials in
an address, variables of other tools, and values in a body of which nothing says how they are encoded.

## Why it matters
The request is not sent when it is needed.

## Example
    ```http
    GET https://api.example/orders
    {{token}}
    ```

## How to fix
Write the request as the message says; what is a response or a log belongs in a fence of its own.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("http-syntax", Group.CORRECTNESS, "a request that cannot be sent")
