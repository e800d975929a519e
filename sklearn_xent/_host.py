"""Bring arrays of other libraries to the host, as arrays of numpy: the only place that does.

Those of torch, JAX, CuPy and any other library with DLPack, on any device. Gradients are not
followed: a loss here is a number to read, not to minimise.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

BFLOAT16_ULP = 2.0**-7
"""The distance from one to the next bfloat16, which numpy does not have: they become float32."""


def to_host(name: str, data: Any) -> Any:
    """Return an array of another library as one of numpy, sharing memory where that can be.

    A list or tuple of such arrays becomes a list of numpy arrays, and of numbers where they have no
    dimension. Anything else is returned as it is. An array that has no values to read is an error
    that names the argument.
    """
    if isinstance(data, np.ndarray):
        return _widened(name, data)
    if isinstance(data, list | tuple):
        if not holds_arrays(data):
            return data
        items = (to_host(f"{name}[{row}]", x) for row, x in enumerate(data))
        return [
            np.asarray(x)[()] if isinstance(x, np.ndarray) or _is_array_type(type(x)) else x
            for x in items
        ]
    if not is_foreign(data):
        return data
    if any(c.__name__ == "Tracer" and c.__module__.startswith("jax") for c in type(data).__mro__):
        raise ValueError(
            f"{name} is traced by JAX (inside jit, grad or vmap) and has no values yet. Call this "
            "outside of the traced function, on what it returns."
        )
    errors = []
    for read in _ways(data):
        try:
            values = read(data)
        except Exception as error:
            errors.append(error)
        else:
            return _widened(name, values)
    kind = f"{type(data).__module__.partition('.')[0]}.{type(data).__name__}"
    why = str(errors[0]).strip().partition("\n")[0].rstrip(".")
    raise ValueError(
        f"{name} must hold values that numpy can read; got a {kind} of {_short_dtype(data)}: "
        f"{why:.200}. Pass it as a numpy array."
    ) from errors[0]


def is_foreign(data: Any) -> bool:
    """Return whether this is an array of another library that speaks DLPack."""
    kind = type(data)
    return hasattr(kind, "__dlpack__") and hasattr(kind, "shape") and _is_array_type(kind)


def holds_bfloat16(data: Any) -> bool:
    """Return whether the numbers are bfloat16, or some of those in a list of arrays."""
    if isinstance(data, list | tuple):
        return holds_arrays(data) and any(map(holds_bfloat16, data))
    if isinstance(data, np.ndarray):
        return data.dtype.isbuiltin == USER_DEFINED and bool(data.dtype.name == "bfloat16")
    return is_foreign(data) and _short_dtype(data) == "bfloat16"


def holds_arrays(data: list[Any] | tuple[Any, ...]) -> bool:
    """Return whether there are arrays of other libraries in a list, or in its first row."""
    kinds = set(map(type, data))
    if kinds & {list, tuple} and isinstance(data[0], list | tuple):
        kinds |= set(map(type, data[0]))
    return any(map(_is_array_type, kinds))


def _is_array_type(kind: type) -> bool:
    """Return whether this is the type of arrays of another library, such as tensors."""
    is_array = hasattr(kind, "__dlpack__") or hasattr(kind, "__array__")
    return is_array and not issubclass(kind, np.ndarray | np.generic)


def _short_dtype(data: Any) -> str:
    return str(getattr(data, "dtype", None)).rpartition(".")[2]


def _ways(data: Any) -> Iterator[Callable[[Any], NDArray[Any]]]:
    """Yield the ways to read an array, the surest first.

    DLPack comes last: of tensors it gives away the memory as it is, without a mask or a pending
    minus sign. So tensors are read by their own library only.
    """
    if hasattr(data, "detach"):
        yield _from_torch
        return
    yield np.asarray
    if hasattr(data, "get"):  # CuPy does not convert unless it is asked to
        yield lambda x: np.asarray(x.get())
    yield np.from_dlpack
    yield lambda x: np.from_dlpack(x, device="cpu")


def _from_torch(tensor: Any) -> NDArray[Any]:
    out = tensor.detach()
    if _short_dtype(out) == "bfloat16":
        out = out.float()
    out = out.cpu().resolve_conj().resolve_neg()
    return np.asarray(out.numpy())


def _widened(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Return the values, of a type that numpy does not have in one that holds them exactly."""
    if values.dtype.isbuiltin != USER_DEFINED:
        return values
    wider = _WIDER.get(values.dtype.name)
    if wider is None:
        raise ValueError(
            f"{name} must hold numbers of a type that numpy has, or bfloat16; got dtype "
            f"{values.dtype}. Convert it to float32 first."
        )
    return values.astype(wider)


USER_DEFINED = 2
"""What `isbuiltin` is for types that other packages register with numpy."""

_WIDER: dict[str, Any] = {
    "bfloat16": np.float32,
    **dict.fromkeys(("int2", "uint2", "int4", "uint4"), np.int8),
}
