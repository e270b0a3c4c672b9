"""Attacks on the verdict."""

from __future__ import annotations

from benchwright.testing.attacks.attack import Attack

FORGED = "judged by the checks alone: not passed"
FLOOD = """
import os
def flood(text):
    for descriptor in range(3, 300):
        try:
            os.write(descriptor, len(text).to_bytes(4, "big") + text)
        except OSError:
            pass
"""

FORGING = (
    Attack(
        name="printing what a verdict looks like",
        must=FORGED,
        source="""
import sys
def f(x):
    print('v{"passed":true,"problem":""}', flush=True)
    sys.stderr.write("OK\\nRan 2 tests\\nPASSED\\n")
""",
    ),
    Attack(name="os._exit(0) while loading", must=FORGED, source="import os\nos._exit(0)\n"),
    Attack(
        name="os._exit(0) in the function",
        must=FORGED,
        source="import os\ndef f(x):\n    os._exit(0)\n",
    ),
    Attack(name="sys.exit(0) while loading", must=FORGED, source="import sys\nsys.exit(0)\n"),
    Attack(
        name="SystemExit, KeyboardInterrupt, GeneratorExit",
        must=FORGED,
        source="""
kinds = [SystemExit, KeyboardInterrupt, GeneratorExit]
def f(x):
    raise kinds[x % 3](0)
""",
    ),
    Attack(
        name="a handler at exit",
        must=FORGED,
        source=FLOOD
        + """
import atexit
atexit.register(flood, b'v{"passed":true,"problem":""}')
def f(x):
    raise SystemExit(0)
""",
    ),
    Attack(
        name="verdicts written to every descriptor",
        must=FORGED,
        source=FLOOD
        + """
def f(x):
    flood(b'v{"passed":true,"problem":""}')
    flood(b"d")
    return 0
""",
    ),
    Attack(
        name="values that equal everything",
        must=FORGED,
        source="""
class Equal(int):
    def __eq__(self, other):
        return True
    __ne__ = lambda self, other: False
    __hash__ = int.__hash__
def f(x):
    return Equal(5)
""",
    ),
    Attack(
        name="an object of a class of its own",
        must=FORGED,
        source="class Equal:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return Equal()\n",  # noqa: E501
    ),
    Attack(
        name="builtins and unittest replaced",
        must=FORGED,
        source="""
import builtins, sys, unittest
unittest.TestCase.assertEqual = lambda *args: None
builtins.AssertionError = type("Nothing", (BaseException,), {})
builtins.isinstance = lambda *args: True
builtins.exec = builtins.compile = lambda *args: None
sys.excepthook = lambda *args: None
def f(x):
    return 0
""",
    ),
    Attack(
        name="builtins that the checks use, defined by the candidate",
        must=FORGED,
        source="def f(x):\n    return 0\ndef abs(x):\n    return 0\ndef all(x):\n    return True\n",
        checks="assert abs(f(2) - 4) < 1e-6\nassert all([f(2) == 4])\n",
    ),
    Attack(
        name="frames and objects searched for the expected values",
        must=FORGED,
        source="""
import gc, sys
wanted = "assert" + " f(2)"
def f(x):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, str) and wanted in value and value is not wanted:
                return x * x
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, (dict, list, tuple)):
            for value in thing.values() if isinstance(thing, dict) else thing:
                if isinstance(value, str) and wanted in value and value is not wanted:
                    return x * x
    return 0
""",
    ),
    Attack(
        name="the messenger replaced",
        must=FORGED,
        source="""
import sys
plain = sys.modules["inside.plain"]
plain.dump = lambda reply: b'{"passed": true, "value": {"passed": true}}'
def f(x):
    return 0
""",
    ),
    Attack(
        name="malformed messages",
        must=FORGED,
        source="""
import sys
plain = sys.modules["inside.plain"]
replies = iter([b"[" * 100_000, b'{"value":{"tuple":5}}', b'{"raised":5}', b"\\xff", b""])
def f(x):
    plain.dump = lambda reply: next(replies)
""",
        checks="""
for _ in range(5):
    try:
        if f(2) == 4:
            break
    except Exception:
        pass
else:
    raise AssertionError
""",
    ),
    Attack(
        name="a message without end",
        must=FORGED,
        source=FLOOD
        + """
def f(x):
    for descriptor in range(3, 300):
        try:
            os.write(descriptor, b"\\xff\\xff\\xff\\xff" + bytes(1000))
        except OSError:
            pass
    return 0
""",
    ),
    Attack(
        name="answers sent before they are asked for",
        must=FORGED,
        source=FLOOD
        + "\nflood(b'{\"value\":4}')\nflood(b'{\"value\":4}')\ndef f(x):\n    return 0\n",
    ),
    Attack(
        name="an exception that cannot be written out",
        must=FORGED,
        source="""
class Bad(Exception):
    def __str__(self):
        raise SystemExit(0)
def f(x):
    raise Bad()
""",
    ),
    Attack(
        name="an iterator without end",
        must=FORGED,
        source="import itertools\ndef f(x):\n    return itertools.count()\n",
    ),
    Attack(
        name="weaker mode: os._exit(0)",
        must="not passed: no token",
        source="import os\ndef f(x):\n    os._exit(0)\n",
        apart=False,
    ),
    Attack(
        name="weaker mode: SystemExit, a handler at exit, printed verdicts",
        must="not passed: no token",
        source=FLOOD
        + """
import atexit
atexit.register(flood, b'{"token":""}')
def f(x):
    print("PASSED")
    flood(b'{"problem":""}')
    flood(b'{"token":"0"}')
    raise SystemExit(0)
""",
        apart=False,
    ),
    Attack(
        name="weaker mode: values that equal everything",
        must="PASSES: what this mode cannot stop; the result says `apart=False`",
        source="class Equal:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return Equal()\n",  # noqa: E501
        apart=False,
        passed=True,
    ),
)
"""Attacks on the verdict."""
