"""Check that every public name is documented as numpydoc asks; pytest runs the examples."""

import inspect

import pytest

import sklearn_xent as sx
import sklearn_xent.dask

validate = pytest.importorskip(
    "numpydoc.validate", reason="numpydoc is a tool of the dev group"
).validate

NOT_OURS = {
    "ES01": "one line is often enough",
    "SA01": "other names are linked in the text",
}
EXCEPTIONS = {
    "Comparison": {"PR01": "functions make it: its fields are Attributes, some are private"},
    "DatasetsComparison": {"PR01": "compare_datasets makes it: its fields are Attributes"},
    "SCORERS": dict.fromkeys(
        ("GL02", "SS01", "EX01"), "a dict has the docstring of dict; the scorers show it"
    ),
} | {
    name: {"PR01": "an instance: its call is scikit-learn's, its parameters are LossScorer's"}
    for name in sx.SCORERS
}


def is_ours(member):
    """Whether a member of a class is a method or a property that this package defines."""
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    return inspect.isfunction(function) and function.__module__.startswith("sklearn_xent")


def public_names():
    """Yield the names of `sx` and of its functions for Dask, and all members of its classes."""
    for name in sx.__all__:
        yield name
        item = getattr(sx, name)
        for member, value in inspect.getmembers(item) if inspect.isclass(item) else ():
            if not member.startswith("_") and is_ours(value):
                yield f"{name}.{member}"
    yield "dask.compare_predictions"


@pytest.mark.parametrize("name", list(public_names()))
def test_docstring_is_as_numpydoc_asks(name):
    agreed = NOT_OURS | EXCEPTIONS.get(name, {})
    errors = validate(f"sklearn_xent.{name}")["errors"]
    assert [f"{code}: {what}" for code, what in errors if code not in agreed] == []


def test_every_exception_is_needed():
    for name, codes in EXCEPTIONS.items():
        errors = validate(f"sklearn_xent.{name}")["errors"]
        assert set(codes) <= {code for code, _ in errors}, name
