#!/bin/sh
# Runs in a private Debian 12 tree: takes the newest kernel source of trixie-backports, else 6.12 of
# Debian 12 itself, and builds the guest's kernel and its entropy library. Time, user and host of the
# build are fixed: they end up in the kernel's name, which the kernel mixes into its randomness.
set -eu
cd /root
sed -n 's/^deb \(.*\) bookworm main.*/deb \1 trixie-backports main/p' /etc/apt/sources.list \
    > /etc/apt/sources.list.d/backports.list
apt-get update -qq || { rm /etc/apt/sources.list.d/backports.list; apt-get update -qq; }
newest=$(apt-cache search --names-only '^linux-source-[0-9.]+$' | sed 's/ .*//' | sort -V | tail -n 1)
apt-get install -y -qq --no-install-recommends "$newest" > /dev/null
dpkg-query -W -f '${Package} ${Version}\n' "$newest" gcc > made-from.txt
echo "unpacking $newest"
mkdir linux
tar -xf "/usr/src/$newest.tar.xz" -C linux --strip-components=1
export KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=clientpath KBUILD_BUILD_HOST=guest KBUILD_BUILD_VERSION=1
cd linux
make -s ARCH=um allnoconfig
scripts/kconfig/merge_config.sh -m .config /root/kernel.config > /dev/null
make -s ARCH=um olddefconfig
make ARCH=um -j"$(nproc)" linux
strip linux -o /root/linux.bin
cd /root
gcc -O2 -Wall -Werror -shared -fPIC -o entropy.so entropy.c
mkdir out
mv linux.bin out/linux
mv entropy.so made-from.txt out/
cp linux/.config out/config
