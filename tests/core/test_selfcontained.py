"""What a page in one file needs: a policy for exactly its texts, and data that cannot end their element."""

from __future__ import annotations

import base64
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from harness.core.selfcontained import page_policy, script_json, source_hash


def test_policy_names_every_text_by_its_hash_and_nothing_else() -> None:
    digest = base64.b64encode(hashlib.sha256(b"a { }").digest()).decode()
    assert source_hash("a { }") == f"'sha256-{digest}'"
    assert page_policy(["a { }"], ["x()", "y()"]) == (
        f"default-src 'none'; style-src 'sha256-{digest}'; script-src {source_hash('x()')} {source_hash('y()')}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_pictures_are_permitted_inside_of_the_page_only() -> None:
    assert "; img-src data:; " in page_policy([], [], pictures=True)
    assert "img-src" not in page_policy([], [])


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_data_cannot_end_the_script_element_and_come_back_unchanged(data: dict[str, object]) -> None:
    text = script_json({**data, "end": "</script><!--"})
    assert "<" not in text
    assert json.loads(text) == {**data, "end": "</script><!--"}
