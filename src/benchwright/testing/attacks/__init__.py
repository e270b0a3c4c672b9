"""The attack list: what hostile code may try in the sandbox, and what must come of it.

Each attack is a candidate with checks that its author wants to pass, or with harm in mind. Run by
``tests/sandbox/test_attacks.py`` and, for the table in ``docs/sandbox.md``, by
``performance/sandbox.py``. In sources ``@…@`` stands for something of the scene.
"""

from benchwright.testing.attacks.attack import Attack as Attack
from benchwright.testing.attacks.attack import Scene as Scene
from benchwright.testing.attacks.attack import scene as scene
from benchwright.testing.attacks.attack import wrong as wrong
from benchwright.testing.attacks.exhausting import EXHAUSTING, LINGERING
from benchwright.testing.attacks.forging import FORGING
from benchwright.testing.attacks.reaching import POISONING, REACHING

ATTACKS = (*EXHAUSTING, *LINGERING, *REACHING, *FORGING, *POISONING)
"""All of them; those on the next check stand in the order in which they must run."""
