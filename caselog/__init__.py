"""The log that coalition leads read: Merkle log, checkpoints, case packages, dispositions, viewer, exports."""
