"""What is said of another machine in the configuration."""

from __future__ import annotations

from runbook_runner.ports import Setting, TargetKind

KIND = TargetKind(
    "ssh",
    {
        "host": Setting("name or address, or a Host of her ssh configuration", example="web-1.example"),
        "url": Setting("instead of the host: ssh://USER@HOST:PORT", example="ssh://deploy@web-1.example:2222"),
        "user": Setting("who to log in as", example="deploy"),
        "port": Setting("where its sshd listens", example="2222"),
        "identity_file": Setting("path of a key", example="~/.ssh/oncall"),
        "config": Setting("path of an ssh configuration instead of her own", example="ssh/config"),
        "jump": Setting("hosts to go through, as for `ssh -J`", example="bastion.example"),
    },
)
