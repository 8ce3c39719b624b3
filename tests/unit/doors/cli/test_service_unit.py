"""The unit that `weal service-unit` prints, judged by systemd's own tools, and the proxy that the page shows, run."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

DOCS = Path(__file__).parents[4] / "docs"
WEAL = [sys.executable, "-c", "import sys; from commonweal.doors.cli import main; sys.exit(main())"]
ANALYZE, NGINX = shutil.which("systemd-analyze"), shutil.which("nginx")
HOST = "register.example.gov"
PROXIED = Settings(
    Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"), public_url=f"https://{HOST}"
)
EXPOSURE_MAX = 2.0
"""systemd calls up to 2 "safe" or "OK"; a service without any protection has 9.6."""
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian package nginx)")
Said = tuple[int, str, str]


@pytest.fixture
def unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Prints the unit of a folder with a name that asks for care, and a program that is there."""

    def made(*more: str, settings: Settings = PROXIED, folder: str = "the office 100% $HOME") -> Said:
        settings.write(tmp_path / folder)
        program = tmp_path / "bin" / "weal"
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        code = main(["service-unit", str(tmp_path / folder), "--command", str(program), *more])
        said = capsys.readouterr()
        return code, said.out, said.err

    return made


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://localhost:8620", 8620),
        ("http://[::1]:8620", 8620),
        ("http://localhost", 8321),
        (f"https://{HOST}:8443", 8321),
        ("", 8321),
    ],
)
def test_an_office_that_is_reached_without_a_proxy_is_served_where_its_links_lead(
    unit: Callable[..., Said], url: str, port: int
) -> None:
    code, text, _ = unit(settings=replace(PROXIED, public_url=url))
    assert (code, f"--port {port}" in text) == (0, True)
    assert "--port 9000" in unit("--port", "9000")[1], "what is asked for counts"


@needs_systemd
def test_systemd_finds_no_fault_in_it_and_calls_it_well_protected(unit: Callable[..., Said], tmp_path: Path) -> None:
    code, text, _ = unit()
    assert code == 0
    path = tmp_path / "commonweal.service"
    path.write_text(text)
    assert ANALYZE
    told = subprocess.run([ANALYZE, "verify", str(path)], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    judged = subprocess.run([ANALYZE, "security", "--offline=true", "--no-pager", str(path)],
                            capture_output=True, text=True, check=False)  # fmt: skip
    found = re.search(r"Overall exposure level for commonweal\.service: ([0-9.]+)", judged.stdout)
    if found is None:
        pytest.skip("this systemd cannot judge a unit that is not installed (before 250)")
    assert float(found[1]) <= EXPOSURE_MAX


def test_names_that_systemd_would_read_otherwise_are_written_so_that_it_does_not(
    unit: Callable[..., Said], tmp_path: Path
) -> None:
    """systemd.service(5): in ExecStart `%` begins a specifier and `$` a variable; each doubled stands for itself."""
    _, text, _ = unit()
    folder = f"{tmp_path}/the office 100%% "
    assert f'weal" serve "{folder}$$HOME" --host 127.0.0.1' in text
    assert f'ReadWritePaths="{folder}$HOME"\n' in text
    assert f"WorkingDirectory={folder}$HOME\n" in text


def test_the_place_of_the_public_log_may_be_written_to_and_a_passphrase_is_handed_over(
    unit: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("x")
    _, text, _ = unit(
        "--passphrase", str(tmp_path / "secret"), settings=replace(PROXIED, export="file:///srv/public%20log")
    )
    assert '"/srv/public log"\n' in text
    assert f"LoadCredential=passphrase:{tmp_path}/secret\n" in text
    assert "COMMONWEAL_PASSPHRASE_FILE=%d/passphrase\n" in text


def test_every_fault_is_told_and_no_unit_is_printed(unit: Callable[..., Said]) -> None:
    code, text, refused = unit("--user", "root", "--host", "everywhere", "--passphrase", "/nowhere")
    assert (code, text) == (1, "")
    for option in ("--user", "--host", "--passphrase"):
        assert option in refused


# ── behind nginx ────────────────────────────────────────────────────────────────────────────────────────────────────


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> None:
    """A certificate of its own for the host of the example."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder.mkdir()
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


@contextmanager
def running(command: list[str], place: Path) -> Iterator[None]:
    with (place / "said").open("w") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def configured(place: Path, plain: int, secure: int, service: int) -> Path:
    """The example with ports and certificate of this test; all else as it stands on the page."""
    text = (DOCS / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl;\n", ""),
        (f"/etc/ssl/{HOST}", str(place / "tls")),
        ("127.0.0.1:8321", f"127.0.0.1:{service}"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(f"{name}_temp_path {place}/{name};\n" for name in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    user = "user root;\n" if os.geteuid() == 0 else ""
    path = place / "nginx.conf"
    head = f"{user}daemon off;\npid {place}/pid;\nerror_log {place}/errors;\nevents {{}}\n"
    path.write_text(f"{head}http {{\naccess_log off;\n{temporary}{text}}}\n")
    return path


@needs_nginx
def test_the_proxy_of_the_page_serves_the_authority_by_https_and_keeps_figures_inside(tmp_path: Path) -> None:
    assert NGINX
    with Authority.create(tmp_path / "office", PROXIED) as authority:
        key = authority.access.issue_key("party:lab", ("developer",), ("file", "read"), None)
    settings = tmp_path / "office" / "authority.toml"
    settings.write_text('trusted_proxies = ["127.0.0.1"]\n' + settings.read_text("utf-8"), "utf-8")
    certificate(tmp_path / "tls")
    plain, secure, service = free_port(), free_port(), free_port()
    config = configured(tmp_path, plain, secure, service)
    serve = [*WEAL, "serve", str(tmp_path / "office"), "--port", str(service)]
    (tmp_path / "nginx").mkdir()
    with running(serve, tmp_path), running([NGINX, "-e", f"{tmp_path}/errors", "-c", str(config)], tmp_path / "nginx"):
        host = {"Host": HOST}
        with httpx.Client(base_url=f"https://127.0.0.1:{secure}", headers=host, verify=False, timeout=60) as client:
            _until_answered(client)
            page = client.get("/about")
            assert page.headers["strict-transport-security"] == "max-age=31536000"
            assert client.get("/sign-in").headers["set-cookie"].startswith("__Host-")
            for inside in ("/api/v1/metrics", "/readyz"):
                assert client.get(inside).status_code == 404
            filed = client.post(
                "/api/v1/filings/model_registration.organisation",
                json={"name": "Laboratory", "countries": ["FR"]},
                headers={"Authorization": f"Bearer {key}"},
            )
            assert filed.status_code == 201
        moved = httpx.get(f"http://127.0.0.1:{plain}/zh/about?x=1", headers=host)
        assert (moved.status_code, moved.headers["location"]) == (301, f"https://{HOST}/zh/about?x=1")


def _until_answered(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the service did not answer through the proxy")
