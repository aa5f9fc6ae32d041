/* System calls by name and by number, and architectures: of this one where none is given. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The number of any call, by libseccomp; -1 where this architecture has none of that name. */
int call_number(const char *name);

/* The name of a number, "" for none; ret has room for 40 bytes. */
const char *call_name(int number, char *ret);

/* Whether the call, made with arguments that mean nothing, is answered with ENOSYS, or with EPERM although it is one for which the kernel
 * asks for no privilege. false for one that is not known to be harmless then. */
bool call_refused(const char *name, int code);

/* The call whose name is most like this one, NULL when none is near. ret has room for 40 bytes. */
const char *call_near(const char *name, char *ret);

/* What libseccomp calls an architecture of the kernel's, AUDIT_ARCH_*: "x86_64"; NULL for one that it is not known to
 * have. And back: 0 for none. */
const char *architecture_name(uint32_t architecture);
uint32_t architecture_of(const char *name);

/* The same of any architecture's calls: "" and -1 for none. */
const char *call_name_on(uint32_t architecture, int number, char *ret);
int call_number_on(uint32_t architecture, const char *name);
