/* What a file that was not executed says itself: the line behind #!, or the header of ELF. execve(2), elf(5). */
#include "advice/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "advice/question.h"
#include "advice/seen/where.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/look.h"

#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64, OTHER_MACHINE = EM_386 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64, OTHER_MACHINE = EM_ARM };
#else
enum { OWN_MACHINE = EM_NONE, OTHER_MACHINE = EM_NONE };
#endif

pid_t program_looked_at(const struct failure *at)
{
	pid_t pid = where_of(at).pid;

	return pid ? pid : at->pid;
}

const char *program_said(struct program *program)
{
	return program->by ? arena_print(&program->arena, "%s, which %s names,", program->path, program->by) : program->path;
}

void program_read(struct program *program)
{
	cleanup_fd int fd = look_open(program_looked_at(program->at), program->path, O_RDONLY | O_NONBLOCK);

	program->length = fd < 0 ? -1 : read(fd, program->head, sizeof(program->head));
}

static bool is_elf(const struct program *program)
{
	return program->length >= (ssize_t)sizeof(Elf64_Ehdr) && memcmp(program->head, ELFMAG, SELFMAG) == 0;
}

bool program_is_meant(const struct program *program)
{
	return is_elf(program) || (program->length >= 2 && memcmp(program->head, "#!", 2) == 0);
}

bool program_is_own(const struct program *program)
{
	Elf64_Ehdr elf;

	if (!is_elf(program))
		return false;
	memcpy(&elf, program->head, sizeof(elf));
	return elf.e_machine == OWN_MACHINE;
}

const char *program_names(struct program *program)
{
	const char *head = program->head;
	Elf64_Ehdr elf;
	Elf64_Phdr part;

	if (program->length > 2 && head[0] == '#' && head[1] == '!') {
		const char *line = arena_copyn(&program->arena, head + 2, (size_t)program->length - 2);
		line += strspn(line, " \t");
		return arena_copyn(&program->arena, line, strcspn(line, " \t\n"));
	}
	if (!is_elf(program) || head[EI_CLASS] != ELFCLASS64)
		return NULL;
	memcpy(&elf, head, sizeof(elf));
	for (size_t i = 0; i < elf.e_phnum && elf.e_phentsize == sizeof(part); i++) {
		uint64_t from = elf.e_phoff + i * sizeof(part);
		if (elf.e_phoff > sizeof(program->head) || from + sizeof(part) > (uint64_t)program->length)
			return NULL;
		memcpy(&part, head + from, sizeof(part));
		if (part.p_type != PT_INTERP || part.p_offset >= (uint64_t)program->length)
			continue;
		return arena_copyn(&program->arena, head + part.p_offset,
				   strnlen(head + part.p_offset, (size_t)program->length - part.p_offset));
	}
	return NULL;
}

/* Of a file's beginning the kernel reads 256 bytes, in which the interpreter's name has to end. */
static bool is_script_line(struct program *program, struct error *err)
{
	enum { LOOKED_AT = 256 };
	const char *head = program->head;
	size_t length = program->length < LOOKED_AT ? (size_t)program->length : LOOKED_AT, at = 2;

	if (length < 2 || head[0] != '#' || head[1] != '!')
		return false;
	while (at < length && (head[at] == ' ' || head[at] == '\t'))
		at++;
	if (at == length || head[at] == '\n') {
		fail_cause(err, CAUSE_EXEC_LINE_EMPTY);
		fail_why(err, "%s begins with #!, and its first line names no interpreter behind that", vis(program_said(program)));
	} else {
		fail_cause(err, CAUSE_EXEC_LINE_LONG);
		fail_why(err, "the interpreter's name in the first line of %s does not end within %d bytes, what the kernel reads of it",
			 vis(program_said(program)), LOOKED_AT);
	}
	return where_run(program->at, arena_print(&program->arena, "sh %s", program->path), err);
}

