"""Use joblib: send the fits of `compare_models` to a Dask cluster."""

import joblib
from distributed import Client, LocalCluster
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx


def main() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    models = {
        name: make_pipeline(StandardScaler(), LogisticRegression(C=C))
        for name, C in (("free", 1.0), ("regularised", 0.01))
    }
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    here = sx.compare_models(models, X, y, cv=cv)
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster), joblib.parallel_config("dask"):
        there = sx.compare_models(models, X, y, cv=cv, n_jobs=-1)
    print(there.differences[["loss", "n_obs", "conclusion"]].to_string(index=False))
    print("the same bits as on one machine:", there.summary.equals(here.summary))


if __name__ == "__main__":
    main()
