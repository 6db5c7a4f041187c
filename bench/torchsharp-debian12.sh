#!/bin/bash
# Runs Smile.Bench where the system's libstdc++ is GCC 12's (Debian 12): bench/torchsharp-debian12.sh golden OUT
#
# TorchSharp 0.107.0's libLibTorchSharp.so needs one symbol of GCC 13's libstdc++, std::ios_base_library_init, with the version
# GLIBCXX_3.4.32. So: a small library gives the symbol, and the version need is marked weak in the build's own copy (never
# in the NuGet cache). `dotnet run -c Release --project bench/Smile.Bench -- cpu` finds both from then on; the other commands need this script each time.
# With libstdc++ 13 or newer `dotnet run` does for all.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/artifacts/bin/Smile.Bench/release
native=$out/runtimes/linux-x64/native
dotnet build -c Release "$root/bench/Smile.Bench" --nologo -v quiet

g++ -O1 -shared -fPIC -x c++ -o "$native/libglibcxxshim.so" - <<'CPP'
#include <iostream>
static std::ios_base::Init init; // what GCC 13's function does, GCC 12's library does in this object
namespace std { void ios_base_library_init() {} }
CPP

python3 - "$native/libLibTorchSharp.so" <<'PY'
# Sets VER_FLG_WEAK on each entry of .gnu.version_r that asks for GLIBCXX_3.4.32 (System V ABI, symbol versioning).
import os, shutil, struct, sys
path = sys.argv[1]
elf = bytearray(open(path, "rb").read())
section_table, = struct.unpack_from("<Q", elf, 0x28)
entry_size, entries = struct.unpack_from("<HH", elf, 0x3A)
sections = [struct.unpack_from("<IIQQQQIIQQ", elf, section_table + i * entry_size) for i in range(entries)]
VERNEED, WEAK = 0x6FFFFFFE, 2
for kind, offset, link in ((s[1], s[4], s[6]) for s in sections):
    if kind != VERNEED:
        continue
    strings = sections[link][4]
    while True:
        _, count, _, first, following = struct.unpack_from("<HHIII", elf, offset)
        at = offset + first
        for _ in range(count):
            _, flags, _, name, step = struct.unpack_from("<IHHII", elf, at)
            start = strings + name
            if elf[start:elf.index(0, start)] == b"GLIBCXX_3.4.32":
                struct.pack_into("<H", elf, at + 4, flags | WEAK)
            at += step
        if following == 0:
            break
        offset += following
open(path + ".new", "wb").write(elf)
shutil.copystat(path, path + ".new") # of the same size and time as the package's, a build does not put that back
os.replace(path + ".new", path)
PY

# libtorch returns memory to the system after every step unless malloc is told to keep it: its convolutions gain 10 to 50 % so.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=67108864 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
LD_PRELOAD="$native/libglibcxxshim.so" exec "$out/Smile.Bench" "$@"
