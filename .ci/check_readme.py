"""Check that README.md shows the help texts as the program prints them, or print its command for the tests.

check_readme.py README RUNBOOK   compare every block that begins with `$ runbook … --help`; exit 1 on a difference
check_readme.py README RUNBOOK --write   put the present texts in
check_readme.py README --tests   print the one line that installs and tests
"""

import os
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```text\n\$ runbook ?(?P<arguments>[^\n]*--help)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def present(program: str, arguments: str) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run([program, *arguments.split()], capture_output=True, text=True, check=True, env=environment)
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def main(readme: str, program: str, *options: str) -> int:
    path = Path(readme)
    text = path.read_text(encoding="utf-8")
    if program == "--tests":
        lines = [line for line in text.splitlines() if line.startswith("python3 -m venv") and "pytest" in line]
        print(lines[0])
        return 0 if len(lines) == 1 else 1
    blocks = list(BLOCK.finditer(text))
    fresh = BLOCK.sub(lambda m: f"```text\n$ runbook {m['arguments']}\n{present(program, m['arguments'])}```", text)
    if "--write" in options:
        path.write_text(fresh, encoding="utf-8")
    elif fresh != text or not blocks:
        print(f"{readme}: a help text is out of date; mend it with the option --write")
        return 1
    print(f"{len(blocks)} help texts are true")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
