"""Waits with absolute deadlines, and what the thread of the pump asks of the system."""

import errno
import gc
import os
import sys
import threading
import time

import pytest

from harness.bench import realtime
from harness.bench.realtime import Breather, Wakeup, realtime_class


def test_wait_without_notification_ends_not_before_its_deadline():
    deadline_ns = time.monotonic_ns() + 2_000_000
    assert Wakeup().wait_until(deadline_ns) is False
    assert time.monotonic_ns() >= deadline_ns


def test_deadline_in_the_past_returns_at_once():
    assert Wakeup().wait_until(0) is False


def test_notification_before_the_wait_is_kept():
    wakeup = Wakeup()
    wakeup.notify()
    assert wakeup.wait_until(None) is True


def test_notification_is_taken_even_after_the_deadline():
    wakeup = Wakeup()
    wakeup.notify()
    assert wakeup.wait_until(0) is True


def test_several_notifications_end_one_wait():
    wakeup = Wakeup()
    for _ in range(3):
        wakeup.notify()
    assert wakeup.wait_until(0) is True
    assert wakeup.wait_until(0) is False


def test_notification_of_another_thread_ends_the_wait():
    wakeup, waits = Wakeup(), []
    thread = threading.Thread(target=lambda: waits.append(wakeup.wait_until(None)))
    thread.start()
    wakeup.notify()
    thread.join()
    assert waits == [True]


@pytest.mark.parametrize(("wait_ns", "pauses"), [(1_000, [0.01]), (500_000, [])], ids=["hardly ever", "now and then"])
def test_thread_that_hardly_waits_pauses_for_the_others(monkeypatch: pytest.MonkeyPatch, wait_ns: int, pauses: list[float]):
    now_ns, made = 0, []
    monkeypatch.setattr(realtime.time, "monotonic_ns", lambda: now_ns)
    monkeypatch.setattr(realtime.time, "sleep", made.append)
    breather = Breather()
    for now_ns in range(0, 90_000_000, 1_000_000):
        breather.waited(now_ns - wait_ns, now_ns)
    assert made == pauses


def test_first_wait_long_after_the_start_is_no_reason_to_pause(monkeypatch: pytest.MonkeyPatch):
    now_ns, made = 0, []
    monkeypatch.setattr(realtime.time, "monotonic_ns", lambda: now_ns)
    monkeypatch.setattr(realtime.time, "sleep", made.append)
    breather = Breather()
    now_ns = 900_000_000
    breather.waited(now_ns - 1_000, now_ns)
    assert not made


def test_wait_whose_deadlines_have_always_passed_pauses_for_the_others(monkeypatch: pytest.MonkeyPatch):
    pauses: list[float] = []
    monkeypatch.setattr(realtime.time, "sleep", pauses.append)
    wakeup, end_ns = Wakeup(), time.monotonic_ns() + 10**10
    while not pauses:
        assert time.monotonic_ns() < end_ns
        wakeup.wait_until(0)


def test_realtime_class_says_what_it_obtained_and_puts_everything_back():
    before = os.sched_getscheduler(0), gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()
    with realtime_class() as obtained:
        assert obtained["scheduler"] == "SCHED_FIFO 50" or obtained["scheduler"].startswith("default: ")
        assert (os.sched_getscheduler(0) & os.SCHED_FIFO == os.SCHED_FIFO) == (obtained["scheduler"] == "SCHED_FIFO 50")
        assert obtained["garbage_collector"] == "frozen"
        assert not gc.isenabled()
        assert sys.getswitchinterval() < before[3]
    assert (os.sched_getscheduler(0), gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()) == before


def test_refused_realtime_class_is_recorded_with_its_reason(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with realtime_class() as obtained:
        assert obtained["scheduler"] == "default: EPERM"


def test_collector_that_somebody_else_switched_off_stays_off():
    gc.disable()
    try:
        with realtime_class() as obtained:
            assert obtained["garbage_collector"] == "off"
        assert not gc.isenabled()
    finally:
        gc.enable()
