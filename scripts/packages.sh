# shellcheck shell=sh
# What the programs of the system are needed for, how to see that they are there, and what
# the package is called. Read by scripts/run and scripts/test; a POSIX sh is enough.
#
# for   | needed | sign of it being there | purpose | apt | dnf | apk | pacman
# A sign is a command, pkgconfig:MODULE, python:MODULE, or one of the words in is_there.
packages_table() {
	cat <<'END'
run  | must | gcc | the C compiler | gcc | gcc | gcc | gcc
run  | must | libc-headers | the C library's headers | libc6-dev | glibc-devel | musl-dev | glibc
run  | must | kernel-headers | the kernel's headers | linux-libc-dev | kernel-headers | linux-headers | linux-api-headers
run  | must | make | builds the program | make | make | make | make
run  | must | pkg-config | finds the libraries | pkg-config | pkgconf-pkg-config | pkgconf | pkgconf
run  | must | pkgconfig:readline | GNU readline, the prompt | libreadline-dev | readline-devel | readline-dev | readline
run  | must | pkgconfig:ncurses | terminals, for readline | libncurses-dev | ncurses-devel | ncurses-dev | ncurses
run  | must | pkgconfig:libcap | capabilities | libcap-dev | libcap-devel | libcap-dev | libcap
run  | must | pkgconfig:libseccomp | names and numbers of system calls, for filters | libseccomp-dev | libseccomp-devel | libseccomp-dev | libseccomp
run  | must | pkgconfig:libcmark | CommonMark, for lessons | libcmark-dev | cmark-devel | cmark-dev | cmark
run  | must | pkgconfig:jansson | JSON, for --json | libjansson-dev | jansson-devel | jansson-dev | jansson
run  | must | pkgconfig:libarchive | archives, for the reader of images | libarchive-dev | libarchive-devel | libarchive-dev | libarchive
run  | must | pkgconfig:zlib | gzip, for the reader of images | zlib1g-dev | zlib-devel | zlib-dev | zlib
run  | must | pkgconfig:nettle | SHA-256, for the reader of images | nettle-dev | nettle-devel | nettle-dev | nettle
run  | may  | static-busybox | the default root file system of a container | busybox-static | busybox | busybox-static | busybox
run  | may  | newuidmap | ranges of user ids for an ordinary user | uidmap | shadow-utils | shadow-uidmap | shadow
test | must | bash | runs the tests | bash | bash | bash | bash
test | must | pkgconfig:cmocka | unit tests | libcmocka-dev | libcmocka-devel | cmocka-dev | cmocka
test | must | bats | end-to-end tests | bats | bats | bats | bats
test | must | setpriv | tests as an ordinary user | util-linux | util-linux | setpriv | util-linux
test | must | unshare | util-linux, which tests compare with | util-linux | util-linux | util-linux-misc | util-linux
test | must | ps | processes, seen by the tests | procps | procps-ng | procps-ng | procps-ng
test | must | jq | reads the JSON in tests | jq | jq | jq | jq
test | may  | gojq | the same, faster | gojq | gojq | gojq | gojq
test | may  | python:pexpect | interactive tests | python3-pexpect | python3-pexpect | py3-pexpect | python-pexpect
test | may  | python:jsonschema | holds --json against its schema | python3-jsonschema | python3-jsonschema | py3-jsonschema | python-jsonschema
test | may  | ip | network interfaces, seen by the tests | iproute2 | iproute | iproute2 | iproute2
test | may  | nft | rules of nftables, made and seen by the tests | nftables | nftables | nftables | nftables
test | may  | pasta | a way out into the world for an ordinary user, tried by the tests | passt | passt | passt | passt
test | may  | slirp4netns | the other one | slirp4netns | slirp4netns | slirp4netns | slirp4netns
test | may  | strace | counts system calls | strace | strace | strace | strace
test | may  | capsh | tests with fewer capabilities | libcap2-bin | libcap | libcap-utils | libcap
test | may  | xz | an archive's third compression | xz-utils | xz | xz | xz
test | may  | zstd | an archive's other compression | zstd | zstd | zstd | zstd
test | may  | setcap | file capabilities in images | libcap2-bin | libcap | libcap-utils | libcap
test | may  | setfattr | overlay's attributes, set by tests | attr | attr | attr | attr
test | may  | bwrap | builds sandboxes to look into | bubblewrap | bubblewrap | bubblewrap | bubblewrap
test | may  | umoci | makes images to compare with | umoci | umoci | umoci | umoci
test | may  | skopeo | reads images that are exported | skopeo | skopeo | skopeo | skopeo
test | may  | msgfmt | reads the catalogs of messages | gettext | gettext | gettext | gettext
test | may  | shellcheck | checks the scripts | shellcheck | ShellCheck | shellcheck | shellcheck
test | may  | clang-tidy | checks the sources | clang-tidy | clang-tools-extra | clang-extra-tools | clang
test | may  | cppcheck | checks the sources | cppcheck | cppcheck | cppcheck | cppcheck
test | may  | musl-gcc | the other C library | musl-tools | musl-gcc | musl-dev | musl
test | may  | clang | the other compiler | clang | clang | clang | clang
test | may  | libfuzzer | fuzzing | libclang-rt-dev | compiler-rt | compiler-rt | compiler-rt
vm   | may  | qemu-system-x86_64 | boots other kernels | qemu-system-x86 | qemu-system-x86-core | qemu-system-x86_64 | qemu-system-x86
vm   | may  | xz | unpacks their modules | xz-utils | xz | xz | xz
END
}

