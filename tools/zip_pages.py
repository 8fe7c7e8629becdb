"""Pack the built pages for reading offline: unpack the archive and open index.html.

usage: python tools/zip_pages.py

The same pages give the same archive, byte by byte.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from build_book import INDEX
from repository import ROOT

ARCHIVE = ROOT / "dist/coronet-step-by-step.zip"
LEFT_OUT = {".buildinfo", "objects.inv"}  # for Sphinx, and for other books that link here
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file knows


def pack(pages, archive):
    """Write all files of the folder ``pages`` into ``archive``, in a folder of the archive's name.

    Raises
    ------
    FileNotFoundError
        If the folder has no index.html.
    """
    if not (pages / "index.html").is_file():
        raise FileNotFoundError(f"{pages} has no index.html: `make book` builds the pages")
    archive.parent.mkdir(parents=True, exist_ok=True)
    unfinished = archive.with_suffix(".part")
    with ZipFile(unfinished, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for file in sorted(path for path in pages.rglob("*") if path.is_file() and path.name not in LEFT_OUT):
            entry = ZipInfo(f"{archive.stem}/{file.relative_to(pages).as_posix()}", LONG_AGO)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, file.read_bytes())
    unfinished.replace(archive)


def main():
    try:
        pack(Path(INDEX).parent, ARCHIVE)
    except FileNotFoundError as error:
        sys.exit(f"zip_pages: {error}")
    size = ARCHIVE.stat().st_size / 1e6
    print(f"{ARCHIVE.relative_to(ROOT)}: {size:.1f} MB; unpacked, it opens with {ARCHIVE.stem}/index.html")


if __name__ == "__main__":
    main()
