"""The driver of ESC/POS printers.

``model`` is what a printer can do, ``letters`` how a text is spelled in its code tables, ``job`` a document as bytes,
``status`` what its answers mean, ``wires`` the ways to it, ``driver`` the port. docs/decisions/0053 says why so.
"""
