"""Check that a built wheel carries every file of the package, and the schemas."""

import sys
from pathlib import Path
from zipfile import ZipFile


def main(wheel: str) -> int:
    tree = Path(__file__).parent.parent
    listed = [
        str(file.relative_to(tree))
        for folder in ("runbook_runner", "schemas")
        for file in (tree / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    wanted = {f"runbook_runner/{name}" if name.startswith("schemas/") else name for name in listed}
    carried = set(ZipFile(wheel).namelist())
    missing = sorted(wanted - carried)
    for name in missing:
        print(f"the wheel lacks {name}")
    # What others wrote travels with its licence.
    vendored = [name for name in carried if "/vendor/" in name and name.endswith(".js")]
    bare = [name for name in vendored if not any(f"{name.split('.')[0]}.LICENSE" in other for other in carried)]
    missing += bare
    for name in bare:
        print(f"the wheel has {name} without its licence")
    data = sorted(name for name in carried if not name.endswith(".py") and ".dist-info/" not in name)
    print(f"{len(carried)} files, of which data: {', '.join(data) or 'none'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