/* ENOEXEC. */
bool program_is_foreign(struct program *program, struct error *err)
{
	Elf64_Ehdr elf;

	if (program->at->outcome->code != ENOEXEC || program->length < 0)
		return false;
	if (program->length == 0) {
		fail_cause(err, CAUSE_EXEC_EMPTY);
		fail_why(err, "%s is an empty file", vis(program_said(program)));
		fail_fix(err, "copy it again");
		return true;
	}
	if (is_script_line(program, err))
		return true;
	bool begins = program->length >= SELFMAG && memcmp(program->head, ELFMAG, SELFMAG) == 0;
	if (!is_elf(program) && !begins) {
		fail_cause(err, CAUSE_EXEC_NO_FORMAT);
		fail_why(err, "%s begins neither with #! nor as an ELF file does", vis(program_said(program)));
		where_run(program->at, arena_print(&program->arena, "sh %s", program->path), err);
		return true;
	}
	memcpy(&elf, program->head, sizeof(elf));
	if (is_elf(program) && elf.e_machine != OWN_MACHINE && elf.e_machine != OTHER_MACHINE && OWN_MACHINE != EM_NONE) {
		fail_cause(err, CAUSE_EXEC_MACHINE);
		fail_why(err, "%s is for another architecture: its ELF header says machine %u, and this one is %u",
			 vis(program_said(program)), elf.e_machine, OWN_MACHINE);
		fail_fix(err, "a program for this architecture; or binfmt_misc with qemu-user on the host");
	} else {
		fail_cause(err, CAUSE_EXEC_DAMAGED);
		fail_why(err, is_elf(program) ? "%s begins as an ELF file of this architecture, and what follows is damaged" :
			 "%s begins as an ELF file, and ends before its header does", vis(program_said(program)));
		fail_fix(err, "copy it again: the file may be cut off");
	}
	return true;
}

/* ENOENT of a file that exists is about what it names. */
bool program_lacks(struct program *program, const char *named, struct error *err)
{
	bool script = program->head[0] == '#';
	struct stat st;

	if (!named || program->at->outcome->code != ENOENT || look_stat(program_looked_at(program->at), named, 0, &st) == 0 ||
	    !path_is_absent(errno))
		return false;
	bool carriage = script && named[0] && named[strlen(named) - 1] == '\r';
	fail_cause(err, carriage ? CAUSE_EXEC_CARRIAGE : script ? CAUSE_EXEC_NO_INTERPRETER : CAUSE_EXEC_NO_LOADER);
	if (carriage) {
		fail_why(err, "%s is there; its first line ends in CR LF, as lines of Windows do, and the kernel looks for %s", vis(program_said(program)),
			 vis(named));
		where_run(program->at, arena_print(&program->arena, "sed -i 's/[[:cntrl:]]$//' %s", program->path), err);
	} else if (script) {
		fail_why(err, "%s is there; its first line names the interpreter %s, which is not in the program's root", vis(program_said(program)),
			 vis(named));
		where_run(program->at, arena_print(&program->arena, "sh %s", program->path), err);
	} else {
		fail_why(err, "%s is there; it is dynamic, and its loader %s is not in the program's root", vis(program_said(program)), vis(named));
		fail_fix(err, "a static program needs none; or bindmount the libraries of the host below the same path");
	}
	return true;
}

/* ELOOP of a file that exists: an interpreter may be a script, and its as well, five times. */
bool program_is_too_deep(struct program *program, const char *named, struct error *err)
{
	if (program->at->outcome->code != ELOOP || !named || program->head[0] != '#' || program->by)
		return false;
	fail_cause(err, CAUSE_EXEC_DEPTH);
	fail_why(err, "the interpreter that the first line of %s names, %s, is a script, and so is its own: the kernel follows five", vis(program->path),
		 vis(named));
	return where_run(program->at, arena_print(&program->arena, "sh %s", program->path), err);
}
