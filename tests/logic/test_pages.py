from tacit.changes import Put
from tacit.logic import pages
from tacit.logic.pages import every
from tacit.stores.memory import MemoryStore
from tacit.types import Filter, Item


def test_every_item_comes_once_and_in_order_however_many_pages_there_are() -> None:
    count = 2 * pages.PAGE + 1
    store = MemoryStore()
    items = [Item(id=f"i{n}", kind="message", text="x", created_at=0) for n in range(count)]
    store.write("default", [Put(item=item) for item in items])
    assert [item.id for item in every(store, "default", Filter())] == [f"i{n}" for n in range(count)]
    assert [item.id for item in every(store, "default", Filter(), count - 2)] == [f"i{count - 2}", f"i{count - 1}"]
    assert list(every(store, "other", Filter())) == []
