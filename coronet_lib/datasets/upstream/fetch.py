"""Bring the upstream collections to this machine, each file checked against the committed manifest.

Files come one by one, not as the archive of the commit: GitHub packs that archive anew for each
download, so it has neither a hash to check nor a way to go on in the middle, and it holds much that
nobody needs here. One by one, what has arrived stays, and a second call asks for the rest only.
Who has the archive anyway, or a folder, or the address of a copy in the classroom, gives it as
``given``; the files in it are checked just the same.

A file appears under its name when it is whole and right, never before.
"""

import re
import shutil
import threading
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pooch
import requests
from tqdm.auto import tqdm

from coronet_lib.datasets.upstream import manifests, sources
from coronet_lib.datasets.upstream.archive import find, look_into, refuse_bombs, size_of
from coronet_lib.files import atomic, locked

GITHUB = "https://raw.githubusercontent.com"
KAGGLE = "paultimothymooney/chest-xray-pneumonia"

# Several, because most of the time goes by waiting for GitHub to answer; few enough to stay a polite guest.
_AT_ONCE = 8
_PAUSE = 1.0  # seconds before the second attempt; doubled before each that follows
_LONGEST_PAUSE = 60.0
_WORTH_ANOTHER_TRY = {408, 425, 429, 500, 502, 503, 504}

_AGAIN = "What has arrived is kept; the same command fetches only the rest."


class FetchError(ValueError):
    """A collection that could not be fetched; the message names the file and says what to do."""


class _Damaged(Exception):
    """A download that is not the original; maybe the next one is."""


class _OneFile(FetchError):
    """Something is wrong with one file, and no reason not to go on with the others."""


def fetch(name, root, *, given=None, mirror=GITHUB, overwrite=False, progress=True, timeout=30.0, attempts=5):
    """Download a collection into the layout that ``coronet data prepare --source`` reads.

    What is there already, and right, is not asked for again.

    Parameters
    ----------
    name : {"cohen", "kermany", "ozturk"}
    root : str or path-like
        The folder that is to hold the collection's folder.
    given : str or path-like, optional
        A folder, a zip archive, or the ``http(s)://`` address of an archive. The collection may lie up to
        two folders deep in it. What it has is taken from there and not downloaded.
    mirror : str
        Address of a server that has ``owner/repository/commit/path`` as GitHub's server of raw files.
    overwrite : bool
        Replace files under ``root`` that are not upstream's.
    progress : bool
        Show a progress bar.
    timeout : float
        Seconds that a server may be silent.
    attempts : int
        How often a file is asked for before it is given up.

    Returns
    -------
    dict
        ``collection``, ``folder``, counts of the ``files`` and of those that were ``there``, ``taken`` from
        ``given`` and ``downloaded``, and how many ``xrays`` of them `coronet data prepare` reads.

    Raises
    ------
    FetchError, GivenError
        If anything is missing, damaged, out of reach or not to be trusted.
    RunError
        If another process fetches the same.
    OSError
        If ``root`` cannot be written to.
    """
    if name not in manifests.COLLECTIONS:
        raise FetchError(f"the collections are {', '.join(manifests.COLLECTIONS)}, not {name!r}")
    collection, root = manifests.COLLECTIONS[name], Path(root)
    if root.exists() and not root.is_dir():
        raise NotADirectoryError(f"{root} is a file; a folder is wanted to download to")
    root.mkdir(parents=True, exist_ok=True)
    server = _Server(mirror, timeout, attempts)

    with ExitStack() as stack:
        stack.enter_context(locked(root / collection.folder))
        if name == "kermany" and given is None:
            given = _kermany_here_or_from_kaggle(root / collection.folder)
        place = None
        if re.match("https?://", str(given)):
            given = _fetched_archive(given, root, server, stack, progress)
        if given is not None:
            place = find(look_into(given, stack), collection)
        wanted = _kermany(place) if name == "kermany" else manifests.originals(name)
        missing = _missing(root, wanted, overwrite)
        offered = {}
        if place is not None:
            inside = {item.path: place / item.path.removeprefix(f"{collection.folder}/") for item in missing}
            offered = {path: file for path, file in inside.items() if file.is_file()}
            refuse_bombs(offered.values())

        def bring(item):
            if item.path in offered:
                _take(offered[item.path], item, root)
            else:
                server.get(server.url(item), root / item.path, lambda part: _flaw(item, part))

        _all(bring, missing, server.stop, f"fetching {name}", progress)

    rows, _ = getattr(sources, name)(root)
    return {
        "collection": name,
        "folder": str(root / collection.folder),
        "files": len(wanted),
        "there": len(wanted) - len(missing),
        "taken": len(offered),
        "downloaded": len(missing) - len(offered),
        "xrays": len(rows),
    }


def _missing(root, wanted, overwrite):
    """The files to bring. Files of the user's that are in their way are replaced only if asked."""
    flaws = {item: _flaw(item, root / item.path) for item in wanted if (root / item.path).exists()}
    other = [item for item, flaw in flaws.items() if flaw]
    if other and not overwrite:
        raise FetchError(
            f"{len(other):,} files in {root} are not upstream's, and are left alone; the first is "
            f"{other[0].path}: {flaws[other[0]]}. Replace them with --overwrite, or choose another --root"
        )
    return [item for item in wanted if item not in flaws or flaws[item]]


def _flaw(item, file):
    """What tells a file from the original, or None."""
    size = size_of(file)
    if item.size not in (None, size):
        return f"{size:,} bytes instead of {item.size:,}"
    if item.blob:
        with file.open("rb") as stream:
            found = manifests.blob_sha1(stream, size)
        if found != item.blob:
            return f"its {size:,} bytes have the git blob SHA-1 {found[:12]}, not {item.blob[:12]}"
    return None


