"""Programs that look at strangers' files, inside the room: each stands alone and imports nothing of ours but here.

They are handed into the room as they lie here and run by the system's Python (``reviewer.sandbox.worker``). Nothing
that runs outside may trust what they give: a file may have taken them over.
"""
