"""What both sides of the air gap must agree on.

``keys.sealing`` runs on any machine. ``keys.opening`` holds what opens things: it is a wheel of its own
(``khomo-opening``) and no part of a server installation.
"""

__version__ = "0.1.0"
