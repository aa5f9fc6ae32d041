# bash completion for stave. Made by scripts/docs from stave --describe.
_stave() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	case $before in
	-c | --command) mapfile -t COMPREPLY < <(compgen -W 'ns mountinfo mounts mountstats status walls compare doctor ps top tree layers diff idmap unshare setns mount umount bindmount propagation rootfs image commit union copyup whiteout opaque chroot pivot hostname net mask readonly caps securebits filecaps nonewprivs keyring seccomp landlock verify cgroup limits container child network run trace shell spawn exec burn cd env umask jobs fg bg kill volume check lessons lesson next back hint solution again progress steps calls undo redo reset plan save source set help explain why apropos history version quit' -- "$word"); return ;;
	esac
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W '-c --command -k --keep-going -q --quiet -n --dry-run -y --yes --json --check-lessons --doctor --transcript --describe -h --help -V --version' -- "$word") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	esac
}
complete -o filenames -F _stave stave
