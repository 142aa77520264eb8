"""What a page in one file needs: texts that are safe inside it, and a policy that permits nothing but them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["page_policy", "script_json", "source_hash"]


def page_policy(styles: Iterable[str], scripts: Iterable[str], *, pictures: bool = False) -> str:
    """A content security policy for a page that has exactly these style sheets and scripts and asks nobody for anything.

    With *pictures* the page may hold images, inside of itself only.
    """
    parts = [
        "default-src 'none'",
        " ".join(["style-src", *map(source_hash, styles)]),
        " ".join(["script-src", *map(source_hash, scripts)]),
        *(["img-src data:"] if pictures else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def source_hash(text: str) -> str:
    """The words by which a policy permits exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def script_json(data: Mapping[str, object] | Sequence[object]) -> str:
    """*data* as JSON that may stand inside a script element: no text in it can end the element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
