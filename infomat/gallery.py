"""Wiring: ``python -m infomat.gallery [DIR]`` draws every screen of the house as pictures, with one page to look at.

The kiosk: every step in every language and shape, and the eases in one language; the panel of the eases in each. The
console: every state in every language and size. The door: its sheet and its page on a phone. Each program is drawn by
its own gallery, in its own process; DIR is ``gallery`` when not told.
"""

from __future__ import annotations

import html
import subprocess
import sys
from pathlib import Path

from kiosk.visit.gallery import EASES, LANGUAGES, SHAPES

#: The language in which the eases of use are drawn too: its words are the longest.
_EASE_LANGUAGE = "lv"
_STYLE = """
body { margin: 0; padding: 32px; background: #F4F7F8; color: #14212B; font: 16px/1.5 Inter, system-ui, sans-serif }
h1 { font-size: 30px; margin: 0 } h2 { font-size: 20px; margin: 40px 0 12px } nav { margin: 12px 0 } nav a {
  display: inline-block; margin: 0 8px 8px 0; padding: 6px 14px; border: 1px solid #768792; border-radius: 10px;
  background: #fff; color: #0B5C6B; text-decoration: none }
.row { display: flex; flex-wrap: wrap; gap: 16px } figure { margin: 0; background: #fff; border: 1px solid #D5DEE4;
  border-radius: 12px; overflow: hidden } figure img { display: block; width: 240px }
.wide figure img { width: 440px } figcaption { padding: 6px 12px; font-size: 13px; color: #4A5B68 }
"""


def orders(out: Path) -> list[tuple[str, ...]]:
    """The commands that draw everything into ``out``: (module, arguments...)."""
    kiosk = out / "kiosk"
    plain = [("kiosk.visit.gallery", str(kiosk), "--language", one, "--ease", "normal") for one in LANGUAGES]
    eased = [
        ("kiosk.visit.gallery", str(kiosk), "--language", _EASE_LANGUAGE, "--ease", ease)
        for ease in EASES
        if ease != "normal"
    ]
    panels = [
        ("kiosk.visit.gallery", str(kiosk), "--language", one, "--ease", ease, "--only", "menu", "--panel")
        for one in LANGUAGES
        for ease in (("normal", "all") if one == _EASE_LANGUAGE else ("normal",))
    ]
    others = [("operator_console.gallery", str(out / "console")), ("infomat.gallery_door", str(out / "door"))]
    return [*plain, *eased, *panels, *others]


def page(out: Path) -> Path:
    """One page with all the pictures found below ``out``, a section for each kind."""
    sections = []
    for folder in sorted(path for path in (out / "kiosk").glob("*") if path.is_dir()):
        wide = next((shape for shape in SHAPES if shape in folder.name), "") != "portrait"
        sections.append((f"kiosk: {folder.name.replace('-', ', ')}", wide, sorted(folder.glob("*.png"))))
    desks: dict[str, list[Path]] = {}
    for picture in sorted((out / "console").glob("*.png")):
        desks.setdefault(picture.stem.partition("-")[2], []).append(picture)
    sections.append(("door", False, sorted((out / "door").glob("*.png"))))
    sections += [(f"console: {kind.replace('-', ', ')}", True, pictures) for kind, pictures in desks.items()]
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Every screen</title><style>{_STYLE}</style>"]
    sections = [one for one in sections if one[2]]
    count = sum(len(pictures) for _, _, pictures in sections)
    parts.append(f"<h1>Every screen</h1><p>{count} pictures. A picture opens in its own size.</p><nav>")
    parts += [f"<a href='#s{place}'>{html.escape(title)}</a>" for place, (title, _, _) in enumerate(sections)]
    parts.append("</nav>")
    for place, (title, wide, pictures) in enumerate(sections):
        parts.append(f"<h2 id=s{place}>{html.escape(title)}</h2><div class='row{' wide' if wide else ''}'>")
        for picture in pictures:
            link = html.escape(picture.relative_to(out).as_posix())
            name = html.escape(picture.stem.partition("-")[0].replace("_", " "))
            parts.append(f"<figure><a href='{link}'><img loading=lazy src='{link}' alt='{name}'></a>")
            parts.append(f"<figcaption>{name}</figcaption></figure>")
        parts.append("</div>")
    index = out / "index.html"
    index.write_text("\n".join([*parts, "</html>"]), encoding="utf-8")
    return index


def main(arguments: list[str]) -> int:
    """Draw, then write the page; the exit code of the first gallery that failed."""
    out = Path(arguments[0] if arguments else "gallery").resolve()
    out.mkdir(parents=True, exist_ok=True)
    for order in orders(out):
        done = subprocess.run((sys.executable, "-m", *order), check=False)
        if done.returncode:
            print(f"{' '.join(order)} failed: see its words above.", file=sys.stderr)
            return done.returncode
    print(f"Look at {page(out)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
