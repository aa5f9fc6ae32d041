/* Every error that can be printed has a stable id: --json shows it, `explain ID` and the page of
 * errors tell it from here. A failed primitive's id is PRIMITIVE.ERRNO ("mount.EPERM"), whose cause
 * stands in its row of ops. An id that was released keeps its meaning; new ones are added.
 *
 * A row: the name in C, the id, what it means. */
#pragma once

#define ERROR_IDS(ID) \
	ID(SYSTEM, "system", "A system call that Stave made for itself failed; the errno says how.") \
	ID(STOPPED, "stopped", "Ctrl-C or a signal ended the work before it was done.") \
	\
	ID(LINE_SYNTAX, "line.syntax", "The line cannot be split into words: a quote is open, or a byte is not text.") \
	ID(LINE_LONG, "line.long", "A line holds at most 64 KiB.") \
	ID(COMMAND_UNKNOWN, "command.unknown", "No word of the vocabulary has this name.") \
	ID(COMMAND_AMBIGUOUS, "command.ambiguous", "Several words begin like this.") \
	ID(OPTION_UNKNOWN, "option.unknown", "The word has no such option.") \
	ID(OPTION_TWICE, "option.twice", "The option can be given once.") \
	ID(OPTION_VALUE, "option.value", "The option needs a value, or takes none.") \
	ID(OPTION_CONFLICT, "option.conflict", "Two options, or an option and an argument, exclude each other.") \
	ID(OPTION_CHOICE, "option.choice", "The option's value is not one of its choices.") \
	ID(OPTION_NUMBER, "option.number", "The option's value is not a number in its range.") \
	ID(ARGUMENT_MISSING, "argument.missing", "An argument is missing.") \
	ID(ARGUMENT_MANY, "argument.many", "There are more arguments than the word takes.") \
	ID(ARGUMENT_CHOICE, "argument.choice", "The argument is not one of its choices.") \
	ID(ARGUMENT_NUMBER, "argument.number", "The argument is not a number in its range.") \
	ID(ARGUMENT_INVALID, "argument.invalid", "The argument does not name anything that the word can work on.") \
	ID(LINE_FOREIGN, "line.foreign", "The line is another program's; the way out is the line to type here.") \
	ID(LINE_PIPE, "line.pipe", "The line has a pipe or redirection, which only a shell understands.") \
	\
	ID(HOST_SHARED, "host.shared", "The child still shares the namespace with the host, which would be changed.") \
	ID(HOST_LOAD, "host.load", "The load is more than this host can bear.") \
	ID(PROCESS_BARE, "process.bare", "The process has no walls that a container could have.") \
	ID(HOST_PROCESS, "host.process", "The process does not belong to the child's world.") \
	ID(PORT_USED, "port.used", "This port of the host is in use: by a process, by a container of this session, or twice on one line.") \
	ID(PORT_RESERVED, "port.reserved", "The port of the host is reserved for who has CAP_NET_BIND_SERVICE.") \
	ID(NAME_INVALID, "name.invalid", "The name has a form that names of this kind do not have.") \
	ID(NAME_USED, "name.used", "Something else has this name.") \
	ID(JOB_ABSENT, "job.absent", "No job, container or process is called so.") \
	ID(PATH_ABSENT, "path.absent", "Nothing lies at this path in the child's root.") \
	ID(PATH_HOST_ABSENT, "path.host", "Nothing lies at this path on the host.") \
	ID(PATH_KIND, "path.kind", "What lies at this path is of another kind: a folder, a file, a link.") \
	ID(PATH_ABSOLUTE, "path.relative", "The path has to begin with a slash.") \
	ID(PROGRAM_MISSING, "program.missing", "No program is named, or the root has none of this kind.") \
	ID(PROGRAM_USER, "program.user", "The user cannot be found, or has no number in the user namespace.") \
	ID(PROGRAM_ENV, "program.env", "A variable of the environment is given as NAME=VALUE.") \
	\
	ID(CAPABILITY_UNKNOWN, "capability.unknown", "No capability has this name.") \
	ID(CAPABILITY_ABSENT, "capability.absent", "The capability is not in the set that it would come from.") \
	ID(CALL_UNKNOWN, "seccomp.unknown", "No system call of this architecture has this name.") \
	ID(SECCOMP_NEEDED, "seccomp.needed", "The child itself needs the system call that the filter would deny.") \
	ID(PROFILE_ABSENT, "profile.absent", "There is no seccomp profile of this name.") \
	ID(PROFILE_FORM, "profile.form", "The file is not a seccomp profile that can be read.") \
	ID(SECCOMP_STAYS, "seccomp.stays", "A filter cannot be taken off a process.") \
	ID(SECURITY_OPTION, "security.option", "The security option is not known.") \
	ID(IDMAP_RANGE, "idmap.range", "The range of ids is not available to this user, or not mapped outside.") \
	ID(IDMAP_MOUNT, "idmap.mount", "The kernel or the file system has no idmapped mounts.") \
	ID(IDMAP_FORM, "idmap.form", "A map of ids is given as IN:OUT:COUNT, or auto.") \
	ID(IDMAP_TOOL, "idmap.tool", "newuidmap(1) or newgidmap(1) runs without the privilege that writing a map takes.") \
	ID(IDMAP_CLAIM, "idmap.claim", "The file by which sessions claim ids from each other is another user's.") \
	ID(IDMAP_NAME, "idmap.name", "The user has no name in /etc/passwd, which newuidmap(1) asks for.") \
	ID(USERNS_SAME, "userns.same", "The child is in this user namespace already.") \
	\
	ID(CGROUP_CONTROLLER, "cgroup.controller", "The controller is not available here.") \
	ID(CGROUP_UNMOUNTED, "cgroup.unmounted", "No cgroup file system with limits is mounted where the shell could reach it.") \
	ID(CGROUP_PLACE, "cgroup.place", "No control group can be made here.") \
	ID(CGROUP_BUSY, "cgroup.busy", "Processes stand where cgroup v2 allows none.") \
	ID(CGROUP_FILE, "cgroup.file", "This kernel or this version of cgroups has no such file.") \
	ID(CGROUP_NONE, "cgroup.none", "The child is in no control group of its own.") \
	ID(CGROUP_ABSENT, "cgroup.absent", "There is no such control group.") \
	ID(CGROUP_SAME, "cgroup.same", "The child is in this control group already.") \
	ID(LIMIT_VALUE, "limit.value", "The value is not one that the limit takes.") \
	ID(LIMIT_DEVICE, "limit.device", "No disk is named, or this is not one.") \
	ID(LIMIT_LIST, "limit.list", "The list of CPUs or memory nodes is not valid here.") \
	ID(LIMIT_MANY, "limit.many", "Too many limits at once.") \
	\
	ID(UNION_ABSENT, "union.absent", "No union is mounted there, or the path lies in none.") \
	ID(UNION_READ_ONLY, "union.read-only", "The union has no writable layer.") \
	ID(UNION_LAYERS, "union.layers", "The layers cannot be united like this.") \
	ID(UNION_KERNEL, "union.kernel", "This kernel cannot make the union.") \
	ID(UNION_UNNAMED, "union.unnamed", "The mount table does not name the layers.") \
	ID(VOLUME_FORM, "volume.form", "A volume is given as [SOURCE:]TARGET[:OPTIONS].") \
	ID(VOLUME_USED, "volume.used", "A running container uses the volume.") \
	ID(VOLUME_ABSENT, "volume.absent", "There is no volume of this name.") \
	ID(VOLUME_TWICE, "volume.twice", "Two volumes have the same target.") \
	\
	ID(STORE_PLACE, "store.place", "The store has no place that is yours alone.") \
	ID(STORE_DAMAGED, "store.damaged", "What the store keeps is not what was written.") \
	ID(IMAGE_ABSENT, "image.absent", "The store has no image of this name or id.") \
	ID(IMAGE_AMBIGUOUS, "image.ambiguous", "Several images match.") \
	ID(IMAGE_USED, "image.used", "A running container uses the image.") \
	ID(IMAGE_EMPTY, "image.empty", "The image has no layers, or names no program.") \
	ID(IMAGE_CONFIG, "image.config", "The image's config asks for what cannot be.") \
	ID(BUSYBOX_ABSENT, "busybox.absent", "No static busybox for the default root is on this machine.") \
	ID(READER_MISSING, "reader.missing", "A program that Stave starts is not beside it.") \
	ID(READER_WALLS, "reader.walls", "The reader of archives cannot confine itself here, and reads nothing.") \
	ID(READER_FAILED, "reader.failed", "The reader of archives ended before its work was done.") \
	ID(ARCHIVE_INVALID, "archive.invalid", "The archive is damaged, or not one that Stave reads.") \
	ID(ARCHIVE_LIMIT, "archive.limit", "The archive has more than its limit allows.") \
	ID(ARCHIVE_FORM, "archive.form", "The file or folder is not an image in a form that Stave reads.") \
	ID(ARCHIVE_DIGEST, "archive.digest", "A part of the archive is not what its digest or size says.") \
	ID(ARCHIVE_IMAGE, "archive.image", "The archive has no image of this name, or several and none was named.") \
	ID(ARCHIVE_PLATFORM, "archive.platform", "The archive has no image for this platform.") \
	ID(ARCHIVE_CHANGED, "archive.changed", "A file changed while it was read.") \
	\
	ID(NETWORK_NAME, "network.name", "The name cannot be that of a network interface.") \
	ID(NETWORK_ADDRESS, "network.address", "The argument is not an address, or not a network.") \
	ID(NETWORK_ABSENT, "network.absent", "No network of containers has this name.") \
	ID(NETWORK_TAKEN, "network.taken", "Another member of the network has the address, or none is left.") \
	ID(NETWORK_PORT, "network.port", "The argument is not a port, or the port is in use.") \
	ID(NETWORK_WORLD, "network.world", "The router has no way out: a program or a device for it is missing.") \
	ID(NETWORK_HOST, "network.host", "The word would change the host's own network.") \
	\
	ID(CHILD_ABSENT, "child.absent", "No child is called so, or it has no process.") \
	ID(CHILD_CURRENT, "child.current", "The child that lines are for cannot be removed.") \
	ID(CHILD_GONE, "child.gone", "The child, or the janitor around it, has ended.") \
	ID(CHILD_SILENT, "child.silent", "The child does not answer.") \
	ID(CHILD_FROZEN, "child.frozen", "The child's control group is frozen, so it cannot answer.") \
	ID(LEFT_ALONE, "left-alone", "What was made is not there any more, or something else is; it is not removed.") \
	ID(STORY_END, "story.end", "There are not so many steps to go back or forth.") \
	ID(SCRIPT_FAILED, "script.failed", "A command of the script failed.") \
	ID(SCRIPT_DEPTH, "script.depth", "Scripts that read scripts are nested too deep.") \
	ID(SCRIPT_KIND, "script.kind", "What was to be read as a script is not text.") \
	ID(FILE_KIND, "file.kind", "What is there is not a file that can be written as a whole.") \
	ID(CATALOG, "catalog", "The catalog of messages for your language cannot be used; they stay English.") \
	ID(REFUSED, "refused", "The question was not answered by yes.") \
	ID(VERIFY_OPEN, "verify.open", "An attempt to break out is open, or its wall is not built.") \
	ID(TRY_NOTHING, "try.nothing", "The last line that failed ran no program that could be tried again.") \
	ID(TRY_TERMINAL, "try.terminal", "The program had or asks for a terminal, and the sandbox has none.") \
	ID(TRY_OUTSIDE, "try.outside", "The session is connected to the host's network, or the program asks for one, which the sandbox does not reach.") \
	ID(TRY_SANDBOX, "try.sandbox", "The throwaway sandbox cannot be made here, or ended early; the errno says how.") \
	ID(TRY_RECURS, "try.recurs", "With all walls the failure did not come back in the sandbox.") \
	ID(TRY_STAYS, "try.stays", "Without any wall the failure was still there in the sandbox.") \
	ID(TRY_ENDED, "try.ended", "The throwaway sandbox was ended from inside before it told anything.") \
	ID(TRY_TIME, "try.time", "The time was over before the smallest set of walls was found.") \
	ID(KERNEL_ROOT, "kernel.root", "The kernel is traced by root of the whole machine alone.") \
	ID(KERNEL_TRACEFS, "kernel.tracefs", "The kernel's tracefs is not there, or an instance of it could not be used; the errno says how.") \
	ID(KERNEL_EVENT, "kernel.event", "The kernel has nothing that tells which capability it refused, or it could not be enabled.") \
	ID(KERNEL_CUT, "kernel.cut", "More was recorded than there was room for, before the program began.") \
	ID(VERIFY_FAILED, "verify.failed", "An attempt to break out could not be made.") \
	\
	ID(CHECK_FALSE, "check.false", "The expression does not hold of the child.") \
	ID(CHECK_SYNTAX, "check.syntax", "The expression is not one of the language of checks.") \
	ID(LESSON_ABSENT, "lesson.absent", "There is no such lesson.") \
	ID(LESSON_NONE, "lesson.none", "No lesson is played, or the step is not a task.") \
	ID(LESSON_OPEN, "lesson.open", "The task is not reached yet.") \
	ID(LESSON_LOCKED, "lesson.locked", "The lesson does not allow this here.") \
	ID(LESSON_NEEDS, "lesson.needs", "This machine or user lacks what the lesson needs.") \
	ID(LESSON_STATE, "lesson.state", "The lesson starts from a clean child, and you have steps or jobs.") \
	ID(LESSON_FILE, "lesson.file", "The file is not a lesson.") \
	ID(LESSON_TRUST, "lesson.trust", "The lesson did not come with Stave.")

enum error_id {
#define ID(name, id, means) ERR_##name,
	ERROR_IDS(ID)
#undef ID
};

/* One row of the table; NULL after the last. */
struct error_row { const char *id, *means; };
const struct error_row *error_row(enum error_id i);

/* The row of id, NULL when no error has it. */
const struct error_row *error_called(const char *id);
