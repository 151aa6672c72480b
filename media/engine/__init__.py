"""The engine process: ``python -m media.engine``. One window's calls, devices and rings; no Qt."""
