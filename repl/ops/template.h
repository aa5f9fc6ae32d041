/* The templates of the table's rows: how an op is said as a C call, as a command, as a sentence.
 * A slot is replaced by what the op has in the field it names:
 *
 *   {field}            as it stands in a call; a string without quotes
 *   {field|c}          a C string (NULL for none); a list: its strings, separated by commas;
 *                      bytes: a string, or 0x and their digits where they are not text
 *   {field|sh}         a word of the shell; a list: words. Of a descriptor both say the path
 *   {field|first}      the first string of a list, as C
 *   {field|length}     how many bytes the string has
 *   {field|hex}        a number in hexadecimal
 *   {field|option}     a constant as a command's option: its name behind the "_", in small letters
 *   {field|numbers}    a device's two numbers
 *   {field|root}       a path looked up below the root that is held: openat2(root, ...)
 *   {field|parent}     the same for the folder of its last part, and that part
 *   {field?text}       text, where the field is set (not NULL, 0, false, or OP_NO_ID)
 *   {field!text}       text, where it is not
 *   {field&FLAG?text}  text, where it has that flag
 *
 * text may hold slots. Any other brace stands for itself. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "ops/op.h"

struct text;

/* Append a template, its slots filled from op. pid is the child's, 0 for none. */
void template_fill(const char *template, const struct op *op, pid_t pid, struct text *text);

/* Whether each slot of a template names a field of the row, a flag of that field and a way of saying
 * it that there is. */
bool template_fits(const char *template, const struct op_info *info);
