"""What a page carries inside itself: data, and the program that draws its charts."""

import base64
import gzip
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

ESCAPES = {
    "<": "\\u003c",  # neither </script> nor <!--
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def embedded_json(value: Any) -> Markup:  # noqa: ANN401  whatever JSON can hold
    r"""Return JSON that no HTML parser can leave early.

    Examples
    --------
    >>> print(embedded_json({"name": "</script><!--"}))
    {"name":"\u003c/script\u003e\u003c!--"}
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  every character HTML knows is escaped


def packed_json(value: Any) -> Markup:  # noqa: ANN401  whatever JSON can hold
    """Return JSON gzipped, in base64, which holds no character that HTML knows."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    packed = gzip.compress(text.encode(), 6, mtime=0)
    return Markup(base64.b64encode(packed).decode())  # noqa: S704  letters, digits, +, / and =


def own_text(name: str) -> Markup:
    """Return a style sheet or script of this package as it is."""
    source = files("tracker.report").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(source)  # noqa: S704  our own file


@lru_cache(maxsize=1)
def packed_plotly() -> Markup:
    """Return plotly.js of the installed package, gzipped, in base64: 1.9 MB instead of 4.8 MB."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415  for pages with charts alone

    packed = gzip.compress(get_plotlyjs().encode(), 9, mtime=0)
    return Markup(base64.b64encode(packed).decode())  # noqa: S704  letters, digits, +, / and =
