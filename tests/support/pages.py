"""Read the HTML of a report."""

import re
from xml.etree import ElementTree


class Page:
    """A report, parsed."""

    def __init__(self, html):
        body = html.partition("<body>")[2].partition("</body>")[0] or html
        body = re.sub("<style>.*?</style>", "", body, flags=re.DOTALL)
        self.root = ElementTree.fromstring(f"<root>{body}</root>")

    def all(self, kind, tag="*", within=None):
        """Return the elements of a class."""
        found = (self.root if within is None else within).iter()
        return [x for x in found if kind in x.get("class", "").split() and tag in ("*", x.tag)]

    def rows(self):
        """Return the rows of each loss on the first screen, by the title of the loss and model."""
        [table] = self.all("sx-rows", "table")
        out = {}
        for body in table.findall("tbody"):
            group, *rows = body.findall("tr")
            title = text(group.find("th"))
            for row in rows:
                out[re.sub(r" \(nats\).*|note.*", "", title), text(row.find("th"))] = row
        return out

    @property
    def headings(self):
        return [text(x) for x in self.root.iter("summary")]

    @property
    def text(self):
        return " ".join("".join(self.root.itertext()).split())


def text(element):
    return "".join(element.itertext()).strip()
