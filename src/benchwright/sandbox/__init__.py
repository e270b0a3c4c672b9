"""The sandbox: runs code that models wrote, behind walls, and says what came of it.

    with open_sandbox() as sandbox:
        ran = sandbox.run(Program(files={"main.py": answer}, checks="assert f(2) == 4"))

``docs/sandbox.md`` says how it isolates and what it does not protect from.
"""

from benchwright.sandbox.opening import Sandbox as Sandbox
from benchwright.sandbox.opening import open_sandbox as open_sandbox
