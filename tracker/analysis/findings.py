"""One result in a sentence: who is ahead, by how much, and how sure that is."""

from collections.abc import Mapping, Sequence

from tracker.models import ComparisonMetrics

Pairs = Mapping[tuple[str, str], ComparisonMetrics]


def finding(variants: Sequence[str], leaders: Sequence[str], pairs: Pairs) -> str:
    """Return who leads, how far ahead of whom, and what is not known.

    Parameters
    ----------
    variants : sequence of str
        Everything that was compared.
    leaders : sequence of str
        The best and those not shown to be slower.
    pairs : mapping from (candidate, baseline) to ComparisonMetrics
        One direction of each pair.
    """
    if not leaders:
        return f"only {variants[0]} was measured" if len(variants) == 1 else "nothing to compare"
    behind = [name for name in variants if name not in leaders and _known(leaders[0], name, pairs)]
    parts = [f"{', '.join(leaders)}{_tie(leaders, pairs)}"]
    if behind:
        reference = _reference(leaders, behind, pairs)
        gaps = "; ".join(_gap(reference, name, pairs) for name in behind)
        parts.append(f" ahead of {gaps}{_not_shown(leaders, behind, pairs)}")
    return "".join(parts)


def factor(value: float) -> str:
    """Return a ratio with three significant digits.

    Examples
    --------
    >>> factor(3.14159), factor(14.26), factor(1234.5)
    ('3.14', '14.3', '1234')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")  # noqa: PLR2004


def ahead(name: str, rival: str, pairs: Pairs) -> bool:
    """Return whether `name` is shown to be faster than `rival`."""
    found = _pair(name, rival, pairs)
    return (
        found is not None
        and found.verdict == "different"
        and found.speedup_factor is not None
        and found.speedup_factor > 1
    )


def undecided(pair: ComparisonMetrics) -> bool:
    """Return whether the data could not decide at all, whatever they had shown."""
    return pair.verdict == "unresolved" and pair.reason is not None


def _pair(candidate: str, baseline: str, pairs: Pairs) -> ComparisonMetrics | None:
    direct, other = pairs.get((candidate, baseline)), pairs.get((baseline, candidate))
    return direct or (other.inverted() if other else None)


def _known(name: str, rival: str, pairs: Pairs) -> bool:
    found = _pair(name, rival, pairs)
    return found is not None and found.speedup_factor is not None


def _reference(leaders: Sequence[str], behind: Sequence[str], pairs: Pairs) -> str:
    """Return the leader that is shown to be ahead of all others: the best one always is."""
    sure = [name for name in leaders if all(ahead(name, other, pairs) for other in behind)]
    return sure[0] if sure else leaders[0]


def _tie(leaders: Sequence[str], pairs: Pairs) -> str:
    among = {
        (name, other): found
        for name in leaders
        for other in leaders
        if name != other and (found := _pair(name, other, pairs))
    }
    if not among:
        return ""
    some = next(iter(among.values()))
    if all(undecided(pair) for pair in among.values()):
        return f" (not decided: {some.reason})"
    if all(pair.verdict == "equivalent" for pair in among.values()):
        return f" (equivalent within ±{some.practical.threshold:g} %)"
    return f" ({_suspicion(among) or 'no measurable difference'})"


def _suspicion(among: Pairs) -> str:
    """Name the largest difference that its own interval shows and the whole family does not."""
    seen = {
        names: pair
        for names, pair in among.items()
        if pair.verdict == "unresolved"
        and pair.speedup_factor is not None
        and pair.speedup_factor > 1 + pair.practical.threshold / 100
        and pair.statistical.confidence_interval is not None
        and pair.statistical.confidence_interval[0] > 1
    }
    if not seen:
        return ""
    name, other = max(seen, key=lambda names: seen[names].speedup_factor or 0)
    return f"not told apart; {name} perhaps ahead of {_gap(name, other, among)}"


def _gap(leader: str, other: str, pairs: Pairs) -> str:
    found = _pair(leader, other, pairs)
    if found is None or found.speedup_factor is None:
        return other
    interval = found.statistical.confidence_interval
    bounds = f" [{factor(interval[0])}–{factor(interval[1])}]" if interval else ""
    return f"{other} {factor(found.speedup_factor)}×{bounds}, n = {found.n}"


def _not_shown(leaders: Sequence[str], behind: Sequence[str], pairs: Pairs) -> str:
    """Name leaders that share the lead without being shown ahead of everybody behind."""
    unsure = [
        f"{name} is not shown ahead of {other}"
        for name in leaders
        for other in behind
        if not ahead(name, other, pairs)
    ]
    return f" ({'; '.join(unsure)})" if unsure else ""
