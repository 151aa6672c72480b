"""Fonts, icons, sounds, tokens, translations and demo data, shipped as a package."""

from pathlib import Path


def path(name: str) -> Path:
    """The file of an asset, e.g. ``path('icons/video.svg')``; raises FileNotFoundError when it is not there."""
    found = Path(__file__).parent / name
    if not found.exists():
        raise FileNotFoundError(f"no asset {name}")
    return found
