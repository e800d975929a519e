"""Draw shares of many runs as dots, one row a method, in light and in dark."""

from typing import NamedTuple

COLOURS = {
    "light": {"ink": "#1f2328", "rule": "#d0d7de", "ours": "#0b66c3", "others": "#b3541e"},
    "dark": {"ink": "#e6edf3", "rule": "#3d444d", "ours": "#6cb6ff", "others": "#f0883e"},
}
BACKGROUND = {"light": "#ffffff", "dark": "#14181e"}


class Dots(NamedTuple):
    """A row: its label, whose it is ("ours" or "others"), small dots, and a large one (or None)."""

    label: str
    whose: str
    small: list[float]
    large: float | None = None


def draw(panels, path, *, width=4.5):
    """Draw panels, (title, nominal share, limits, rows), below each other, as path_light/dark.png.

    A row that is a text is a heading.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    n_rows = [len(rows) for *_, rows in panels]
    for scheme, of in COLOURS.items():
        style = {
            "text.color": of["ink"], "axes.labelcolor": of["ink"], "xtick.color": of["ink"],
            "ytick.color": of["ink"], "axes.edgecolor": of["rule"], "font.size": 9.5,
            "figure.facecolor": BACKGROUND[scheme], "axes.facecolor": BACKGROUND[scheme],
        }  # fmt: skip
        with mpl.rc_context(style):
            figure, axes = plt.subplots(
                len(panels), 1, figsize=(width, 0.235 * sum(n_rows) + 0.9 * len(panels)),
                height_ratios=n_rows, squeeze=False, layout="constrained",
            )  # fmt: skip
            for ax, panel in zip(axes[:, 0], panels, strict=True):
                _draw_panel(ax, *panel, of)
            figure.savefig(f"{path}_{scheme}.png", dpi=170)
            plt.close(figure)
            _shrink(f"{path}_{scheme}.png")


def _draw_panel(ax, title, nominal, limits, rows, of):
    """Draw the rows of a panel, the first at the top."""
    ax.axvline(nominal, color=of["ink"], lw=1, ls=":")
    for y, row in enumerate(rows):
        if isinstance(row, str):
            continue
        ax.axhline(y, color=of["rule"], lw=0.6, zorder=0)
        colour = of[row.whose]
        ax.scatter(row.small, [y] * len(row.small), s=12, color=colour, alpha=0.45, lw=0)
        if row.large is not None:
            ax.scatter([row.large], [y], s=42, color=colour, lw=0, zorder=3)
    labels = [row if isinstance(row, str) else row.label for row in rows]
    ax.set_yticks(range(len(rows)), labels)
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        heading = isinstance(row, str)
        label.set_weight("bold" if heading else "normal")
        label.set_color(of["ink"] if heading else of[row.whose])
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=limits)
    ax.set_title(title, fontsize=10, loc="right", weight="bold")
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _shrink(path):
    """Write a picture with few colours, which keeps it small."""
    from PIL import Image

    few = Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def as_markdown(name, alt):
    """Return the lines that show the picture of the colour scheme of the reader."""
    return "\n".join(
        f"```{{image}} images/{name}_{scheme}.png\n:class: only-{scheme}\n"
        f":alt: {alt if scheme == 'light' else 'The same picture in dark.'}\n```"
        for scheme in COLOURS
    )
