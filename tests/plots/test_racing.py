"""The picture of a race."""

import matplotlib.pyplot as plt
import pytest
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from tests.support.pictures import race


def names_of(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_a_line_is_as_long_as_the_splits_that_were_fitted():
    display = race()
    lines = [line for line in display.ax_.lines if len(line.get_xdata()) == 2]
    ends = [line.get_xdata()[1] for line in lines if line.get_xdata()[0] == 0]
    assert ends == display.candidates["n_splits_seen"].tolist()
    assert display.ax_.get_title(loc="left") == "144 of 350 fits (41%)"
    assert display.ax_.get_xlabel() == (
        "splits fitted\n\u00d7 dropped   \u25cb merged   \u25b3 failed"
    )


def test_of_many_those_that_left_alike_share_a_row():
    display = race(200)
    shown = names_of(display)
    assert len(shown) == 30
    assert shown[24:] == [
        "16 more survived",
        "27 more dropped",
        "33 more dropped",
        "98 more dropped",
        "1 more merged",
        "1 more failed",
    ]


def test_a_race_without_looks_has_no_marks():
    display = race(5)
    display.candidates["status"] = "survived"
    again = sx.RaceDisplay(display.candidates, [], 25).plot()
    assert again.ax_.get_xlabel() == "splits fitted"
    assert again.ax_.get_xticks().tolist() == [0, 25]


def test_draws_where_it_is_told():
    figure, ax = plt.subplots()
    assert race().plot(ax).ax_ is ax
    assert race().plot(ax).figure_ is figure


@pytest.mark.parametrize("wrong", [None, sx.RacingSearchCV(GaussianNB(), {}), race])
def test_needs_a_fitted_race(wrong):
    with pytest.raises(TypeError, match="needs a fitted RacingSearchCV"):
        sx.RaceDisplay.from_search(wrong)
