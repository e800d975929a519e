"""Draw differences and means as dots with intervals on scales that share their zero.

All coordinates are shares of the width of a cell, so that a drawing fits any screen.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from xml.etree.ElementTree import Element

from sklearn_xent.report.elements import tag

FAR = 4.0
"""An end so many times as far from zero as the median row of its loss is off the scale."""
FAR_OF_TWO = 8.0
"""The same where only two are drawn: so many times the nearer one."""
ROOM = 0.04
"""Share of the width that is kept free at either side of zero."""
LEAST_TICK = 0.2
"""A tick stands at least at this share of the width from zero, or its label would touch "0"."""


@dataclass(frozen=True)
class Span:
    """A value with its interval, as it is drawn; nan where there is none."""

    low: float
    value: float
    high: float

    @property
    def ends(self) -> list[float]:
        """The finite ends, those of the interval and the value."""
        return [x for x in (self.low, self.value, self.high) if math.isfinite(x)]


@dataclass(frozen=True)
class Scale:
    """Where numbers of one loss stand, as shares of the width."""

    zero: float
    low: float
    """The least number on the scale, at most 0."""
    high: float
    """The greatest number on the scale, at least 0."""
    unit: float
    """How long 1 is."""

    def at(self, x: float) -> float:
        """Return the place of a number; those off the scale stand at its end."""
        return self.zero + self.unit * min(max(x, self.low), self.high)

    def is_off(self, x: float) -> bool:
        """Return whether a number is off the scale."""
        return not self.low <= x <= self.high

    @property
    def tick(self) -> float | None:
        """A round number to mark, on the longer side; None where none has room."""
        far = self.high if self.high >= -self.low else self.low
        if not far or not math.isfinite(far):
            return None
        power = 10.0 ** math.floor(math.log10(abs(far)))
        size = max((m * power for m in (1, 2, 5) if m * power <= abs(far)), default=power)
        return math.copysign(size, far) if size * self.unit >= LEAST_TICK else None


def scales_of(spans: Mapping[str, Sequence[Span]]) -> dict[str, Scale]:
    """Return the scale of each loss. Zero stands at the same place on all of them.

    An end that is far off is left out of its scale, and drawn as an arrow: else one bad model
    would flatten all others. Zero stands where the loss that gets least of the width gets most.
    """
    reach = {loss: _reach(of_loss) for loss, of_loss in spans.items()}
    lefts = [left / (left + right) if left or right else 0.0 for left, right in reach.values()]
    zero = max(lefts) / (1.0 - min(lefts) + max(lefts)) if lefts else 0.0
    zero = ROOM + zero * (1.0 - 2.0 * ROOM)
    scales = {}
    for loss, (left, right) in reach.items():
        sides = [(1.0 - ROOM - zero) / right if right else math.inf]
        sides += [(zero - ROOM) / left if left else math.inf]
        unit = min(sides)
        scales[loss] = Scale(zero, -left, right, unit if math.isfinite(unit) else 0.0)
    return scales


def _reach(spans: Sequence[Span]) -> tuple[float, float]:
    """Return how far the scale of one loss reaches to the left and to the right of zero.

    Both are 0 where no number differs from zero.
    """
    farthest = [max(map(abs, span.ends)) for span in spans if span.ends]
    sound = [x for x in farthest if x > 0.0]
    limit = math.inf
    if len(sound) > 1:
        limit = (FAR if len(sound) > 2 else FAR_OF_TWO) * median_low(sound)
    ends = [max(-limit, min(x, limit)) for span in spans for x in span.ends]
    return max(0.0, -min(ends, default=0.0)), max(0.0, max(ends, default=0.0))


# --- drawings -------------------------------------------------------------------------------


def picture(*parts: Element | None) -> Element:
    """Make a drawing that fills its cell; screen readers read the numbers beside it instead."""
    return tag("svg", *parts, class_="sx-in", aria_hidden="true", focusable="false")


def ruler(scale: Scale, *, signed: bool = True) -> Element:
    """Draw zero and a round number above the rows of one loss."""
    return picture(
        _upright("sx-zero", scale.zero, "70%", "100%"),
        _label("0", scale.zero),
        *_tick_mark(scale, signed=signed),
    )


def interval(
    scale: Scale,
    span: Span,
    shape: str = "dot",
    *,
    band: float | None = None,
    tick: bool = True,
) -> Element:
    """Draw a value with its interval, an arrow where it goes on beyond the scale.

    `shape` is "dot" or "square", `band` the margin of equivalence on both sides of zero. Whether a
    mark is filled is said by the style of its row.
    """
    parts: list[Element | None] = []
    if band is not None:
        left, right = scale.at(-band), scale.at(band)
        box = {"x": _percent(left), "width": _percent(right - left)}
        parts.append(tag("rect", class_="sx-band", y="0", height="100%", **box))
    parts += _lines(scale) if tick else [_upright("sx-zero", scale.zero, "0", "100%")]
    if math.isfinite(span.value):
        parts += _drawn(scale, span, shape)
    return picture(*parts)


def _lines(scale: Scale) -> list[Element]:
    """Draw zero and the round number from top to bottom."""
    tick = scale.tick
    lines = [] if tick is None else [_upright("sx-tick", scale.at(tick), "0", "100%")]
    return [*lines, _upright("sx-zero", scale.zero, "0", "100%")]


def reference(scale: Scale) -> Element:
    """Draw the model that the others are compared with: a diamond on the zero line."""
    mark = _placed(scale.zero, tag("path", class_="sx-ref", d="M0-5.5 5.5 0 0 5.5-5.5 0z"))
    return picture(*_lines(scale), mark)


def sample(shape: str) -> Element:
    """Draw a mark for the legend: "dot", "square", "line" or "arrow"."""
    parts = [tag("line", class_="sx-ci", x1="0", x2="28", y1="7", y2="7")]
    if shape == "arrow":
        parts.append(_triangle(1.0, x="22", y="7"))
    elif shape != "line":
        parts.append(_mark(shape, x="14", y="7"))
    return tag("svg", *parts, width=30, height=14, aria_hidden="true", focusable="false")


def _drawn(scale: Scale, span: Span, shape: str) -> list[Element]:
    parts = []
    ends = [x for x in (span.low, span.high) if not math.isnan(x)]
    if len(ends) == 2:
        x1, x2 = (_percent(scale.at(x)) for x in ends)
        parts.append(tag("line", class_="sx-ci", x1=x1, x2=x2, y1="50%", y2="50%"))
    for x in dict.fromkeys([*ends, span.value]):
        if scale.is_off(x):
            parts.append(_triangle(math.copysign(1.0, x), x=_percent(scale.at(x))))
    if not scale.is_off(span.value):
        parts.append(_mark(shape, x=_percent(scale.at(span.value))))
    return parts


def _mark(shape: str, x: str, y: str = "50%") -> Element:
    if shape == "square":
        box = tag("rect", class_="sx-mark", x="-4.5", y="-4.5", width="9", height="9")
        return tag("svg", box, x=x, y=y, overflow="visible")
    return tag("circle", class_="sx-mark", cx=x, cy=y, r="4.5")


def _triangle(side: float, x: str, y: str = "50%") -> Element:
    points = "M8 0-2-5.5V5.5z" if side > 0 else "M-8 0 2-5.5V5.5z"
    return tag("svg", tag("path", class_="sx-arrow", d=points), x=x, y=y, overflow="visible")


def _placed(x: float, shape: Element) -> Element:
    """Put a shape of a fixed size at a share of the width."""
    return tag("svg", shape, x=_percent(x), y="50%", overflow="visible")


def _tick_mark(scale: Scale, *, signed: bool) -> list[Element]:
    tick = scale.tick
    if tick is None:
        return []
    text = f"{tick:{'+' * signed}.12g}".replace("-", "\N{MINUS SIGN}")
    return [_upright("sx-tick", scale.at(tick), "70%", "100%"), _label(text, scale.at(tick))]


def _label(text: str, x: float) -> Element:
    return tag("text", text, x=_percent(x), y="60%", text_anchor="middle")


def _upright(kind: str, x: float, y1: str, y2: str) -> Element:
    return tag("line", class_=kind, x1=_percent(x), x2=_percent(x), y1=y1, y2=y2)


def _percent(share: float) -> str:
    return f"{100.0 * share:.2f}%"
