"""Read the names of columns, and find names that mean a class in another form."""

import calendar
import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._messages import shorten_all

Names = tuple[Any, ...]

# --- read -----------------------------------------------------------------------------------

_CONVERSIONS = ("to_pandas", "toPandas", "collect", "compute", "df")
"""Methods by which other libraries give a table that is read here; the first that is there."""
_READ_AS_THEY_ARE = (np.ndarray, np.generic, pd.DataFrame, pd.Series, pd.Index, str, bytes)


def column_names(data: Any) -> Names | None:
    """Return the names of the columns of a table, or of a single column; None without names."""
    if isinstance(data, np.ndarray):
        return None
    if isinstance(data, pd.DataFrame):
        return tuple(map(_plain_name, data.columns.tolist()))
    if isinstance(data, pd.Series):
        return None if data.name is None or data.name is pd.NA else (_plain_name(data.name),)
    if isinstance(data, list | tuple):
        return getattr(type(data[0]), "_fields", None) if len(data) else None
    if (names := _names_of_table(data)) is not None:
        return names
    name = getattr(data, "name", None) if len(getattr(data, "shape", ())) == 1 else None
    return (str(name),) if isinstance(name, str) and name else None


def _names_of_table(data: Any) -> Names | None:
    """Return the names of a table whose columns are read one by one, as of polars and Arrow."""
    if not hasattr(type(data), "__getitem__") or hasattr(type(data), "collect"):
        return None
    names = getattr(data, "column_names", None) or getattr(data, "columns", None)
    if not isinstance(names, list) or not names or not hasattr(data, "shape"):
        return None
    return tuple(names) if all(isinstance(name, str) for name in names) else None


def _plain_name(name: Any) -> Any:
    """Return a name of a column as labels are read: a date as a Timestamp, else plain Python."""
    if isinstance(name, np.datetime64):
        return pd.Timestamp(name)
    return name.item() if isinstance(name, np.generic) else name


def check_names_are_read(name: str, data: Any) -> None:
    """Check that no names or order of rows or columns are lost when the data becomes an array."""
    if isinstance(data, _READ_AS_THEY_ARE):
        return
    if isinstance(data, list | tuple):
        _check_items(name, data)
    elif (lost := _lost_names(data)) is not None:
        raise ValueError(
            f"{name} is a {_type_name(data)}, whose {lost} are not read and would be lost. "
            f"{_conversion(name, data)}"
        )


def _check_items(name: str, data: Sequence[Any]) -> None:
    """Check that the items of a list have no names of their own, but for named tuples of a kind."""
    kinds = set(map(type, data))
    named = next((kind for kind in kinds if _has_names(kind)), None)
    if named is None or (hasattr(named, "_fields") and len(kinds) == 1):
        return
    raise ValueError(
        f"{name} is a list of items with names of their own, such as {named.__name__}, which would "
        f"be lost. Pass one table, such as pandas.DataFrame({name}) or pandas.concat({name}) makes."
    )


def _has_names(kind: type) -> bool:
    """Return whether objects of a type are rows, columns or tables with names."""
    if issubclass(kind, str | bytes | dict | Enum | pd.Index | np.ndarray | np.generic):
        return False
    if hasattr(kind, "_fields"):
        return issubclass(kind, tuple)
    return any(hasattr(kind, name) for name in ("keys", "coords", "columns", "to_frame"))


def _lost_names(data: Any) -> str | None:
    """Return which names of an object of another library would be lost; None for none."""
    kind = type(data)
    if hasattr(kind, "collect") and not hasattr(kind, "__array__"):
        return "columns"  # a lazy frame: to ask for its columns would compute them
    index = getattr(data, "index", None)
    if index is not None and not callable(index):
        return "index and names"
    coords = getattr(data, "coords", None)
    if coords is not None and not callable(coords) and _size(coords):
        return "coordinates"
    if _names_of_table(data) is not None:
        return None
    if getattr(getattr(data, "dtype", None), "fields", None):  # a column of structs, as of polars
        return "fields"
    has_columns = any(
        names is not None and not callable(names) and _size(names)
        for names in (getattr(data, attribute, None) for attribute in ("columns", "column_names"))
    )
    return "columns" if has_columns or hasattr(kind, "__dataframe__") else None


def _size(names: Any) -> bool:
    """Return whether a collection of names holds any."""
    return len(names) > 0 if hasattr(names, "__len__") else True


