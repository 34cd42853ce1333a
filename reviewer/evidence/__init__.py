"""Evidence: what a file says of itself, and whether a proof that came with it holds.

``proofs`` and ``clues`` let programs of ``reviewer.room`` look at files in the sandbox and check every field that
comes out; ``judging`` says what follows, from values alone; ``kept`` keeps it with the case; ``words`` and ``report``
say it to people. Nothing here opens a stranger's file itself.
"""
