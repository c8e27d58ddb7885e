"""Certificates for the tests, made by the openssl command: an authority, servers, clients, some of them over."""
import pathlib, subprocess, textwrap


class Authority:
    def __init__(self, folder, name="Test CA"):
        self.dir = pathlib.Path(folder) / name.replace(" ", "-")
        self.dir.mkdir(parents=True)
        (self.dir / "index").touch()
        (self.dir / "index.attr").write_text("unique_subject = no\n")
        (self.dir / "serial").write_text("1000\n")
        (self.dir / "conf").write_text(textwrap.dedent(f"""
            [ca]
            default_ca = this
            [this]
            dir = {self.dir}
            database = {self.dir}/index
            serial = {self.dir}/serial
            new_certs_dir = {self.dir}
            default_md = sha256
            policy = any
            [any]
            commonName = supplied
            """))
        self.cert, self.key = str(self.dir / "ca.pem"), str(self.dir / "ca.key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out", self.cert,
                     "-subj", f"/CN={name}", "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def openssl(self, *args):
        p = subprocess.run(["openssl", *args], capture_output=True, text=True)
        assert p.returncode == 0, p.stderr

    def issue(self, name, use="serverAuth", start="20240101000000Z", end="20480101000000Z"):
        """(certificate, key) of the common name; valid for localhost and 127.0.0.1."""
        n = len(list(self.dir.iterdir()))
        base = self.dir / f"{n}"
        cert, key, request, ext = (str(base) + s for s in (".pem", ".key", ".csr", ".ext"))
        pathlib.Path(ext).write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={use}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        self.openssl("ca", "-batch", "-notext", "-config", str(self.dir / "conf"), "-cert", self.cert, "-keyfile", self.key, "-in", request,
                     "-out", cert, "-extfile", ext, "-startdate", start, "-enddate", end)
        return cert, key
