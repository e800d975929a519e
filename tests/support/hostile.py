"""Names that try to do harm where they are shown, for the tests of reports and files."""

import warnings
from functools import cache

import numpy as np

import sklearn_xent as sx

NAMES = {
    "script": "<script>document.title='harmed'</script>",
    "image": "<img src=x onerror=\"document.title='harmed'\">",
    "formula": "=cmd()|' /C calc'!A0",
    "latex": r"\input{/etc/passwd} 50% $x_1$ {a} #1 & ~^ \\",
    "markdown": "[click](javascript:alert(1)) | `code` *b* <b>",
    "controls": "a\u202eevil\x1b[31m\nb",
}


@cache
def comparison(n=60, losses=None):
    """Compare models and classes of such names; return the comparison and groups of such names."""
    rng = np.random.default_rng(3)
    labels = np.array(["=1+1", "<b>bold</b>", "plain"])
    code = rng.integers(0, 3, n)
    models = {}
    for i, name in enumerate(NAMES.values()):
        logits = rng.normal(size=(n, 3)) + (1 + 0.3 * i) * np.eye(3)[code]
        models[name] = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    groups = np.where(np.arange(n) % 2, "<i>odd</i>", "@even")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        result = sx.compare_predictions(labels[code], models, labels=labels.tolist(), losses=losses)
    return result, groups