def _all(bring, items, stop, title, progress):
    """Bring all files, several at once; those that cannot be had are named when the others are there."""
    unfit = []
    bar = tqdm(desc=title, total=len(items), unit="file", disable=not progress or not items)
    with bar, ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for task in as_completed([pool.submit(bring, item) for item in items]):
                try:
                    task.result()
                except _OneFile as error:
                    unfit.append(str(error))
                bar.update()
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    if unfit:
        raise FetchError(
            f"{len(unfit):,} of {len(items):,} files could not be had; the first is {min(unfit)}. {_AGAIN}"
        )


class _Server:
    """Downloads from one mirror, with patience."""

    def __init__(self, mirror, timeout, attempts):
        self.mirror, self.timeout, self.attempts = mirror.rstrip("/"), timeout, attempts
        self.stop = threading.Event()  # set when all is lost, so that nobody waits for another try

    def url(self, item):
        return f"{self.mirror}/{quote(item.address)}"

    def get(self, url, target, flaw, progress=False):
        """Download to ``target``, where it appears only if ``flaw`` of it is None."""
        target.parent.mkdir(parents=True, exist_ok=True)
        download = pooch.HTTPDownloader(progressbar=progress, chunk_size=1 << 16, timeout=self.timeout)
        for attempt in range(1, self.attempts + 1):
            pause = _PAUSE * 2 ** (attempt - 1)
            try:
                with atomic(target) as part:
                    download(url, str(part), None)
                    if not (found := flaw(part)):
                        return
                    raise _Damaged(found)
            except _Damaged as error:
                failure = _OneFile(
                    f"{url}: {error}, in {self.attempts} attempts; something on the way changes it"
                )
            except requests.HTTPError as error:
                status = error.response.status_code
                if status in (404, 410):
                    raise _OneFile(
                        f"{url}: the server has no such file ({status}); --from takes it from a copy"
                    ) from None
                failure = FetchError(f"{url}: the server answered {status} {error.response.reason}. {_AGAIN}")
                if status not in _WORTH_ANOTHER_TRY:
                    raise failure from None
                pause = _asked_pause(error.response) or pause
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
                failure = _OneFile(f"{url}: the transfer broke off in each of {self.attempts} attempts")
            except (requests.Timeout, requests.ConnectionError):
                failure = FetchError(
                    f"{url}: the server cannot be reached, or was silent for {self.timeout:g} seconds. "
                    f"Is this machine online, and does it need a proxy (HTTPS_PROXY)? {_AGAIN}"
                )
            except requests.RequestException as error:
                raise FetchError(f"{url} cannot be downloaded: {error}") from None
            except OSError as error:
                raise _not_written(target, error) from error
            if attempt < self.attempts and self.stop.wait(min(pause, _LONGEST_PAUSE)):
                break
        raise failure


def _asked_pause(response):
    """Seconds that the server asks to wait, or None. It may name a date instead; then we wait as we like."""
    wish = response.headers.get("Retry-After", "")
    return float(wish) if wish.isdecimal() else None


def _not_written(target, error):
    reason = error.strerror or error
    return OSError(f"{target} cannot be written: {reason}. Make room, or choose another --root. {_AGAIN}")


def _fetched_archive(url, root, server, stack, progress):
    """The archive at an address, as a file that is there while ``stack`` is open."""
    archive = root / ".fetched.zip"
    stack.callback(archive.unlink, missing_ok=True)
    server.get(url, archive, lambda part: not zipfile.is_zipfile(part) and "no whole zip archive", progress)
    return archive


def _take(file, item, root):
    """Copy one file that was given."""
    target = root / item.path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with atomic(target) as part:
            with file.open("rb") as source, part.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            if flaw := _flaw(item, part):
                raise _OneFile(f"{file}: {flaw}")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise _OneFile(f"{file}: damaged or locked in the archive ({error})") from None
    except OSError as error:
        raise OSError(f"{file} cannot be copied to {target}: {error.strerror or error}. {_AGAIN}") from error


def _kermany(place):
    """Kermany's files, as they lie in ``place``, if they are all there."""
    found = {}
    for part in ("train", "test", "val"):
        for kind in ("NORMAL", "PNEUMONIA"):
            folder = place / part / kind
            for file in folder.iterdir() if folder.is_dir() else ():
                if manifests.kermany_label(path := f"{part}/{kind}/{file.name}"):
                    found[path] = manifests.Original(f"{sources.KERMANY}/{path}", size=size_of(file))
    if wrong := manifests.kermany_differences(found):
        raise FetchError(
            f"{place} is not the whole collection: {'; '.join(wrong[:3])}. "
            f"Download it again from {manifests.COLLECTIONS['kermany'].page}"
        )
    return [found[path] for path in sorted(found)]


def _kermany_here_or_from_kaggle(target):
    """Where Kermany's files lie: in the target, if an earlier call was finished, or in Kaggle's cache."""
    try:
        _kermany(target)
        return target
    except FetchError:
        pass
    by_hand = (
        f"Or download the archive from {manifests.COLLECTIONS['kermany'].page} "
        "and run `coronet data fetch kermany --from archive.zip`"
    )
    try:
        import kagglehub
    except ImportError:
        raise FetchError(
            f"this collection is on Kaggle, which wants a package: `pip install kagglehub`. {by_hand}"
        ) from None
    try:
        return Path(kagglehub.dataset_download(KAGGLE))
    except Exception as error:  # kagglehub has a dozen kinds of its own, and none above them
        raise FetchError(f"Kaggle did not hand out {KAGGLE}: {error}. Try again. {by_hand}") from error
