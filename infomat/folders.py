"""Adapter: where the processes of this machine keep their things, unless they are told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

DATA = Path(os.environ.get("INFOMAT_DATA") or platformdirs.user_data_dir("infomat"))
SERVER = DATA / "server"
