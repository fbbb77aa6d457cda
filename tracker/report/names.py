"""How systems, variants, numbers and foreign text are written for people."""

from collections.abc import Sequence

SHORT = {"jujutsu": "JJ", "git": "Git", "git-worktrees": "Git-WT"}
"""The specification's short names of the three systems."""

UNKNOWN = "–"

COLOURS = {
    "git": "#d55e00",
    "git-worktrees": "#e69f00",
    "jujutsu": "#0072b2",
}
"""Okabe and Ito's colours, told apart by nearly every eye (https://jfly.uni-koeln.de/color/);
the same as in the MLflow charts."""

MORE_COLOURS = ("#009e73", "#cc79a7", "#56b4e9", "#7f7f7f", "#8c6200", "#7d2f5c")

SYMBOLS = {"git": "circle", "git-worktrees": "square", "jujutsu": "diamond"}
"""Colour is never the only thing that tells two variants apart."""

MORE_SYMBOLS = ("triangle-up", "cross", "x", "star", "pentagon", "hourglass")


def short(variant: str | None) -> str:
    """Return the short name of a system, the name of any other variant, or a dash."""
    return UNKNOWN if variant is None else SHORT.get(variant, variant)


def colour(variant: str, others: Sequence[str]) -> str:
    """Return the colour of a variant, the same in every chart that shows `others` too."""
    return COLOURS.get(variant) or _further(variant, others, COLOURS, MORE_COLOURS)


def symbol(variant: str, others: Sequence[str]) -> str:
    """Return the marker of a variant, the same in every chart that shows `others` too."""
    return SYMBOLS.get(variant) or _further(variant, others, SYMBOLS, MORE_SYMBOLS)


def _further(
    variant: str, others: Sequence[str], known: dict[str, str], more: Sequence[str]
) -> str:
    extra = sorted({name for name in (*others, variant) if name not in known})
    return more[extra.index(variant) % len(more)]


def plain(text: str) -> str:
    """Return text on one line, without characters that a terminal or a reader would obey.

    Control characters and those that turn the direction of writing become U+FFFD.
    """
    if text.isprintable() and "  " not in text:  # nearly always, and ten times as fast
        return text.strip(" ")
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for letter in " ".join(text.split())
    )


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, thousands plainly, or a dash."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def times(ratio: float | None) -> str:
    """Return a ratio as a factor."""
    return UNKNOWN if ratio is None else f"{number(ratio)}×"


def bounds(interval: tuple[float, float] | None) -> str:
    """Return an interval in brackets, or nothing."""
    return f"[{number(interval[0])}–{number(interval[1])}]" if interval else ""


def percent(share: float | None) -> str:
    """Return a share as a percentage that is 100 only when nothing is missing."""
    if share is None:
        return UNKNOWN
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    return f"{min(max(share * 100, 0.1), 99.9):.1f} %"


def probability(p: float | None) -> str:
    """Return a p-value."""
    if p is None:
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.2g}"  # noqa: PLR2004  the usual last step


def mebibytes(size: float | None) -> str:
    """Return bytes in MiB, without the unit."""
    return UNKNOWN if size is None else number(size / 2**20)


def duration(ms: float) -> str:
    """Return how long something took, as one says it.

    Examples
    --------
    >>> duration(850), duration(42_000), duration(125_000), duration(7_380_000)
    ('850 ms', '42 s', '2 min 5 s', '2 h 3 min')
    """
    if ms < 1000:  # noqa: PLR2004  less than a second
        return f"{ms:.0f} ms"
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{n} {one if n == 1 else many or one + 's'}"
