"""Set the order of the gallery: from the small story to what only some need."""

ORDER = [
    "plot_same_error",
    "plot_learning_process",
    "plot_three_models",
    "plot_equal_models",
    "plot_calibration",
    "plot_costs",
    "plot_slices",
    "plot_one_standard_error",
    "plot_race",
    "plot_tuning",
    "plot_rare_class",
    "plot_imbalanced",
    "plot_own_loss",
    "plot_watching_results",
]


class GalleryOrder:
    """The key by which sphinx-gallery sorts the files of its folder."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, name):
        """Return the place in the order; a script that is missing there is an error."""
        return ORDER.index(name.removesuffix(".py"))
