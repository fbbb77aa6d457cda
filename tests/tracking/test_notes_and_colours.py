"""The text of notes, and the colours of variants."""

from tests.tracking.synthetic import Trial, result, session
from tracker.tracking.colours import DEFAULTS, FURTHER, assign
from tracker.tracking.notes import escape, experiment_note, session_note, trial_note

SMALL = Trial(session(), "commit", "small", "git")


def test_markup_in_a_verdict_is_shown_as_it_is():
    note = trial_note(SMALL.summary, SMALL.stats, "*bold* <script>x</script> [a](b)")
    assert r"\*bold\* &lt;script&gt;x&lt;/script&gt; \[a\](b)" in note
    assert "\x1b" not in escape("\x1b[31mred")


def test_a_note_begins_with_a_plain_sentence_and_lists_the_verdicts():
    first, *rest = trial_note(SMALL.summary, SMALL.stats, "one\ntwo").splitlines()
    assert first.startswith("commit on small with git: median ")
    assert "15 valid iterations of 15" in first
    assert rest[:3] == ["", "- one", "- two"]


def test_a_void_trial_is_not_given_a_time():
    void = Trial(session(), "commit", "small", "git", status="void")
    assert "median" not in trial_note(void.summary, void.stats, "").splitlines()[0]


def test_a_session_without_decision_says_so():
    trials = [Trial(session(), "commit", "small", variant) for variant in ("git", "jujutsu")]
    tie = result(trials).model_copy(update={"leaders": ("git", "jujutsu")})
    tie = tie.model_copy(update={"insights": tie.insights.model_copy(update={"winner": None})})
    assert "with no measurable difference: git, jujutsu" in session_note("s", [tie])


def test_a_session_leads_to_its_trials_while_the_note_fits():
    one = result([Trial(session(), "commit", "small", "git")])
    page = {(one.test_suite, one.test_id, one.repo_id, "git"): "#/experiments/1/runs/abc"}
    assert "small: [git](#/experiments/1/runs/abc) 2" in session_note("s", [one], pages=page)
    long = session_note("s", [one] * 120, pages=page)
    assert "](#/" not in long
    assert "commit on small: git 2" in long


def test_the_experiments_list_reads_without_markup():
    assert "[" not in experiment_note("basic", "", "#/x").splitlines()[0]


def test_the_default_variants_keep_their_colours_in_any_order():
    forward = assign(assign({}, "git"), "jujutsu")
    backward = assign(assign({}, "jujutsu"), "git")
    assert forward == backward == {name: DEFAULTS[name] for name in ("git", "jujutsu")}


def test_further_variants_get_colours_of_their_own_while_there_are_any():
    known = {}
    for number in range(len(FURTHER)):
        known = assign(known, f"git+{number}")
    assert len(set(known.values())) == len(FURTHER)
    assert not set(known.values()) & set(DEFAULTS.values())
    assert assign(known, "git+more")["git+more"] in FURTHER
