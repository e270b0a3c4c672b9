"""The table that rankings are made of: models × items, read from anything that holds scores."""

from benchwright.analysis.responses.linkage import linkage, weak_links
from benchwright.analysis.responses.narrowing import narrowed, to_columns, to_frame
from benchwright.analysis.responses.query import Query
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix

__all__ = [
    "Group",
    "Query",
    "Responses",
    "Scale",
    "from_matrix",
    "linkage",
    "narrowed",
    "read_responses",
    "to_columns",
    "to_frame",
    "weak_links",
]
