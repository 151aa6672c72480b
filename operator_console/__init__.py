"""The operator's and supervisor's desk: pure rules (`desk`), thin Qt Widgets (`views`), one wiring (`app`).

Carries no POSIX-only import: operators sit at Windows PCs.
"""