def _type_name(data: Any) -> str:
    """Return the library and type of an object."""
    kind = type(data)
    return f"{kind.__name__} of {kind.__module__.partition('.')[0]}"


def _conversion(name: str, data: Any) -> str:
    """Return how to convert an object of another library."""
    if hasattr(data, "struct"):
        return f"Pass {name}.struct.unnest()."
    if hasattr(type(data), "modin"):
        return f"Pass {name}.modin.to_pandas()."
    known = next((method for method in _CONVERSIONS if hasattr(type(data), method)), None)
    if known is not None:
        return f"Pass {name}.{known}()."
    return "Pass it as a pandas DataFrame or Series with these names."


def columns_of_table(name: str, data: Any, columns: Names) -> Any:
    """Return a table of another library, or a list of named tuples, as something to make an array.

    A column of another library is one of the table's, in the order of its names.
    """
    if len(columns) == 1 and len(getattr(data, "shape", ())) == 1:
        return data
    if isinstance(data, list | tuple):
        return [tuple(row) for row in data]
    twice = [column for column, times in Counter(columns).items() if times > 1]
    if twice:
        raise ValueError(
            f"{name} has several columns {shorten_all(twice)}; give each a name of its own."
        )
    try:
        listed = [np.asarray(data[column]) for column in columns]
    except Exception as error:
        raise ValueError(
            f"{name}: the columns of this {_type_name(data)} cannot be read one by one "
            f"({type(error).__name__}: {str(error)[:100]}). {_conversion(name, data)}"
        ) from None
    if any(values.ndim != 1 or len(values) != len(listed[0]) for values in listed):
        raise ValueError(
            f"{name}: the columns of this {_type_name(data)} are no vectors. "
            f"{_conversion(name, data)}"
        )
    return np.column_stack(listed)


# --- one name in several forms --------------------------------------------------------------

Keys = Collection[Any]
_NEGATIVE, _POSITIVE = {"false", "no", "f", "n", "negative", "neg", "off"}, {
    "true", "yes", "t", "y", "positive", "pos", "on",
}  # fmt: skip
_NEGATIONS = {"no", "not", "non", "without"}
_NUMBER_WORDS = {
    "zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0,
    "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0,
}  # fmt: skip
_MONTHS = {
    name.lower(): str(number)
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}


def _cased(name: Any) -> str:
    """Return a name as text without outer and invisible characters."""
    if isinstance(name, bytes | bytearray):
        name = _decode(bytes(name))
    text = name if isinstance(name, str) else str(name)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.replace("\0", " ").split())


