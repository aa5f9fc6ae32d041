"""The manual page stave(1), from what the program says of itself."""
from vocabulary import described, groups, names_of, rows

HEAD = r'''.\" Made by scripts/docs from stave --describe.
.TH STAVE 1 "" "%s" "User Commands"
.SH NAME
stave \- build a Linux container by hand, one kernel primitive at a time
.SH SYNOPSIS
.B stave
.RI [ OPTION ]...
.RI [ FILE ]
.br
.B stave
.RI [ OPTION ]...
.B \-c
.I COMMANDS
.SH DESCRIPTION
Stave is a shell with one child process. Each command performs one primitive of the kernel on
that child: a namespace, a mount, a change of root, a limit. After each it shows the system
call, and what /proc says has changed. The words
.B undo
and
.B reset
take it back, and whatever is built, the host is unchanged when Stave ends.
'''
TAIL = r'''.SH FILES
.TP
.I $XDG_STATE_HOME/stave/history
the lines typed at the prompt (without XDG_STATE_HOME: ~/.local/state/stave/history)
.TP
.I $XDG_STATE_HOME/stave/progress
how far the user is in each lesson
.TP
.IR $XDG_DATA_HOME/stave ", or " /var/lib/stave " for root"
the store: images, their layers, volumes, and the root file system made from busybox
(without XDG_DATA_HOME: ~/.local/share/stave)
.TP
.IR $XDG_RUNTIME_DIR/stave ", " /run/stave " for root, " /run/user/UID/stave ", or " /tmp/stave\-UID
what sessions have made on the host and have to take back; the first of these whose parent can be
used
.TP
.IR lessons/ ", or " PREFIX/share/stave/lessons
the lessons: a folder beside the program, or where they were installed
.TP
.IR stave\-probe ", " stave\-archive
programs that Stave starts itself, beside it or in
.I ../libexec/stave
.TP
.IR /etc/subuid ", " /etc/subgid
the ranges of ids that newuidmap(1) lets an ordinary user map (unshare user \-\-map auto)
.SH ENVIRONMENT
.TP
.B HOME
the user's folder. If it belongs to another user, no history and no progress are kept
.TP
.BR XDG_STATE_HOME ", " XDG_DATA_HOME ", " XDG_RUNTIME_DIR
where history and progress, the store, and the record of what was made on the host are; each has to
be an absolute path
.TP
.B STAVE_LESSONS
the folder of the lessons, with en/ and zh/ in it; catalogs of messages are looked for in ../po from
there, and then beside the program
.TP
.B STAVE_TRACE
what Stave reports of itself on standard error, for debugging: wire (messages
to the child), read (readings of a process), undo (what is taken back on the host), signals, errors
(the id of each), separated by commas
.TP
.BR LC_ALL ", " LC_CTYPE ", " LANG
the first that is set decides whether Stave prints marks beyond ASCII
.TP
.BR LANGUAGE ", " LC_ALL ", " LC_MESSAGES ", " LANG
the language of messages and lessons, as gettext(3) takes it: the first of the last three that is set;
unless that is C or POSIX, LANGUAGE takes precedence, a list separated by colons. The locale need not be
installed. What programs read stays English: \-\-json, \-\-describe, ids
.TP
.B TERM
the kind of terminal: dumb has no colours and no live screens. Programs that run on a terminal of
their own inherit it
.TP
.B PAGER
the program that shows help that is longer than the screen; less where it is not set
.TP
.B NO_COLOR
no colours, if it is set and not empty
.TP
.BR INPUTRC ", " TERMINFO ", " TERMINFO_DIRS ", " TERMCAP ", " TERMPATH
read by readline(3) and ncurses(3), but not under sudo or with a HOME of another user
.TP
.B SUDO_UID
set by sudo(8): root then ignores XDG_DATA_HOME and the variables above
.PP
Programs inside the child get a clean environment: PATH, HOME, TERM, HOSTNAME and what \-e sets.
.SH SEE ALSO
.BR namespaces (7),
.BR cgroups (7),
.BR capabilities (7),
.BR unshare (1),
.BR nsenter (1),
.BR clone (2),
.BR setns (2),
.BR mount (2),
.BR pivot_root (2)
'''


def roff(text):
    """Text as it is, for a line of roff."""
    text = text.replace('\\', r'\e').replace('-', r'\-')
    return r'\&' + text if text[:1] in ".'" else text


def row(name, means):
    return ['.TP', '.B ' + roff(name), roff(means)]


def word_section(word):
    result = ['.SS ' + roff(word['name']), '.B ' + roff(word['usage'])]
    for paragraph in (word['explain'] or word['summary']).split('\n\n'):
        lines = paragraph.split('\n')
        result.append('.PP')
        if lines[0].startswith('  '):
            result += ['.nf'] + [roff(line) for line in lines] + ['.fi']
        else:
            result.append(roff(' '.join(lines)))
    for name, means in rows(word):
        result += row(name, means)
    if word['example']:
        result += ['.PP', 'Example:', '.PP', '.nf', '.RS 4']
        result += [roff(line) for line in word['example'].split('\n')] + ['.RE', '.fi']
    return result


def manual(stave):
    about = described(stave)
    lines = [HEAD % ('stave ' + about['version']) + '.SH OPTIONS']
    for option in about['options']:
        lines += row(names_of(option), option['means'])
    lines.append('.SH COMMANDS')
    for heading, words in groups(stave):
        lines += ['.PP', '.I ' + roff(heading + '.')]
        for word in words:
            lines += word_section(word)
    lines.append('.SH EXIT STATUS')
    for status, means in about['status'].items():
        lines += row(status, means)
    lines += ['.PP', 'container ... \\-\\- CMD and run as the last command end with the status of CMD.']
    return '\n'.join(lines) + '\n' + TAIL
