"""Attacks that use something up, or want to outlive their time."""

from __future__ import annotations

from benchwright.testing.attacks.attack import Attack

EXHAUSTING = (
    Attack(
        name="fork bomb",
        must="no more processes than allowed; all gone afterwards",
        source="""
import os
def f(x):
    while True:
        try:
            os.fork()
        except OSError:
            pass
""",
        endings=("timeout", "processes", "ended"),
        seconds=1.0,
    ),
    Attack(
        name="thread bomb",
        must="the kernel refuses; not passed",
        source="""
import threading, time
def f(x):
    for _ in range(10_000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return x * x
""",
        endings=("ended", "memory"),
    ),
    Attack(
        name="memory bomb",
        must="MemoryError in the candidate; not passed",
        source="held = []\ndef f(x):\n    while True:\n        held.append(bytearray(8 << 20))\n",
    ),
    Attack(
        name="memory bomb of many processes",
        must="the whole group is ended",
        source="""
import os, time
def f(x):
    for _ in range(6):
        if os.fork() == 0:
            held = b"x" * (90 << 20)
            time.sleep(60)
            os._exit(0)
    time.sleep(60)
""",
        endings=("memory",),
    ),
    Attack(
        name="memory that no process holds (System V, memfd)",
        must="the kernel refuses both",
        source="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def report():
    found = []
    if libc.shmget(0, ctypes.c_size_t(1 << 28), 0o1600) >= 0:
        found.append("shmget")
    try:
        os.memfd_create("held")
        found.append("memfd")
    except OSError:
        pass
    return found
""",
        checks="assert report() == []\n",
        passed=True,
    ),
    Attack(
        name="endless output",
        must="ended once it is over the limit",
        source="def f(x):\n    while True:\n        print('x' * 1000)\n",
        endings=("output",),
    ),
    Attack(
        name="full disk",
        must="no more than the private folder holds; not passed",
        source="""
def f(x):
    with open("/tmp/large", "wb") as one, open("/tmp/larger", "wb") as other:
        while True:
            one.write(bytes(1 << 20))
            other.write(bytes(1 << 20))
""",
        endings=("ended", "killed"),
    ),
    Attack(
        name="endless number of files",
        must="ended once there are too many",
        source="""
import os
def f(x):
    number = 0
    while True:
        os.close(os.open(f"/tmp/{number}", os.O_CREAT))
        number += 1
""",
        endings=("disk",),
        seconds=20.0,
    ),
    Attack(
        name="deep recursion",
        must="its memory or its time is up; not passed",
        source="import sys\nsys.setrecursionlimit(10**9)\ndef f(x):\n    return f(x)\n",
        endings=("ended", "memory", "timeout"),
        seconds=1.0,
    ),
    Attack(
        name="segmentation fault",
        must="the candidate ends; not passed",
        source="import ctypes\ndef f(x):\n    return ctypes.string_at(0)\n",
    ),
    Attack(
        name="all descriptors used up",
        must="the kernel refuses at the limit; not passed",
        source="import os\ndef f(x):\n    while True:\n        os.open('/dev/null', 0)\n",
    ),
    Attack(
        name="all descriptors closed",
        must="the candidate is gone; not passed",
        source="import os\nos.closerange(0, 4096)\ndef f(x):\n    return x * x\n",
    ),
)
"""Attacks that use something up."""

LINGERING = (
    Attack(
        name="busy loop",
        must="killed when the time is up",
        source="def f(x):\n    while True:\n        pass\n",
        endings=("timeout",),
        seconds=0.5,
    ),
    Attack(
        name="all signals ignored",
        must="killed when the time is up",
        source="""
import signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def f(x):
    while True:
        time.sleep(1)
""",
        endings=("timeout",),
        seconds=0.5,
    ),
    Attack(
        name="stopped by its own signal",
        must="killed when the time is up",
        source="import os, signal\ndef f(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n",
        endings=("timeout",),
        seconds=0.5,
    ),
    Attack(
        name="daemon, forked twice, in a session of its own",
        must="gone with the check that started it",
        source="""
import os
def f(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sh", ["sh", "-c", "sleep 60; : @token@"])
        os._exit(0)
    return x * x
""",
        passed=True,
    ),
    Attack(
        name="endless loading",
        must="killed when the time is up",
        source="while True:\n    pass\n",
        endings=("timeout",),
        seconds=0.5,
    ),
)
"""Attacks that want to outlive their time."""
