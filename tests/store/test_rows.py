"""The hash by which equal patterns are known."""

import json
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from patterns.models import BenchmarkPattern
from patterns.store.rows import content_hash
from tests.store.values import make_record

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    record=st.builds(
        make_record,
        task=texts,
        input=texts,
        critique=st.none() | texts,
        reward=st.none() | st.floats(0, 1),
        latency_ms=st.none() | st.floats(0, allow_nan=False, allow_infinity=False),
        success=st.booleans(),
        tokens_used=st.none() | st.integers(0, 2**63),
        run_id=st.none() | texts,
    )
)
def test_the_hash_is_that_of_the_fields_as_json(record):
    """Stores of every version know a pattern by this hash: it must never change."""
    fields = [getattr(record.pattern, name) for name in BenchmarkPattern.model_fields]
    fields = [value + 0.0 if isinstance(value, float) else value for value in fields]
    fields.append(record.context.run_id)
    said = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    assert content_hash(record) == blake2b(said, digest_size=16).digest()
