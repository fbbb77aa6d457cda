"""What a journal leaves to be measured, and whether it belongs to the session at hand."""

from collections.abc import Iterable

from tracker.measurement.journal import Event, JournalError, SessionStarted
from tracker.measurement.ledger import GroupLedger, ledgers_of
from tracker.models import Plan


class Resumption:
    """The groups a journal tells of; an empty one is the start of a new session.

    Finished groups are taken as they are. In an interrupted group complete
    rounds stay, the interrupted round is measured again whole, in the same order,
    and its records are kept as fragments. Run ids stay the same.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        taken = tuple(events)
        self.started = next((event for event in taken if isinstance(event, SessionStarted)), None)
        self._ledgers = ledgers_of(taken)

    def ledger(self, group: str) -> GroupLedger:
        """Return what is known of a group; nothing is an empty ledger."""
        return self._ledgers.setdefault(group, GroupLedger())

    def check(self, session_id: str, plan: Plan) -> None:
        """Refuse a journal of another session or of another order of rounds.

        Raises
        ------
        JournalError
            If session id or seed differ from those in the journal.
        """
        if self.started is None:
            return
        if self.started.session_id != session_id:
            raise JournalError(
                f"the journal belongs to session {self.started.session_id}, not to {session_id}"
            )
        if self.started.seed != plan.seed:
            raise JournalError(
                f"the journal was written with seed {self.started.seed}, the plan has {plan.seed};"
                f" resume with --seed {self.started.seed}"
            )
