"""One encrypted file with everything an installation must not lose, and the proof that it can be restored."""
