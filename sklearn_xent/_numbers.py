"""Layer 1: numbers as a person reads them: as many digits as their errors allow, no fewer."""

import math
from collections.abc import Iterable

MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 12


class Numbers:
    """The numbers of one table, to two digits of their least error.

    A number that is not zero is never shown as zero: it gets more digits.
    """

    def __init__(self, errors: Iterable[float], *, least: int = 1, minus: str = MINUS) -> None:
        sound = [x for x in errors if 0 < x < math.inf]
        needed = 1 - math.floor(math.log10(min(sound))) if sound else 4
        self.decimals = min(max(needed, least), MOST_DECIMALS)
        self.minus = minus

    def __call__(self, x: float, *, signed: bool = False) -> str:
        if not math.isfinite(x):
            return "unknown" if x != x else "infinite" if x > 0 else f"{self.minus}infinite"
        decimals = self.decimals
        if x and not round(x, decimals):
            decimals = min(-math.floor(math.log10(abs(x))), MOST_DECIMALS)
        text = f"{round(x, decimals) + 0.0:{'+' * signed}.{decimals}f}"
        return text.replace("-", self.minus)

    def interval(self, low: float, high: float) -> str:
        """Both ends; nothing where they are not known."""
        return "" if low != low or high != high else f"{self(low)} to {self(high)}"


def pvalue(p: float) -> str:
    """A p-value, to enough digits to tell it from a level."""
    if p != p:
        return ""
    return "<0.0001" if p < 0.0001 else f"{p:.3f}" if p >= 0.0995 else f"{p:.4f}"
