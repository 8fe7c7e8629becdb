"""Small upstream collections, and a server on this machine that does all that servers do wrong."""

import hashlib
import io
import json
import sys
import threading
import zipfile
from http.server import ThreadingHTTPServer
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import QuietHandler

from coronet_lib import cli
from coronet_lib.datasets.upstream import fetch, manifests

COHEN, OZTURK = (manifests.COLLECTIONS[name].repository for name in ("cohen", "ozturk"))
HEADER = "patientid,offset,sex,age,finding,view,modality,filename,license\n"
TABLE = HEADER + "".join(f"{n},0,F,50,COVID-19,PA,X-ray,{name},CC BY\n" for n, name in enumerate("abcd"))
PICTURES = {f"images/{name}": np.random.default_rng(n).bytes(5000) for n, name in enumerate("abcd")}
COHEN_FILES = {"metadata.csv": TABLE.encode(), **PICTURES}
OZTURK_FILES = {
    "X-Ray Image DataSet/Covid-19/a": b"as of Cohen",
    "X-Ray Image DataSet/No_findings/00000061_012.png": b"healthy",
    "X-Ray Image DataSet/Pneumonia/00000062_000.png": b"ill, 100 %",
}
KERMANY_FILES = {
    f"{part}/{folder}/{name}.jpeg": f"{part} {name}".encode()
    for part in ("train", "test", "val")
    for folder, names in {
        "NORMAL": ("IM-0115-0001", "NORMAL2-IM-0117-0001-0002"),
        "PNEUMONIA": ("person7_bacteria_24", "person7_virus_12", "person8_virus_13_1"),
    }.items()
    for name in names
}


def blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def listing(files):
    return "path,git_blob_sha1\n" + "".join(f"{path},{blob(data)}\n" for path, data in files.items())


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def cohen_tree():
    return {f"covid-chestxray-dataset/{path}": data for path, data in COHEN_FILES.items()}


@pytest.fixture(name="lists")
def manifests_of_a_few(tmp_path, monkeypatch):
    """Manifests of collections small enough to type."""
    folder = tmp_path / "data/manifests"
    folder.mkdir(parents=True)
    (folder / "cohen.csv").write_text(listing(COHEN_FILES))
    (folder / "ozturk.csv").write_text(listing(OZTURK_FILES))
    counts = {"normal": 2, "pneumonia_bacterial": 1, "pneumonia_viral": 2}
    known = {"counts": dict.fromkeys(("train", "test", "val"), counts)}
    known["known_names"] = {"train/NORMAL": ["IM-0115-0001"], "test/PNEUMONIA": ["person7_virus_12"]}
    (folder / "kermany.json").write_text(json.dumps(known))
    monkeypatch.setattr(manifests, "data_path", (tmp_path / "data").joinpath)
    monkeypatch.setattr(fetch, "_PAUSE", 0.01)
    return folder


@pytest.fixture(name="server")
def upstream_server():
    """A server with ``files``, ``faults`` (a path's answers, in order; the last one stays) and ``asked``."""

    class Handler(QuietHandler):
        def do_GET(self):
            path = unquote(self.path).lstrip("/")
            httpd = self.server
            with httpd.lock:
                httpd.asked.append(path)
                faults = httpd.faults.get(path, ["good"])
                fault = faults.pop(0) if len(faults) > 1 else faults[0]
            data = httpd.files.get(path)
            if data is None or fault == "missing":
                return self.send_error(404)
            if fault in ("broken", "forbidden"):
                return self.send_error({"broken": 503, "forbidden": 403}[fault])
            if fault == "busy":
                self.send_response(429)
                self.send_header("Retry-After", "7")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if fault == "corrupted":
                data = data[:-1] + bytes([data[-1] ^ 1])
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data if fault in ("good", "corrupted") else data[: len(data) // 2])
            if fault == "slow":
                self.wfile.flush()
                httpd.released.wait(30)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.files = {f"{COHEN}/{path}": data for path, data in COHEN_FILES.items()}
        httpd.files |= {f"{OZTURK}/{path}": data for path, data in OZTURK_FILES.items()}
        httpd.faults, httpd.asked = {}, []
        httpd.lock, httpd.released = threading.Lock(), threading.Event()
        httpd.url = f"http://127.0.0.1:{httpd.server_port}"
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd
        httpd.released.set()
        httpd.shutdown()


@pytest.fixture(name="get")
def fetching(server, lists, tmp_path):
    """``fetch`` from that server into ``tmp_path / "root"``."""

    def call(name, **options):
        patience = {"timeout": 1.0, "attempts": 3, "progress": False}
        return fetch.fetch(name, tmp_path / "root", mirror=server.url, **(patience | options))

    return call


@pytest.fixture(name="root")
def empty_root(tmp_path):
    return tmp_path / "root"


def zipped(files, folder="", change=None):
    """An archive of the files; ``change`` gets each ZipInfo before it is written."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(folder + path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(entry)
            archive.writestr(entry, data)
    return packed.getvalue()


@pytest.fixture(name="coronet")
def command_line(monkeypatch, capsys):
    """The command as its user calls it, giving exit code, standard output and standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["coronet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return call
