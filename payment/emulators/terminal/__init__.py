"""An emulated card terminal (nexo over HTTPS, Adyen profile): ``python -m payment.emulators.terminal``.

Its ledger is its own truth: tests compare ours with it. It shares only the pure codec of ``payment/nexo``.
"""
