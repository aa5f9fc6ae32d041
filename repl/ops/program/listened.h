/* A program whose calls somebody is asked about: seccomp_unotify(2). */
#pragma once

/* What a process is called that has loaded the filter and not yet become the program: comm of proc(5). */
#define LISTENED_NAME "stave-begins"

/* Load a filter that has the kernel ask about every call, and send its listener through the socket gate, beside
 * an errno of 0; or the errno with which it was refused. That sendmsg(2) is the one call that nobody is asked about:
 * it is known by its arguments, the address of the message among them, which execve(2) moves. 0, or -1 where
 * there is no listener. */
int program_listen(int gate);
