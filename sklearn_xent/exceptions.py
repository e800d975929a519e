"""The warnings of sklearn_xent: one class for each convention a result may depend on."""

import os
import sys
import warnings

_PACKAGE = os.path.dirname(__file__) + os.sep


def warn(message: str, category: type[Warning]) -> None:
    """Warn in the name of the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


class XentWarning(UserWarning):
    """Base class of every warning of this package: ``warnings.filterwarnings`` catches all."""


class ZeroProbabilityWarning(XentWarning):
    """The true class of some samples got a probability below the floor ``eps``."""


class UnseenClassWarning(XentWarning):
    """A class of the data was not among the classes that the estimator was trained on."""


class UndefinedSkillWarning(XentWarning):
    """A skill is nan, because the loss of its reference is zero."""


class SuspectLogitsWarning(XentWarning):
    """What was passed with ``from_logits=True`` looks like probabilities."""


class DegenerateDifferenceWarning(XentWarning):
    """Two models differ by the same amount on every sample: no spread, no inference."""
