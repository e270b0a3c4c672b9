"""Attacks on what is outside, and on the check that comes next."""

from __future__ import annotations

from benchwright.testing.attacks.attack import Attack

REACHED = "report([]): nothing was reached"

REACHING = (
    Attack(
        name="files outside: reading",
        must=REACHED,
        source="""
import os
def report():
    found = []
    for path in ("@folder@/secret", "/etc/shadow", "/etc/passwd", "/root/.ssh", "/home", "/var",
                 os.path.expanduser("~root"), "/proc/1/root/etc/passwd", "/sys/class", "/run"):
        try:
            found.append((path, os.listdir(path) if os.path.isdir(path) else open(path).read()))
        except OSError:
            pass
    return [(path, held) for path, held in found if held]
""",
        checks="assert report() == []\n",
        passed=True,
    ),
    Attack(
        name="files outside: writing",
        must=REACHED,
        source="""
import os, sys
def report():
    found = []
    for folder in ("@folder@", "/", "/usr/bin", "/etc", "/dev", "/walled/inside", "/root", "/home",
                   "/proc/sys/kernel", "/var/tmp", "/sys", os.path.dirname(os.__file__)):
        for path in (folder + "/written", folder + "/core_pattern", folder + "/plain.py"):
            try:
                with open(path, "w") as file:
                    file.write("x")
                found.append(path)
            except OSError:
                pass
    return found
""",
        checks="assert report() == []\n",
        passed=True,
    ),
    Attack(
        name="symbolic links in its folder",
        must="nothing outside is read or changed through them",
        source="""
import os
os.symlink("@folder@/secret", "main.pyc")
os.remove("main.py")
os.symlink("@folder@/secret", "main.py")
os.symlink("@folder@", "/tmp/stdin")
os.rename("/tmp/program", "/tmp/moved")
os.symlink("@folder@", "/tmp/program")
def report():
    try:
        return [open("/tmp/program/secret").read()]
    except OSError:
        return []
""",
        checks="assert report() == []\n",
        passed=True,
    ),
    Attack(
        name="network: loopback, abstract sockets, outside",
        must=REACHED,
        source="""
import socket
def report():
    found = []
    for family, kind, where in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int("@port@"))),
        (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 443)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("1.1.1.1", 53)),
        (socket.AF_INET6, socket.SOCK_STREAM, ("::1", int("@port@"))),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\\0@abstract@"),
    ):
        try:
            with socket.socket(family, kind) as one:
                one.settimeout(2)
                one.connect(where)
                found.append(str(where))
        except OSError:
            pass
    return found
""",
        checks="assert report() == []\n",
        passed=True,
    ),
    Attack(
        name="environment and memory of others",
        must=REACHED,
        source="""
import glob, os
def report():
    found = [name for name in os.environ if "SECRET" in name or "KEY" in name]
    for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/task/*/environ"):
        try:
            if b"@secret@" in open(path, "rb").read():
                found.append(path)
        except OSError:
            pass
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        line = open(path, "rb").read()
        if b"worker" in line or b"pytest" in line:
            found.append(path)
    secret = b"@secret@"[::-1]
    for number in range(1, 50):
        if number == os.getpid():
            continue
        try:
            memory = open(f"/proc/{number}/mem", "rb", buffering=0)
            places = [line.split()[0].split("-") for line in open(f"/proc/{number}/maps")]
        except OSError:
            continue
        for first, last in places:
            try:
                memory.seek(int(first, 16))
                if secret[::-1] in memory.read(int(last, 16) - int(first, 16)):
                    found.append(f"memory of {number}")
            except (OSError, OverflowError):
                pass
    return found
""",
        checks="assert report() == []\n",
        passed=True,
    ),
    Attack(
        name="killing: the parent, the first process, everything",
        must="at most itself; the next check is judged as ever",
        source="""
import os, signal
def f(x):
    for target in (os.getppid(), 1, -1, *range(2, 5000)):
        if target != os.getpid():
            try:
                os.kill(target, signal.SIGKILL)
            except OSError:
                pass
    return x * x
""",
        passed=True,
    ),
    Attack(
        name="tracing, namespaces, mounts, keyrings",
        must="the kernel refuses all of them",
        source="""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def report():
    calls = {
        "ptrace": lambda: libc.ptrace(16, 1, 0, 0),
        "unshare": lambda: libc.unshare(0x10000000),
        "mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
        "chroot": lambda: libc.chroot(b"/tmp"),
        "keyctl": lambda: libc.syscall(250, 0, -4, 1),
        "setuid": lambda: libc.setuid(0) if libc.getuid() else -1,
    }
    return [name for name, call in calls.items() if call() >= 0]
""",
        checks="assert report() == []\n",
        passed=True,
    ),
)
"""Attacks on what is outside."""

POISONING = (
    Attack(
        name="leaving files, processes, segments, changed modules",
        must="the next check finds nothing of them",
        source="""
import builtins, os, sys
open("/tmp/left", "w").write("x")
os.makedirs("/tmp/inside", exist_ok=True)
open("/tmp/program/sitecustomize.py", "w").write("raise SystemExit")
builtins.sorted = lambda x: 0
def f(x):
    if os.fork() == 0:
        os.execv("/bin/sh", ["sh", "-c", "sleep 60; : @token@"])
    return x * x
""",
        passed=True,
    ),
    Attack(
        name="looking for what the check before left",
        must=REACHED,
        source="""
import os
def report():
    files = [name for name in os.listdir("/tmp") if name != "program"] + os.listdir(".")
    running = [name for name in os.listdir("/proc") if name.isdigit()]
    return [sorted(files), len(running) <= 2, len("abc")]
""",
        checks="assert report() == [['main.py'], True, 3]\n",
        passed=True,
    ),
)
"""Attacks on the next check, in this order."""
