"""Print what the changelog says of a version: ``python -m tests.support.release_notes 0.1.0``.

Its links are relative, so that they work in a clone. In the notes of a release they are absolute.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = "https://sklearn-xent.github.io/sklearn-xent/"
REPOSITORY = "https://github.com/sklearn-xent/sklearn-xent/"
PICTURES = "https://raw.githubusercontent.com/sklearn-xent/sklearn-xent/main/"


def address_of(link):
    """Return where the public finds a file of the project; an address stays as it is."""
    path, mark, anchor = link.partition("#")
    if path.startswith("http"):
        return link
    if path.startswith("docs/") and path.endswith(".md"):
        return f"{SITE}{path.removeprefix('docs/').removesuffix('.md')}.html{mark}{anchor}"
    return f"{REPOSITORY}blob/main/{path}{mark}{anchor}"


def file_of(address):
    """Return the file that an address of the project shows; None for others."""
    plain = address.partition("#")[0]
    if plain.startswith(SITE):
        page = plain.removeprefix(SITE) or "index.html"
        return ROOT / "docs" / Path(page).with_suffix(".md")
    for start in (f"{REPOSITORY}blob/main/", f"{REPOSITORY}tree/main/", PICTURES):
        if plain.startswith(start):
            return ROOT / plain.removeprefix(start)
    return None


def release_notes(version):
    """Return the section of the changelog, without its title."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(version)} \(.*?\)\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no section {version!r}")
    return re.sub(r"\]\(([^)\s]+)\)", lambda m: f"]({address_of(m[1])})", found[1]).strip()


if __name__ == "__main__":
    print(release_notes(sys.argv[1]))
