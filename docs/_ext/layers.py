"""The directive ``layers``: a picture of the layer contract, drawn from setup.cfg."""

from configparser import ConfigParser
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

ROOT = Path(__file__).parents[2]
WIDTH, ROW, GAP = 720, 34, 6


def layers():
    """The layers, the highest first, each a list of modules."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["importlinter:contract:layers"]["layers"].strip().splitlines()
    return [[name.strip() for name in line.split("|")] for line in listed]


def svg():
    """A row of boxes for each layer; public modules stand out."""
    rows, every = [], layers()
    for i, modules in enumerate(every):
        y, width = i * (ROW + GAP), (WIDTH - 40 - GAP * (len(modules) - 1)) / len(modules)
        rows.append(f'<text class="level" x="0" y="{y + 22}">{len(every) - 1 - i}</text>')
        for j, name in enumerate(modules):
            kind = "private" if name.startswith("_") else "public"
            x = 40 + j * (width + GAP)
            rows.append(
                f'<g class="{kind}"><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW}" '
                f'rx="4"/><text x="{x + width / 2:.1f}" y="{y + 22}">{escape(name)}</text></g>'
            )
    height = len(every) * (ROW + GAP)
    return (
        f'<svg class="layers" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="The layers: an import goes down, never up or sideways">{"".join(rows)}</svg>'
    )


class Layers(Directive):
    """The picture, where it stands."""

    def run(self):
        """One raw node."""
        return [nodes.raw("", svg(), format="html")]


def setup(app):
    """Register the directive."""
    app.add_directive("layers", Layers)
    return {"parallel_read_safe": True}
