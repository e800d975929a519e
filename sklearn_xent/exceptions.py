"""The warnings of sklearn_xent: one class for each convention a result may depend on."""


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


class LeverageWarning(XentWarning):
    """One sample decides so much of a difference that its interval may be too short."""


class FittedModelsWarning(XentWarning):
    """A difference is shown for the models that were fitted, but not for training anew."""


class UnstableModelsWarning(XentWarning):
    """Losses of the same sample differ so much between repeats that a test may claim too much."""


class FailedModelWarning(XentWarning):
    """A model could not be fitted or did not predict, and has no losses."""
