"""A slip printer that is not there: ESC/POS on a TCP port and a pty, its paper as JSON lines and pictures.

It is written from Epson's command reference, not from the driver: what it prints is the judge of what was sent.
``machine`` reads the bytes, ``picture`` draws the paper, ``server`` is the wire and the control port.
"""