# Where a statically linked busybox may lie; it names no dynamic loader.
static_busybox() {
	for busybox in /bin/busybox.static /usr/bin/busybox /bin/busybox /usr/lib/busybox/busybox; do
		[ -x "$busybox" ] && ! grep -q '/ld-[lm]' "$busybox" && return 0
	done
	return 1
}

is_there() { # SIGN
	case $1 in
	pkgconfig:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#*:}" ;;
	python:*) /usr/bin/python3 -c "import ${1#*:}" 2>/dev/null ;;
	libc-headers) [ -e /usr/include/stdio.h ] ;;
	kernel-headers) [ -e /usr/include/linux/mount.h ] ;;
	static-busybox) static_busybox ;;
	libfuzzer)
		set -- "$(clang -print-resource-dir 2>/dev/null)"/lib/*/libclang_rt.fuzzer[-.]*a
		[ -e "$1" ] ;;
	*) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ] ;;
	esac
}

# Prints the rows of what is missing, of those whose first column is one of FOR.
packages_missing() { # FOR...
	packages_table | while IFS='|' read -r for needed sign rest; do
		case " $* " in *" ${for%% *} "*) ;; *) continue ;; esac
		sign=${sign# }
		is_there "${sign% }" || printf '%s|%s| %s |%s\n' "$for" "$needed" "${sign% }" "$rest"
	done
}

package_manager() {
	for manager in apt-get dnf apk pacman; do
		if command -v $manager >/dev/null; then
			echo $manager
			return
		fi
	done
}

# How the packages are installed, as it would be typed. Quiet, and never asking back.
install_command() { # MANAGER
	case $1 in
	apt-get) echo 'env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends' ;;
	dnf) echo 'dnf -q -y install' ;;
	apk) echo 'apk add -q' ;;
	pacman) echo 'pacman -S -q --needed --noconfirm' ;;
	esac
}

# As root already, or through a sudo that asks nothing or has a terminal to ask on.
become_root() {
	if [ "$(id -u)" = 0 ]; then
		echo env
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		echo 'sudo -n'
	elif command -v sudo >/dev/null && [ -t 0 ] && [ -t 2 ]; then
		echo sudo
	fi
}

# Of the rows on standard input, the package names for MANAGER, each once.
package_names() { # MANAGER
	awk -F ' *[|] *' -v column="$(case $1 in
		apt-get) echo 5 ;; dnf) echo 6 ;; apk) echo 7 ;; pacman) echo 8 ;; esac)" \
		'!seen[$column]++ { printf "%s%s", sep, $column; sep = " " } END { print "" }'
}

# Runs the package manager; a second time after it has fetched its lists anew.
install_packages() { # ROOT MANAGER NAME...
	root=$1 manager=$2
	shift 2
	# shellcheck disable=SC2046,SC2086 # commands of several words
	$root $(install_command "$manager") "$@" </dev/null >&2 && return
	case $manager in
	apt-get) $root apt-get -q update </dev/null >&2 ;;
	apk) $root apk update -q </dev/null >&2 ;;
	pacman) $root pacman -S -q -y --noconfirm </dev/null >&2 ;;
	*) return 1 ;;
	esac || return
	# shellcheck disable=SC2046,SC2086
	$root $(install_command "$manager") "$@" </dev/null >&2
}

# Sees that everything for FOR is there, and installs the rest: says what and why first. Fails
# only for want of something that must be there; what may be missing is named, once a call.
packages_ensure() { # FOR...
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	must=$(echo "$missing" | grep -E '^[a-z]+ *[|] *must' || :)
	manager=$(package_manager)
	{
		echo "$0: missing on this machine:"
		echo "$missing" | awk -F ' *[|] *' '{ printf "  %-20s %s\n", $3, $4 }'
	} >&2
	if [ -z "$manager" ]; then
		echo "$0: none of apt-get, dnf, apk, pacman is here to install it" >&2
		[ -z "$must" ]
		return
	fi
	names=$(echo "$missing" | package_names "$manager")
	root=$(become_root)
	if [ -z "$root" ]; then
		echo "$0: installing needs root. Type:" >&2
		echo "  sudo $(install_command "$manager") $names" >&2
		[ -z "$must" ]
		return
	fi
	echo "$0: installing with $manager: $names" >&2
	# shellcheck disable=SC2086 # one word a package
	install_packages "$root" "$manager" $names && return
	# One unknown name fails them all: what may be missing is then tried one by one.
	if [ -n "$must" ]; then
		names=$(echo "$must" | package_names "$manager")
		# shellcheck disable=SC2086
		install_packages "$root" "$manager" $names || return
	fi
	for name in $(packages_missing "$@" | package_names "$manager"); do
		# shellcheck disable=SC2046,SC2086
		$root $(install_command "$manager") "$name" </dev/null >&2 ||
			echo "$0: $name cannot be installed; going on without it" >&2
	done
}