def _decode(name: bytes) -> str:
    """Return bytes as text."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _text(name: Any) -> str:
    """Return a name as text without case, outer and invisible characters."""
    return _cased(name).casefold()


def _cased_texts(name: Any) -> Keys:
    """Return a name as text in which case counts."""
    return (_cased(name),)


def _texts(name: Any) -> Keys:
    """Return a name as text; of a member of an enumeration also its name and its value."""
    if isinstance(name, Enum):
        return {_text(x) for x in (name, name.name, name.value)}
    return (_text(name),)


def _numbers(name: Any) -> Keys:
    """Return the number that a name is, or is the text or the word of."""
    if isinstance(name, str) and (word := _NUMBER_WORDS.get(_text(name))) is not None:
        return (word,)
    return _figures(name)


def _figures(name: Any) -> Keys:
    """Return the number that a name is, or is the text of."""
    text = _text(name) if isinstance(name, str | bytes | bytearray) else ""
    try:
        value = float(text or name) if "_" not in text else math.nan  # 1_2 is no 12
    except (TypeError, ValueError, OverflowError):
        return ()
    return (value,) if value == value else ()


def _words(name: Any) -> Keys:
    """Return the letters and digits of a name that has letters, without accents."""
    text = unicodedata.normalize("NFKD", _text(name))
    bare = "".join(c for c in text if c.isalnum())
    return (bare,) if any(c.isalpha() for c in bare) else ()


def _truths(name: Any) -> Keys:
    """Return whether a name means true or false."""
    text = _text(name)
    if text in _NEGATIVE or text in _POSITIVE:
        return (text in _POSITIVE,)
    return tuple(number == 1 for number in _numbers(name) if number in (-1, 0, 1))


def _numbers_within(name: Any) -> Keys:
    """Return the numbers in a name that is a range, as ``10 to 20``, or begins with one."""
    text = _text(name)
    found = re.findall(r"(?:(?<![^\W_])-)?\d+(?:\.\d+)?", text)
    return (tuple(map(float, found)),) if len(found) > 1 or text[:1].isdigit() else ()


def _is_date(name: Any) -> bool:
    return isinstance(name, date | np.datetime64 | pd.Period) and name is not pd.NaT


def _moments(name: Any) -> Keys:
    """Return the times that a date may mean: as it is written, and in UTC."""
    if isinstance(name, pd.Period):
        name = name.start_time
    if isinstance(name, np.datetime64):
        name = pd.Timestamp(name)
    if isinstance(name, date) and not isinstance(name, datetime):
        name = datetime.combine(name, time())
    if not isinstance(name, datetime):
        try:
            name = datetime.fromisoformat(_text(name).upper())
        except ValueError:
            return ()
    in_utc = [name.astimezone(UTC)] if name.tzinfo else []
    return {moment.replace(tzinfo=None) for moment in (name, *in_utc)}


def _date_numbers(name: Any) -> Keys:
    """Return the numbers that a date is written with, in whichever order and form."""
    if not (moments := _moments(name)):
        words = re.findall(r"\d+|[^\W\d_]+", _text(name))
        numbers = [int(x) for word in words if (x := _MONTHS.get(word, word)).isdecimal()]
        return (tuple(sorted(filter(None, numbers))),) if numbers else ()
    keys = set()
    for x in moments:
        day, clock = [x.year, x.month, x.day], [x.hour, x.minute, x.second, x.microsecond]
        keys |= {(*day, *clock), (x.year % 100, *day[1:], *clock)}
        if not any(clock) and x.day == 1:  # a month, or a year
            keys |= {(x.year, x.month)} | ({(x.year,)} if x.month == 1 else set())
    return {tuple(sorted(filter(None, key))) for key in keys}


# --- names that are out of place ------------------------------------------------------------


def find_misplaced(names: Names, classes: Names, *, partly: bool = True) -> int | None:
    """Return the position of a name that means the class of another position; None for none.

    Names are compared in several forms: as text, as numbers, as dates, without what all of them
    begin and end with. With `partly`, some of the names may mean no class at all.
    """
    if len(names) > MOST_REMEMBERED:
        return _find_misplaced(names, classes, partly)
    # 1, 1.0 and True are equal, but not as text
    return _remembered(names, classes, partly, (*map(type, names), *map(type, classes)))


MOST_REMEMBERED = 64


@lru_cache(maxsize=64)
def _remembered(names: Names, classes: Names, partly: bool, _: tuple[type, ...]) -> int | None:
    """Remember the answer: the same names come with every call of a metric."""
    return _find_misplaced(names, classes, partly)


def _find_misplaced(names: Names, classes: Names, partly: bool) -> int | None:
    """Compare names with classes in each form."""
    forms: list[tuple[Callable[[Any], Keys], bool]] = [(_cased_texts, True), (_texts, True)]
    forms += [(_figures, True), (_words, True)]
    # one and many are names like any others
    forms += [(_numbers, False), (_truths, False), (_numbers_within, False)]
    if any(map(_is_date, (*names, *classes))):
        forms += [(_moments, True), (_date_numbers, True)]
    for form, may_be_partial in forms:
        found = _misplaced(map(form, names), map(form, classes), partly and may_be_partial)
        if found is not None:
            return found
    bare = _bare(names), _bare(classes)
    for a, b in _without_affixes(names, classes):
        for form in (_texts, _numbers, _words, _truths):
            # A_dog is of the dogs, but numbers at the end may count anything
            may_be_partial = partly and form is _words and (a, b) == bare
            found = _misplaced(map(form, a), map(form, b), may_be_partial)
            if found is not None:
                return found
    return None


def _misplaced(names: Iterable[Keys], classes: Iterable[Keys], partly: bool) -> int | None:
    """Return the first name one of whose keys is that of a class, but not of the one in its place.

    Unless `partly`, each name must be that of a class, and each class must have a name.
    """
    places: dict[Any, set[int]] = {}
    n_classes = 0
    for place, keys in enumerate(classes):
        n_classes += 1
        for key in keys:
            places.setdefault(key, set()).add(place)
    found, first = set[int](), None
    for place, keys in enumerate(names):
        means = set().union(*(places.get(key, ()) for key in keys))
        if not means and not partly:
            return None
        if means and place not in means and first is None:
            first = place
        found |= means
    return first if partly or len(found) == n_classes else None


def _without_affixes(names: Names, classes: Names) -> list[tuple[Names, Names]]:
    """Return names and classes to compare, without what all names or all classes share."""
    out = [(level, classes) for level in _levels(names) if level != names]
    bare_names, bare_classes = _bare(names), _bare(classes)
    if (bare_names, bare_classes) != (names, classes):
        out.append((bare_names, bare_classes))
    if (inner := _inner(names, classes)) is not None:
        out.append((inner, classes))
    if (inner := _inner(classes, names)) is not None:
        out.append((names, inner))
    rest = [_without_words(name, signed=False) for name in names]
    if None not in rest:
        out.append((tuple(rest), classes))
    return out


def _levels(names: Names) -> list[Names]:
    """Return each level of names that are tuples of one length."""
    if not all(isinstance(name, tuple) for name in names) or len(set(map(len, names))) != 1:
        return []
    return list(zip(*names, strict=True))


def _bare(names: Names) -> Names:
    """Return names as text without the words or signs with which all of them begin and end."""
    if len(names) < 2 or not all(isinstance(x, str | bytes | bytearray) for x in names):
        return names
    if all(_numbers(name) for name in names):
        return names
    texts = _without_start([_text(name) for name in names])
    texts = [text[::-1] for text in _without_start([text[::-1] for text in texts])]
    return tuple(texts)


def _same_start(texts: list[str]) -> int:
    """Return with how many characters all texts begin alike."""
    first, last = min(texts), max(texts)
    same = (a == b for a, b in zip(first, last, strict=False))
    return sum(itertools.takewhile(bool, same))


def _without_start(texts: list[str]) -> list[str]:
    """Return texts without their common start, which ends where a word or a number does."""
    start = _same_start(texts)
    while start and any(_same_kind(text[start - 1], text[start : start + 1]) for text in texts):
        start -= 1
    cut = [text[start:] for text in texts]
    return cut if all(cut) else texts


def _same_kind(a: str, b: str) -> bool:
    """Return whether two characters are both letters, or both digits."""
    return (a.isalpha() and b.isalpha()) or (a.isdigit() and b.isdigit())


def _inner(names: Names, classes: Names) -> Names | None:
    """Return what is left of names that are all one prefix, a class and one suffix."""
    if not all(isinstance(name, str | bytes | bytearray) for name in names):
        return None
    texts, wanted = [_text(name) for name in names], [_text(label) for label in classes]
    before = _same_start(texts)
    after = _same_start([text[::-1] for text in texts])
    total = sum(map(len, texts)) - sum(map(len, wanted))
    extra, rest = divmod(total, max(len(texts), 1))
    if rest or extra <= 0:
        return None
    for start in range(min(extra, before) + 1):
        end = extra - start
        if end <= after:
            inner = [text[start : len(text) - end] for text in texts]
            if set(inner) == set(wanted):
                return tuple(inner)
    return None


def check_order(argument: str, columns: Sequence[str], labels: Sequence[Any]) -> None:
    """Check that columns of a table do not name the classes in another order than the labels."""
    # a number may count models or columns
    words = all(isinstance(x, str | bool) and not str(x).isdecimal() for x in labels)
    if len(columns) == 1:
        wrong = words and len(labels) == 2 and means(columns[0], labels, in_table=True) == [0]
    else:
        same = len(columns) == len(labels)
        places = tuple(columns), tuple(labels)
        wrong = same and find_misplaced(*places, partly=words) is not None
    if wrong:
        one = " A single column holds the probabilities of the second class." * (len(columns) == 1)
        raise ValueError(
            f"{argument} are the columns {shorten_all(columns)}, whose names tell another order of "
            f"the classes than labels, {shorten_all(labels)}.{one} Give both the same order, or "
            "rename the columns."
        )


def means(name: Any, labels: Sequence[Any], *, in_table: bool = False) -> list[int]:
    """Return the positions of the labels that the name of a single column may mean.

    A name of several levels may mean what one of its levels does. ``not_spam`` means the other of
    two labels. A column of a table that holds several models, `in_table`, begins with words of its
    model, ``no_pca``, and may end with a class of one letter, ``A_n``. Elsewhere ``no_pca`` may be
    a class, and ``model_a`` a model.
    """
    denied = _denied(name, labels, in_table) if len(labels) == 2 else None
    if denied is not None:
        return [1 - i for i in means(denied, labels, in_table=in_table)]
    signed = any(number < 0 for label in labels for number in _numbers(label))
    parts = name if isinstance(name, tuple) else (_without_words(name, signed),)
    found = (_means(x, labels, in_table) for x in (name, *parts) if x is not None)
    return next(filter(None, found), [])


def _denied(name: Any, labels: Sequence[Any], in_table: bool) -> str | None:
    """Return what follows the word ``not``, or one like it, in a name; None where none does.

    In a table, where ``no_pca`` is of a model, a label has to follow.
    """
    words = _split(name) if isinstance(name, str) else []
    at = [i for i, word in enumerate(words[:-1]) if word in _NEGATIONS]
    if not at or any(_NEGATIONS & set(_split(str(label))) for label in labels):
        return None
    denied = " ".join(words[at[-1 if in_table else 0] + 1 :])
    is_label = any(set(_words(denied)) & set(_words(label)) for label in labels)
    return denied if is_label or not in_table else None


_OF_PROBABILITIES = {"p", "pr", "prob", "proba", "probability", "class", "label", "y"}


def _without_words(name: Any, signed: bool) -> str | None:
    """Return what is left of a name such as ``proba_0`` or ``P(y=0)``; None for other names.

    With `signed` a minus before a number is its sign.
    """
    number = r"-?\d+" if signed else r"\d+"
    words = re.findall(rf"[^\W\d_]+|{number}", _text(name)) if isinstance(name, str) else []
    rest = [word for word in words if word not in _OF_PROBABILITIES]
    return " ".join(rest) if rest and len(rest) < len(words) else None


def _means(name: Any, labels: Sequence[Any], in_table: bool) -> list[int]:
    """Return the positions of the labels that a name may mean as it is."""
    forms: list[Callable[[Any], Keys]] = [_cased_texts, _texts, _numbers, _words]
    forms += [_moments, _date_numbers] if any(map(_is_date, (name, *labels))) else []
    if {key for label in labels for key in _truths(label)} == {False, True}:
        forms.append(_truths)
    for form in forms:
        keys = set(form(name))
        if found := [i for i, label in enumerate(labels) if keys & set(form(label))]:
            return found
    found = [i for i, label in enumerate(labels) if _ends_with(name, label, in_table)]
    longest = max((len(_text(labels[i])) for i in found), default=0)  # no_spam, and not spam
    return [i for i in found if len(_text(labels[i])) == longest]


def _ends_with(name: Any, label: Any, in_table: bool) -> bool:
    """Return whether a name begins or ends with the words of a label, as ``proba_no`` does."""
    if isinstance(label, bool):  # false_alarm may well be true
        in_table, label = True, str(label)
    if not isinstance(name, str) or not isinstance(label, str) or not _words(label):
        return False
    if not re.fullmatch(r"[\w\s]*", label):  # signs tell labels apart, as <=50K and >50K
        return _text(label) in _text(name)
    wanted = _split(label)
    in_capitals = _split(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name))
    is_long = sum(map(len, wanted)) > 1
    every = [words for words in (_split(name), in_capitals) if is_long or words is not in_capitals]
    if in_table:
        return any(wanted == words[-len(wanted) :] for words in every)
    return is_long and any(
        wanted in (words[: len(wanted)], words[-len(wanted) :]) for words in every
    )


def _split(name: str) -> list[str]:
    """Return the words of a name."""
    return re.findall(r"[^\W_]+", _text(name))


def are_moved_numbers(names: Names) -> bool:
    """Return whether names are numbers that follow each other, such as 1, 2, ..., but in disorder.

    They are those of a frame whose columns were moved. So are (True, False) and (1, -1).
    """
    numbers = [number for name in _bare(names) for number in _numbers(name)]
    if len(numbers) != len(names):
        return False
    in_order = sorted(numbers)
    follow = all(b - a == 1 for a, b in itertools.pairwise(in_order)) or in_order == [-1, 1]
    return follow and numbers != in_order


def same_in_another_form(a: Iterable[Any], b: Iterable[Any]) -> tuple[Any, Any] | None:
    """Return the first item of `a` that is not in `b`, but is there in another form."""
    a, known = list(a), set(b)
    forms = [_texts, _numbers]
    forms += [_moments] if any(map(_is_date, (*a, *known))) else []
    by_key: dict[Any, Any] = {
        (form, key): item for item in known for form in forms for key in form(item)
    }
    for item in a:
        if item in known:
            continue
        for form in forms:
            for key in form(item):
                if (form, key) in by_key:
                    return item, by_key[form, key]
    return None
