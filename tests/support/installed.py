"""Use the package where only its wheel is installed; ``make dist`` runs this script."""

import doctest
import importlib.util
import sys
from pathlib import Path

import numpy as np

import sklearn_xent as sx

ROOT = Path(__file__).parents[2]
OPTIONAL = ["matplotlib", "dask", "pyarrow", "tqdm", "jinja2", "pytest"]


def first_example():
    """Run the first example of the README as a doctest."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    example = doctest.DocTestParser().get_doctest(text, {}, readme.name, str(readme), 0)
    return doctest.DocTestRunner().run(example)


def main():
    installed = Path(sx.__file__).resolve()
    if ROOT / "sklearn_xent" in installed.parents:
        sys.exit(f"{installed} is the source, not what was installed")
    if found := [name for name in OPTIONAL if importlib.util.find_spec(name)]:
        sys.exit(f"only what the wheel requires should be installed; found {found}")
    outcome = first_example()
    if outcome.failed or not outcome.attempted:
        sys.exit(f"the first example of the README: {outcome}")
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.95, 500)
    y = (rng.random(500) < p).astype(int)
    models = {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}
    comparison = sx.compare_predictions(y, models, losses=["brier_loss", "cross_entropy"])
    print(comparison)
    if "<table" not in comparison.to_html():
        sys.exit("the report has no table")
    print(f"sklearn_xent {sx.__version__} works from {installed.parent}")


if __name__ == "__main__":
    main()
