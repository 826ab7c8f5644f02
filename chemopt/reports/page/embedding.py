"""JSON that is safe inside a page."""

from __future__ import annotations

import json
from typing import Any

from chemopt.frames import to_json

# Signs that could end a <script> element, or that JavaScript and JSON treat differently.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def embedded_json(data: Any) -> str:
    r"""Write JSON that stays data inside ``<script type="application/json">``.

    Examples
    --------
    >>> embedded_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    strict = json.loads(to_json(data))
    text = json.dumps(strict, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)
