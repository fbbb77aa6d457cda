"""One colour per variant, the same in every chart and table of an experiment."""

import hashlib
from collections.abc import Mapping

from tracker.models import VcsType

# Okabe and Ito's palette, which people with any colour blindness can tell apart:
# M. Okabe, K. Ito, "Color Universal Design", 2008. Its yellow is left out (unreadable on
# white), its black is a dark grey; the last four are darker shades of the first ones.
DEFAULTS: Mapping[str, str] = {
    VcsType.GIT: "#d55e00",
    VcsType.GIT_WORKTREES: "#e69f00",
    VcsType.JUJUTSU: "#0072b2",
}
FURTHER = (
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#4d4d4d",
    "#7a3600",
    "#8c6200",
    "#003f63",
    "#00553e",
    "#7d2f5c",
)


def assign(known: Mapping[str, str], variant: str) -> dict[str, str]:
    """Return `known` with a colour for `variant`; a free one while there is one.

    Examples
    --------
    >>> assign({}, "git")
    {'git': '#d55e00'}
    """
    if variant in known:
        return dict(known)
    if variant in DEFAULTS:
        return {**known, variant: DEFAULTS[variant]}
    start = int.from_bytes(hashlib.sha256(variant.encode()).digest()[:4]) % len(FURTHER)
    order = FURTHER[start:] + FURTHER[:start]
    taken = set(known.values())
    return {**known, variant: next((colour for colour in order if colour not in taken), order[0])}
