#include "image/busybox.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/file/remove.h"
#include "image/store.h"

enum { LIST_LIMIT = 64 * 1024 };

static const char *const places[] = { "/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static",
				      "/usr/bin/busybox.static" };

static const struct { const char *path; mode_t mode; } folders[] = {
	{ "bin", 0755 },  { "dev", 0755 },  { "etc", 0755 },  { "home", 0755 },
	{ "mnt", 0755 },  { "opt", 0755 },  { "proc", 0555 }, { "root", 0700 },
	{ "run", 0755 },  { "srv", 0755 },  { "sys", 0555 },  { "tmp", 01777 },
	{ "usr", 0755 },  { "usr/lib", 0755 }, { "usr/local", 0755 }, { "usr/share", 0755 },
	{ "var", 0755 },  { "var/log", 0755 }, { "var/spool", 0755 }, { "var/tmp", 01777 },
};

static const struct { const char *path, *target; } links[] = {
	{ "sbin", "bin" },
	{ "usr/bin", "../bin" },
	{ "usr/sbin", "../bin" },
	{ "var/run", "../run" },
};

static const struct { const char *path, *text; } files[] = {
	{ "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
			"nobody:x:65534:65534:nobody:/:/bin/false\n" },
	{ "etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n" },
	/* To be mounted on where there is no union to lay them over. */
	{ "etc/hostname", "" }, { "etc/hosts", "" }, { "etc/resolv.conf", "" },
};

/* ---- the binary ---- */

/* A program without PT_INTERP needs no loader: it runs in any root. elf(5). */
static bool is_static(int fd)
{
	Elf64_Ehdr elf;
	Elf64_Phdr part;

	if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_phentsize < sizeof(part))
		return false;
	for (unsigned i = 0; i < elf.e_phnum; i++) {
		off_t at = (off_t)(elf.e_phoff + (uint64_t)i * elf.e_phentsize);
		if (pread(fd, &part, sizeof(part), at) != sizeof(part) || part.p_type == PT_INTERP)
			return false;
	}
	return elf.e_phnum > 0;
}

static int fail_missing(bool dynamic, struct error *err)
{
	fail_id(err, ERR_BUSYBOX_ABSENT, 0, "there is no static busybox on this machine");
	fail_why(err, "the default root file system is made from it%s",
		 dynamic ? _("; the busybox that is there needs a loader, which a new root does not have") :
			   "");
	return fail_fix(err, "install it: apt install busybox-static (Debian, Ubuntu); "
			"dnf install busybox (Fedora); pacman -S busybox (Arch); "
			"apk add busybox-static (Alpine); or --image DIR");
}

/* ---- making the root ---- */

static int copy_binary(int from, const struct stat *st, int root, struct error *err)
{
	cleanup_fd int to = openat(root, "bin/busybox", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	off_t at = 0;

	if (to < 0)
		return fail(err, errno, "open bin/busybox");
	while (at < st->st_size)
		if (sendfile(to, from, &at, (size_t)(st->st_size - at)) <= 0)
			return fail(err, errno ? errno : EIO, "write bin/busybox");
	if (fsync(to) < 0)
		return fail(err, errno, "fsync bin/busybox");
	return 0;
}

static int make_tree(int root, struct error *err)
{
	for (size_t i = 0; i < COUNT(folders); i++)
		if (mkdirat(root, folders[i].path, folders[i].mode) < 0)
			return fail(err, errno, "mkdir %s", folders[i].path);
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlinkat(links[i].target, root, links[i].path) < 0)
			return fail(err, errno, "symlink %s", links[i].path);
	for (size_t i = 0; i < COUNT(files); i++) {
		cleanup_fd int fd = openat(root, files[i].path,
					   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 || write_fd(fd, files[i].text, strlen(files[i].text)) < 0)
			return fail(err, errno, "write %s", files[i].path);
	}
	return 0;
}

enum { LIST_PATIENCE = 10000 /* ms */ };

