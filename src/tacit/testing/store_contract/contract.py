"""The whole contract of a store with its queue.

Floor 6. Below: its parts. A subclass says how a store is made:

    class TestMine(StoreContract):
        def make_store(self, clock):
            return MyStore(clock=clock)
"""

from tacit.testing.store_contract.conflicts import Conflicts
from tacit.testing.store_contract.filtering import Filtering
from tacit.testing.store_contract.meaning import Meaning
from tacit.testing.store_contract.queueing import Queueing
from tacit.testing.store_contract.recording import Recording
from tacit.testing.store_contract.transactions import Transactions
from tacit.testing.store_contract.words import Words

__all__ = ["StoreContract"]


class StoreContract(Transactions, Conflicts, Filtering, Words, Meaning, Recording, Queueing):
    """Inherit, say how a store is made, and run pytest."""
