"""
Why cross-entropy also trains well
==================================

Softmax regression from a confidently wrong start: under softmax the gradient of the squared error
vanishes where the model is sure and wrong; the gradient of the cross-entropy, p - y, is greatest
there. Both gradients come from :func:`sklearn_xent.get_loss`.
"""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import sklearn_xent as sx

STEPS = 3000
LEARNING_RATE = 0.1
PICTURE = "learning_process.png"


def train(loss_name, X, y, start):
    """Run plain gradient descent and return the classification error at each step."""
    loss = sx.get_loss(loss_name)
    weights, errors = start.copy(), []
    for _ in range(STEPS):
        logits = X @ weights
        errors.append(sx.classification_error(y, logits, from_logits=True))
        weights -= LEARNING_RATE * X.T @ loss.gradient(y, logits) / len(y)
    return errors


def steps_to_halve(errors):
    """Return the number of steps until the error is halved, or None if it never is."""
    halved = np.flatnonzero(np.asarray(errors) <= errors[0] / 2)
    return int(halved[0]) if len(halved) else None


def main():
    """Train with both losses, print how long each needs, and draw the curves."""
    X, y = load_iris(return_X_y=True)
    X = np.column_stack([scale(X), np.ones(len(X))])
    # Weights that are right up to sign, and large: nearly every sample is confidently wrong.
    target = np.eye(3)[y] - 1 / 3
    start = -12 * np.linalg.lstsq(X, target, rcond=None)[0]
    curves = {name: train(name, X, y, start) for name in ("brier_loss", "cross_entropy")}
    for name, errors in curves.items():
        needed = steps_to_halve(errors)
        speed = f"halves it in {needed} steps" if needed else f"does not halve it in {STEPS} steps"
        print(f"   {sx.get_loss(name).title:<14} starts at an error of {errors[0]:.3f}, {speed}")
    try:
        draw(curves)
    except ImportError:
        print("   (install matplotlib to save a picture of the two curves)")


def draw(curves):
    """Save a picture of the error over the steps."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for (name, errors), style in zip(curves.items(), ["--", "-"], strict=True):
        ax.plot(np.arange(1, STEPS + 1), errors, style, label=sx.get_loss(name).title)
    ax.set(xscale="log", xlabel="gradient steps", ylabel="classification error (lower is better)")
    ax.set_title("From a confidently wrong start", loc="left")
    ax.legend(title="trained on", frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, dpi=150)
    print(f"   the two curves are drawn in {PICTURE}")


if __name__ == "__main__":
    main()
