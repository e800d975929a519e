"""Define the directive ``layers``: a picture of the rooms, drawn from setup.cfg.

The names and their order come from the layer contract, the sentence of each room from the docstring
of its module. So the picture shows what is checked, and nothing is written twice.
"""

import ast
from configparser import ConfigParser
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "setup.cfg"


def floors():
    """Return the floors of the house, the highest first, each as a list of names."""
    config = ConfigParser()
    config.read(CONTRACT, encoding="utf-8")
    listed = config["importlinter:contract:layers"]["layers"].strip().splitlines()
    return [[name.strip() for name in line.split("|")] for line in listed]


def source_of(name):
    """Return the file that holds the docstring of a room or of a single module."""
    package = ROOT / "sklearn_xent"
    room = package / name / "__init__.py"
    return room if room.exists() else package / f"{name}.py"


def purpose(name):
    """Return the first line of the docstring of a room or of a single module."""
    tree = ast.parse(source_of(name).read_text(encoding="utf-8"))
    return ast.get_docstring(tree).splitlines()[0].replace("`", "")


def house():
    """Return the picture as HTML: a row of boxes for each floor."""
    rows = []
    for names in floors():
        boxes = [
            f'<div class="{"room" if source_of(name).name == "__init__.py" else "module"}">'
            f"<b>{escape(name)}</b> <span>{escape(purpose(name))}</span></div>"
            for name in names
        ]
        rows.append(f'<div class="floor">{"".join(boxes)}</div>')
    return f'<div class="house" role="group" aria-label="The rooms">{"".join(rows)}</div>'


class Layers(SphinxDirective):
    """Show the picture at this place of a page.

    The content is the same picture as text, for readers of the source; a test compares both.
    """

    has_content = True

    def run(self):
        """Return one node, and name the files on which it depends."""
        for path in [CONTRACT, *(source_of(name) for names in floors() for name in names)]:
            self.env.note_dependency(str(path))
        return [nodes.raw("", house(), format="html")]


def setup(app):
    """Register the directive."""
    app.add_directive("layers", Layers)
    return {"parallel_read_safe": True}
