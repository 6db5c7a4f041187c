#!/usr/bin/env bash
# Prints the folder of NVIDIA's ptxas and nvdisasm: of a CUDA toolkit in CUDA_HOME or on PATH, else Smile's cache, to which they are
# brought from the package nvidia-cuda-toolkit of Debian or Ubuntu (84 MB to fetch, 71 to keep). They need no GPU and no driver.
# Neither root nor the machine's own package lists are touched: apt works in a folder of its own.
# Exit code 3 where they are not to be had, with the reason on the standard error.
set -euo pipefail

whole() { [[ -x $1/ptxas && -x $1/nvdisasm ]]; }
give_up() { echo "nvidia-compiler.sh: $*; name a CUDA toolkit in CUDA_HOME instead" >&2; exit 3; }

if [[ -n ${CUDA_HOME:-} ]]; then
  whole "$CUDA_HOME/bin" || give_up "CUDA_HOME is $CUDA_HOME, and has no bin/ptxas and bin/nvdisasm"
  echo "$CUDA_HOME/bin"; exit
fi
if found=$(command -v ptxas) && whole "$(dirname "$found")"; then dirname "$found"; exit; fi
folder=${SMILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/smile}/nvidia-compiler
if whole "$folder"; then echo "$folder"; exit; fi

command -v apt-get > /dev/null || give_up "there is no apt-get to bring them"
# shellcheck source=/dev/null
. /etc/os-release
case $ID in
  debian) component=non-free mirror=http://deb.debian.org/debian keys=/usr/share/keyrings/debian-archive-keyring.gpg ;;
  ubuntu) component=multiverse mirror=http://archive.ubuntu.com/ubuntu keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg ;;
  *) give_up "no package is known for $ID" ;;
esac
# The mirror that the machine itself uses, where it names one.
own=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2> /dev/null | grep -oE "https?://[^ ]+/$ID/?( |$)" | head -1 || true)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{lists,archives}/partial
echo "deb [signed-by=$keys] ${own:-$mirror} $VERSION_CODENAME $component" > "$scratch/sources.list"
apt=(apt-get -q -o Dir::Etc::SourceList="$scratch/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$scratch/lists"
  -o Dir::Cache="$scratch" -o APT::Sandbox::User=root)
cd "$scratch"
"${apt[@]}" update > apt.log 2>&1 && "${apt[@]}" download nvidia-cuda-toolkit >> apt.log 2>&1 \
  || { tail -3 apt.log >&2; give_up "the package nvidia-cuda-toolkit cannot be fetched"; }
dpkg-deb --fsys-tarfile nvidia-cuda-toolkit_*.deb | tar -x --wildcards '*/ptxas' '*/nvdisasm'
mkdir -p "$folder"
for tool in nvdisasm ptxas; do # under another name first, so that a run that is stopped leaves no half
  cp -L "$(find . -name $tool \( -type f -o -type l \) | head -1)" "$folder/$tool.$$"
  mv "$folder/$tool.$$" "$folder/$tool"
done
whole "$folder" || give_up "the package has no ptxas and nvdisasm"
echo "$folder"
