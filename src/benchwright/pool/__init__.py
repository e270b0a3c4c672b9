"""The pool: a folder of answers and measurements that anyone can open."""

from benchwright.pool.executions import Executions
from benchwright.pool.folder import Pool
from benchwright.pool.forgetting import Forgotten
from benchwright.pool.journal import Journal, JournalInfo
from benchwright.pool.measurements import Identities, Measurements
from benchwright.pool.merging import Merged
from benchwright.pool.schema import SCHEMA, upgrade
from benchwright.pool.upkeep import Collected, Compacted

__all__ = [
    "SCHEMA",
    "Collected",
    "Compacted",
    "Executions",
    "Forgotten",
    "Identities",
    "Journal",
    "JournalInfo",
    "Measurements",
    "Merged",
    "Pool",
    "upgrade",
]
