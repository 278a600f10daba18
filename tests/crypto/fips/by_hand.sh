#!/bin/sh
# What Signet makes with ML-DSA and ML-KEM, checked by dilithium-py and kyber-py from the virtual environment $1.
set -eu
venv=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME="$folder" PYTHONPATH="$root/app"
signet() { "$root/.venv/bin/python" -m signet "$@" --vault ./v.signet --pin-file "$pin" >/dev/null; }
echo "for trying out only" > passphrase
pin=passphrase
signet vault create --passphrase --recovery-code-file code
pin=code
signet_open() { signet "$@" --recovery; }
head -c 200000 /dev/urandom > letter
for n in 44 65 87; do
    signet_open key create "s$n" --spec "ML_DSA_$n"
    signet_open sign letter --key "s$n" --output "s$n.sig"
    signet_open key export "s$n" "s$n.pem" --plain
done
for n in 768 1024; do
    signet_open key create "k$n" --spec "ML_KEM_$n"
    signet_open key export "k$n" "k$n.pem" --plain
    signet_open shared-secret encapsulate "ours$n.kem" --key "k$n" --output "ours$n.secret"
done
cat > others.py <<'PYTHON'
import base64
import pathlib

from dilithium_py.ml_dsa import ML_DSA_44, ML_DSA_65, ML_DSA_87
from kyber_py.ml_kem import ML_KEM_768, ML_KEM_1024


def exported(name: str) -> bytes:
    lines = pathlib.Path(name).read_text().splitlines()
    return base64.b64decode("".join(line for line in lines if not line.startswith("-")))


letter = pathlib.Path("letter").read_bytes()
for n, ml_dsa in ((44, ML_DSA_44), (65, ML_DSA_65), (87, ML_DSA_87)):
    public, _ = ml_dsa.key_derive(exported(f"s{n}.pem")[-32:])
    signature = pathlib.Path(f"s{n}.sig").read_bytes()
    assert ml_dsa.verify(public, letter, signature)
    assert not ml_dsa.verify(public, letter + b"x", signature)
    print(f"ML-DSA-{n}: dilithium-py accepts Signet's signature and refuses it over another message")
for n, ml_kem in ((768, ML_KEM_768), (1024, ML_KEM_1024)):
    public, private = ml_kem.key_derive(exported(f"k{n}.pem")[-64:])
    ours = ml_kem.decaps(private, pathlib.Path(f"ours{n}.kem").read_bytes())
    assert ours == pathlib.Path(f"ours{n}.secret").read_bytes()
    secret, ciphertext = ml_kem.encaps(public)
    pathlib.Path(f"theirs{n}.kem").write_bytes(ciphertext)
    pathlib.Path(f"theirs{n}.secret").write_bytes(secret)
    print(f"ML-KEM-{n}: kyber-py finds the secret that Signet encapsulated")
PYTHON
"$venv/bin/python" others.py
for n in 768 1024; do
    signet_open shared-secret decapsulate "theirs$n.kem" --key "k$n" --output "got$n"
    cmp "got$n" "theirs$n.secret"
    echo "ML-KEM-$n: Signet finds the secret that kyber-py encapsulated"
done
