"""Check that a built wheel carries every file of the package, and the schemas."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile


def main(wheel: str) -> int:
    tree = Path(__file__).parent.parent
    listed = subprocess.run(
        ["git", "ls-files", "runbook_runner", "schemas"], cwd=tree, capture_output=True, text=True, check=True
    ).stdout.split()
    wanted = {f"runbook_runner/{name}" if name.startswith("schemas/") else name for name in listed}
    carried = set(ZipFile(wheel).namelist())
    missing = sorted(wanted - carried)
    for name in missing:
        print(f"the wheel lacks {name}")
    data = sorted(name for name in carried if not name.endswith(".py") and ".dist-info/" not in name)
    print(f"{len(carried)} files, of which data: {', '.join(data) or 'none'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
