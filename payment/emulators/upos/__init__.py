"""The bank's program for a UPOS pin-pad, emulated: a process for each run, as the real ``sb_pilot`` is.

``python -m payment.emulators.upos --install FOLDER`` lays down ``FOLDER/sb_pilot`` (executable), ``pinpad.ini`` and
``upos.json``, which the driver's profile can read. Its truth is in ``FOLDER/ledger.jsonl`` and in the bank's book
(``FOLDER/bank``); a test writes what is to happen next into ``FOLDER/orders.jsonl``.
"""
