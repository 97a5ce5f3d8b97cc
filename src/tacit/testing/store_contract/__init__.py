"""What every store promises, as tests that anyone can inherit: a class with `make_store(self, clock)`."""

from tacit.testing.store_contract.contract import StoreContract

__all__ = ["StoreContract"]
