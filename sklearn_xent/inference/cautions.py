"""Name what limits a row of a comparison, and write it into the column ``caution``."""

from collections.abc import Mapping
from enum import Enum


class Caution(Enum):
    """Name what limits a row. The column ``caution`` joins these names by "; "."""

    LEVERAGE = "one sample weighs much"
    """`paired_tests.has_leverage` of the difference holds."""
    FEW = "few rows differ"
    """Too few rows decide the spread of the differences for an equivalence to be claimed."""
    ZERO = "zero probabilities"
    """A floor replaced a probability of zero, and so decides part of a mean loss of the row."""
    RARE = "rare class"
    """A class has so few samples that the interval of a mean may be too narrow."""
    SERIAL = "serial dependence"
    """Neighbouring rows look dependent, and neither times nor groups were given."""
    CLUSTERS = "clusters skewed"
    """The bootstraps of the clusters do not confirm a claim of the t-test."""
    APPROXIMATE = "approximate"
    """The test is approximate, and its p-value is not small enough to make up for that.

    So are all equivalences of candidates of a search, of which no single row is known."""
    UNSTABLE = "unstable"
    """Losses of the same sample vary so much between repeats that the test may claim too much."""
    NO_SPREAD = "no spread"
    """The difference is the same throughout, so nothing can be said of new samples."""


SEPARATOR = "; "


def join_cautions(found: Mapping[Caution, bool]) -> str:
    """Return the text of the column ``caution``: the names of the cautions that hold."""
    return SEPARATOR.join(caution.value for caution in Caution if found.get(caution))


def read_cautions(text: str) -> frozenset[Caution]:
    """Return the cautions that the text of a column ``caution`` names."""
    return frozenset(Caution(name) for name in text.split(SEPARATOR) if name)
