#!/bin/sh
# simulated-python.sh MODEL PYTHON FOLDER: make FOLDER/bin/python, the interpreter of the virtual
# environment PYTHON belongs to, on a processor that QEMU's user mode simulates (apt-get install
# qemu-user; `qemu-x86_64 -cpu help` lists the models). Then: REPRISE_PYTHON=FOLDER/bin/python.
set -eu
environment=$(cd "$(dirname "$2")/.." && pwd)
mkdir -p "$3/bin"
cp "$environment/pyvenv.cfg" "$3/"
ln -sfn "$environment/lib" "$3/lib"
# `-0`: a run that starts its interpreter anew comes back here, and so stays under QEMU.
cat > "$3/bin/python" <<END
#!/bin/sh
exec qemu-x86_64 -cpu $1 -0 "\$0" "$environment/bin/python" "\$@"
END
chmod +x "$3/bin/python"
