/* words/language: a typed line to checked words: quoting, arguments, usage.
 * May include: ops snapshot base.
 * Never: knows a word by name.
 * Begin at: command.h. */
#pragma once