/* What "busybox --list" prints: a name a line. */
static int list_applets(int binary, struct text *ret, struct error *err)
{
	char *const argv[] = { "busybox", "--list", NULL }, *const envp[] = { NULL };
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "pipe");
	cleanup_fd int in = ends[0], out = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return fail(err, errno, "fork");
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		fexecve(binary, argv, envp);
		_exit(127);
	}
	close(steal_fd(&out));
	int failed = read_fd(in, LIST_LIMIT, ret);
	if (await_exit(pid, LIST_PATIENCE, &status) < 0 || status != 0 || failed < 0 || !ret->len)
		return fail_id(err, ERR_BUSYBOX_ABSENT, 0, "busybox --list does not work");
	return 0;
}

static int link_applets(int root, int binary, struct error *err)
{
	cleanup_text struct text list = { 0 };
	cleanup_fd int bin = openat(root, "bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *save = NULL;

	if (list_applets(binary, &list, err) < 0)
		return -1;
	for (char *name = strtok_r(list.s, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
		if (strchr(name, '/') || name[0] == '.')
			continue;
		if (symlinkat("busybox", bin, name) < 0 && errno != EEXIST)
			return fail(err, errno, "symlink bin/%s", vis(name));
	}
	return 0;
}

/* All of it in the folder below store that is to be renamed. */
static int make_root(int store, const char *beside, int binary, const struct stat *st,
		     struct error *err)
{
	if (mkdirat(store, beside, 0755) < 0)
		return fail(err, errno, "mkdir %s", beside);
	cleanup_fd int root = openat(store, beside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (root < 0)
		return fail(err, errno, "open %s", beside);
	if (make_tree(root, err) < 0 || copy_binary(binary, st, root, err) < 0 ||
	    link_applets(root, binary, err) < 0)
		return -1;
	if (syncfs(root) < 0)
		return fail(err, errno, "syncfs");
	return 0;
}

/* Under the store's lock: two starts at once make one root, and a folder that a crash has left
 * beside belongs to nobody. */
static int make_once(const char *path, const char *name, int binary, const struct stat *st,
		     struct error *err)
{
	static const char beside[] = ".busybox.new";
	cleanup_fd int store = store_lock(path, err);
	struct stat there;

	if (store < 0)
		return -1;
	if (fstatat(store, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (remove_tree(store, beside) < 0 && errno != ENOENT)
		return fail(err, errno, "remove %s/%s", vis(path), beside);
	mode_t mask = umask(0);
	int failed = make_root(store, beside, binary, st, err);
	umask(mask);
	if (!failed && renameat(store, beside, store, name) < 0)
		failed = fail(err, errno, "rename %s/%s", vis(path), beside);
	if (!failed)
		return fsync(store) < 0 ? fail(err, errno, "fsync %s", vis(path)) : 0;
	remove_tree(store, beside);
	return fail_wrap(err, "making the default root in %s", vis(path));
}

int image_busybox(bool make, char *ret, size_t size, struct error *err)
{
	char store[4000], name[80];
	const char *closed = NULL; /* one that is there and cannot be read */
	bool dynamic = false;
	struct stat st, made;
	int code = 0;

	if (store_own_path(store, sizeof(store), err) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(places); i++) {
		if (stat(places[i], &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		/* A new version of the package is another root; the old one stays for the processes that use it. */
		snprintf(name, sizeof(name), "busybox-%lld-%lld", (long long)st.st_size,
			 (long long)st.st_mtime);
		int length = snprintf(ret, size, "%s/%s", store, name);
		if (length < 0 || (size_t)length >= size)
			return fail_id(err, ERR_STORE_PLACE, ENAMETOOLONG, "the path of the store");
		if (stat(ret, &made) == 0 && S_ISDIR(made.st_mode) && made.st_uid == geteuid())
			return 0;
		cleanup_fd int binary = open(places[i], O_RDONLY | O_CLOEXEC);
		if (binary < 0 && !closed) {
			closed = places[i];
			code = errno;
		}
		if (binary >= 0 && is_static(binary))
			return make ? make_once(store, name, binary, &st, err) : 0;
		dynamic = dynamic || binary >= 0;
	}
	return closed ? fail(err, code, "open %s", closed) : fail_missing(dynamic, err);
}
