"""What the kiosk prints: values in, lines out. No printer, clock or file is known here.

``paper`` is what a document is made of and how it is laid out in columns; ``payment_slip`` and ``ticket_slip`` say what
stands on each; ``spool`` is the table of what becomes of a slip, and when it is due; ``trial_page`` is for whoever puts
up a printer.
"""
