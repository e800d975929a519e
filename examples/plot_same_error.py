"""
Same error, different models
============================

Two models each get one of three samples wrong, so their accuracy is equal. One is barely right
twice and badly wrong once; the other is clearly right twice and barely wrong once. The Brier loss
and the cross-entropy show the difference.
"""

import matplotlib.pyplot as plt
import numpy as np

import sklearn_xent as sx

y_true = [2, 1, 0]
models = {
    "model 1": [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
    "model 2": [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]],
}
metrics = {
    "Classification error": sx.classification_error,
    "MSE (Brier)": sx.brier_loss,
    "Cross-entropy": sx.cross_entropy,
}

# %%
# Every metric is a mean of the losses of the samples, which ``reduction="none"`` returns.

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
for ax, (title, metric) in zip(axes, metrics.items(), strict=True):
    for i, (name, proba) in enumerate(models.items()):
        losses = metric(y_true, proba, reduction="none")
        ax.bar(np.arange(1, 4) + 0.4 * i - 0.2, losses, 0.38, color=f"C{i}", label=name)
        ax.axhline(losses.mean(), color=f"C{i}", linestyle=["-", "--"][i], linewidth=1)
        print(f"{title:<21} {name} {losses.mean():.6f}")
    ax.set(title=title, xticks=[1, 2, 3], xlabel="sample")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("loss of the sample; lines: means")
figure.legend(
    *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False
)
plt.show()

# %%
# Each loss depends on the probability of the true class. The classification error sees only on
# which side of one half it is (here of two classes); the others also see how far. The gradient of
# the loss is what a model learns from: where it is confidently wrong, at the left, that of the
# squared error is almost zero.

sx.LossCurveDisplay.from_losses()
plt.show()
