"""
Looking at results while they come
==================================

If an ordinary 95 % interval is read again after every sample, it excludes zero sooner or later,
even for equal models. A confidence sequence may be read at any time: in 95 % of streams it never
excludes the true mean.
"""

import matplotlib.pyplot as plt
import numpy as np

import sklearn_xent as sx

rng = np.random.default_rng(0)
N = 4000
differences = rng.uniform(-1, 1, N)  # of the losses of two equal models
sequence = sx.confidence_sequence(differences, bounds=(-1, 1))
n = np.arange(1, N + 1)
mean = differences.cumsum() / n
half = 1.96 * np.sqrt(((differences**2).cumsum() / n - mean**2).clip(0) / n)

# %%

claims = {
    "interval read again and again": np.abs(mean)[20:] > half[20:],
    "confidence sequence": (sequence["conf_low"] > 0) | (sequence["conf_high"] < 0),
}
for name, claimed in claims.items():
    print(f"{name:<30} excludes zero at {int(np.sum(claimed))} of {N} samples")

figure, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
ax.fill_between(sequence["n_obs"], sequence["conf_low"], sequence["conf_high"], alpha=0.25,
                label="confidence sequence")  # fmt: skip
ax.plot(n, mean - half, "C1", linewidth=1, label="interval of each single look")
ax.plot(n, mean + half, "C1", linewidth=1)
ax.axhline(0, color="0.4", linewidth=1)
ax.set(xscale="log", xlim=(20, N), ylim=(-0.5, 0.5), xlabel="samples seen",
       ylabel="mean difference")  # fmt: skip
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
