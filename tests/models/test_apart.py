"""Work in a thread that ends with it."""

import signal
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from benchwright.models.apart import apart

WORD: ContextVar[str] = ContextVar("word")


def test_what_is_returned_comes_from_another_thread_which_has_ended() -> None:
    thread = apart(threading.current_thread)
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_what_is_raised_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        apart(lambda: 1 // 0)


def test_an_end_of_the_process_is_passed_on() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        apart(leave)


def test_the_work_sees_the_callers_context() -> None:
    WORD.set("ours")
    assert apart(WORD.get) == "ours"


@pytest.fixture
def heard() -> Iterator[None]:
    """Let Ctrl-C be heard: a shell starts its background commands with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_ctrl_c_is_raised_when_the_work_has_ended() -> None:
    ended = threading.Event()

    def work() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        sum(range(1_000_000))
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        apart(work)
    assert ended.is_set()
