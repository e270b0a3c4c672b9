"""Function calls: read from an answer, and compared with the calls that are right.

The rules are those of the Berkeley Function-Calling Leaderboard, version 4 (ShishirPatil/gorilla,
``bfcl_eval/eval_checker/ast_eval`` and ``model_handler/utils.py``), written anew; nothing that a
model wrote is ever evaluated. ``paper=True`` keeps what looks like a slip in the released code:

* of parallel calls, each right one takes the first call that fits it, even where another needs it;
* any sign before a value is a minus, and a ``lambda`` or a name with dots cannot be read;
* only the outermost strings of lists and objects are normalised;
* a right value that is a bare string in an object is taken for its letters, and an empty list of
  right values lets none pass, where an empty list is meant;
* strings in a Java array keep their quotation marks, and the elements of a list of ``any`` must
  all be texts, so that no right answer equals the key;
* an answer without a word is right where no function fits.
"""
