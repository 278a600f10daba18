"""How long a vault with very many keys takes: listed, searched, opened in the window, used; and how that grows.

    PYTHONPATH=app:tests python tests/bench/keys.py [KEYS ...] [--folder FOLDER]

Default: 10000 and 100000. Making a vault with 100 000 keys takes some minutes; with ``--folder`` it is kept there and
found again. The window has no screen (Qt's offscreen platform) and is otherwise the real page. Prints milliseconds,
wall time, the best of three where something can be repeated; the aims are 1000 to open and 100 to filter.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from signet.clock import SystemClock
from signet.gui.desk import Desk
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.keys_snapshot import Column
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import key_list, keys, small_secrets
from signet.services.attention import needs_attention
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from support.many_keys import add_keys
from support.prompt import ScriptedPrompt
from support.vaults import make_vault, make_workplace

REPEATS = 3
PATIENCE = 120.0
SIZE = (988, 728)
Times = dict[str, float]


def opened(folder: Path, count: int) -> Session:
    """A vault with so many keys, made unless it is there."""
    place = folder / f"keys-{count}"
    if not place.exists():
        place.mkdir(parents=True)
        with make_vault(place, SystemClock()).open() as session:
            add_keys(session, count)
    prompt = ScriptedPrompt()
    prompt.answers[SecretKind.RECOVERY_CODE] = (place / "personal.code").read_text()
    workplace = make_workplace(place, SystemClock(), prompt)
    return open_vault(workplace, str(place / "personal.signet"), selection=Selection(recovery=True))


def took(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The best wall time of some, in milliseconds."""
    best = float("inf")
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best * 1000


def until(done: Callable[[], bool]) -> None:
    """Let the window go on until something is so."""
    end = time.perf_counter() + PATIENCE
    while not done():
        QApplication.processEvents()
        time.sleep(0.001)
        if time.perf_counter() > end:
            raise TimeoutError


def of_services(session: Session) -> Times:
    """What the command line waits for."""
    chosen = next(
        key
        for key in keys.list_keys(session)
        if key.spec is KeySpec.SYMMETRIC_DEFAULT and key.state is KeyState.ENABLED
    )

    def use() -> None:
        with Secret(b"a small secret") as word:
            small_secrets.encrypt_secret(session, word, key=chosen.id)

    return {
        "list, as `key list` does": took(lambda: keys.list_keys(session)),
        "list, for the window": took(lambda: key_list.read_all(session, lambda: False)),
        "count keys": took(lambda: key_list.count_keys(session)),
        "what needs attention": took(lambda: needs_attention(session)),
        "find one key by its name": took(lambda: keys.find_key(session, chosen.alias)),
        "use one key": took(use),
    }


def of_the_window(application: QApplication, session: Session) -> Times:
    """What a person waits for on the page Keys."""
    tasks = Tasks()
    desk = Desk(session.workplace, tasks)
    desk.open(session)
    times: Times = {}
    begun = time.perf_counter()
    page = KeysPage(desk, tasks, Theme(application, "light"))
    page.resize(*SIZE)
    page.show()
    until(lambda: bool(page.model.shown))
    page.grab()
    times["open the page: first keys painted"] = (time.perf_counter() - begun) * 1000
    until(lambda: page.model.snapshot.listed.complete)
    page.grab()
    times["open the page: every key there"] = (time.perf_counter() - begun) * 1000

    def typed(words: str) -> None:
        page.search.setText(words)
        page.grab()

    def chip(name: str) -> None:
        page.chips.choose(name)
        page.grab()

    for words in ("f", "fa", "fam", "family 7"):
        times[f"filter: “{words}” typed"] = took(partial(typed, words), 1)
    times["filter: a word nobody has"] = took(partial(typed, "zebra"), 1)
    times["filter: emptied"] = took(partial(typed, ""), 1)
    times["filter: a chip"] = took(partial(chip, "SIGN"), 1)
    page.show_all()
    begun = time.perf_counter()
    page.model.sort(Column.CREATED)
    until(lambda: page.model.snapshot.has_order(Column.CREATED))
    page.grab()
    times["order by another column"] = (time.perf_counter() - begun) * 1000
    begun = time.perf_counter()
    page.select(page.model.shown[len(page.model.shown) // 2])
    details = page.panel.details
    first = details.history if details is not None else None
    until(lambda: details is not None and details.history is not first)
    times["show one key"] = (time.perf_counter() - begun) * 1000
    changed = page.current
    if changed is not None:
        (keys.disable_key if changed.key.state is KeyState.ENABLED else keys.enable_key)(session, changed.key.id)
        begun = time.perf_counter()
        before = page.model.snapshot
        desk.note_change()
        until(lambda: page.model.snapshot is not before)
        page.grab()
        times["read anew after a change"] = (time.perf_counter() - begun) * 1000
    page.close()
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    tasks.close()
    return times


def main(words: list[str]) -> int:
    """Measure each size, print a table."""
    kept = words.index("--folder") if "--folder" in words else len(words)
    sizes = [int(word) for word in words[:kept]] or [10_000, 100_000]
    application = QApplication([])
    with tempfile.TemporaryDirectory(prefix="signet-") as temporary:
        folder = Path(words[kept + 1]) if kept < len(words) else Path(temporary)
        columns: list[Times] = []
        for size in sizes:
            session = opened(folder, size)
            columns.append(of_services(session) | of_the_window(application, session))
            session.close()
    print(f"{'milliseconds':42}" + "".join(f"{size:>12} keys" for size in sizes) + "      growth")
    for name in columns[0]:
        values = [times[name] for times in columns]
        print(f"{name:42}" + "".join(f"{value:>17.1f}" for value in values) + f"{values[-1] / values[0]:>11.1f}×")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
