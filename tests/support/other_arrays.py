"""Arrays of other libraries: how to make them, and the numpy arrays that they stand for."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Other:
    """A kind of array. `make` makes it, `stands_for` is what it holds."""

    library: str
    make: Callable
    digits: str = "float64"

    def __call__(self, values):
        module = pytest.importorskip(self.library, reason=f"{self.library} is of group arrays")
        return self.make(module, self.stands_for(values))

    def stands_for(self, values):
        """Return the numbers that are left of floats; integers and booleans are as they were."""
        values = np.asarray(values)
        if values.dtype.kind != "f" or self.digits == "float64":
            return values
        if self.digits == "bfloat16":  # rounded to eight bits, ties to even
            bits = values.astype(np.float32).view(np.uint32)
            bits = bits + 0x7FFF + ((bits >> 16) & 1)
            return (bits & 0xFFFF0000).astype(np.uint32).view(np.float32)
        return values.astype(self.digits)


def torch_of(torch, values):
    return torch.tensor(values)


def torch_that_requires_grad(torch, values):
    return torch.tensor(values, requires_grad=values.dtype.kind == "f")


def torch_bfloat16(torch, values):
    tensor = torch.tensor(values)
    return tensor.bfloat16() if values.dtype.kind == "f" else tensor


def torch_column_major(torch, values):
    return torch.tensor(values.T.copy()).mT if values.ndim == 2 else torch.tensor(values)


def torch_strided(torch, values):
    return torch.tensor(np.repeat(values, 2, axis=0))[::2] if values.ndim else torch.tensor(values)


def torch_negated(torch, values):
    """Give a view with a pending minus sign."""
    if values.dtype.kind != "f":
        return torch.tensor(values)
    real = torch.tensor(-values)
    return torch.imag(torch.conj(torch.complex(torch.zeros_like(real), real)))


def torch_parameter(torch, values):
    return torch.nn.Parameter(torch.tensor(values), requires_grad=values.dtype.kind == "f")


def jax_of(jax, values):
    with jax.enable_x64(True):
        return jax.numpy.asarray(values)


def jax_bfloat16(jax, values):
    made = jax_of(jax, values)
    return made.astype(jax.numpy.bfloat16) if values.dtype.kind == "f" else made


def numpy_bfloat16(ml_dtypes, values):
    return values.astype(ml_dtypes.bfloat16) if values.dtype.kind == "f" else values


def strict(xp, values):
    return xp.asarray(values)


def strict_elsewhere(xp, values):
    return xp.asarray(values, device=xp.Device("device1"))


OTHERS = {
    "torch float64": Other("torch", torch_of),
    "torch float32": Other("torch", torch_of, "float32"),
    "torch float16": Other("torch", torch_of, "float16"),
    "torch bfloat16": Other("torch", torch_bfloat16, "bfloat16"),
    "torch, requires_grad": Other("torch", torch_that_requires_grad),
    "torch, bfloat16 requires_grad": Other(
        "torch", lambda torch, x: torch_bfloat16(torch, x).requires_grad_(x.dtype.kind == "f"),
        "bfloat16",
    ),
    "torch, column-major": Other("torch", torch_column_major),
    "torch, strided": Other("torch", torch_strided),
    "torch, minus sign pending": Other("torch", torch_negated),
    "torch Parameter": Other("torch", torch_parameter),
    "jax float64": Other("jax", jax_of),
    "jax float32": Other("jax", jax_of, "float32"),
    "jax bfloat16": Other("jax", jax_bfloat16, "bfloat16"),
    "bfloat16 of ml_dtypes": Other("ml_dtypes", numpy_bfloat16, "bfloat16"),
    "array-api-strict": Other("array_api_strict", strict),
    "array-api-strict, second device": Other("array_api_strict", strict_elsewhere),
}  # fmt: skip
