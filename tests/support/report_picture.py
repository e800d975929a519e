"""Draw the picture of a report for the docs: ``python -m tests.support.report_picture``.

It needs Chromium. The report is that of docs/how_to/reports.md, with two more models.
"""

import tempfile
import warnings
from pathlib import Path

import matplotlib.image
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx
from tests.support.browser import Page

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "report.png"
WIDTH, EDGE = 1010, 12


def draw(path):
    """Write the report of four models as a browser shows it, without the empty rest below."""
    X, y = load_breast_cancer(return_X_y=True)
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "5 neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier()),
        "forest": RandomForestClassifier(random_state=0),
        "naive Bayes": GaussianNB(),
    }
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore", sx.XentWarning)
        report = Path(folder) / "report.html"
        sx.compare_models(models, X, y).to_html(report)
        shown = Page(report, folder).screenshot("report.png", size=(WIDTH, 1600))
    drawn = np.flatnonzero((shown[..., :3] < 0.9).any(axis=(1, 2)))
    matplotlib.image.imsave(path, shown[: drawn[-1] + EDGE])


if __name__ == "__main__":
    draw(PICTURE)
