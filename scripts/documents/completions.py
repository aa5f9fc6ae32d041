"""Completion of stave's own command line for bash, zsh and fish, from stave --describe."""
from vocabulary import described

FILES = ('FILE',)  # values of options that are paths


def forms(option):
    """The spellings of an option: -c, --command."""
    return (['-' + option['letter']] if option['letter'] else []) + ['--' + option['name']]


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def bash(about):
    words = ' '.join(form for option in about['options'] for form in forms(option))
    valued = [form for option in about['options'] if option['value'] and option['value'] not in FILES
              for form in forms(option)]
    commands = ' '.join(word['name'] for word in about['words'] if word['name'].isalpha())
    return '''# bash completion for stave. Made by scripts/docs from stave --describe.
_stave() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	case $before in
	%s) mapfile -t COMPREPLY < <(compgen -W %s -- "$word"); return ;;
	esac
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W %s -- "$word") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	esac
}
complete -o filenames -F _stave stave
''' % (' | '.join(valued), quoted(commands), quoted(words))


def zsh(about):
    commands = ' '.join(word['name'] for word in about['words'] if word['name'].isalpha())
    lines = ['#compdef stave', '# Made by scripts/docs from stave --describe.', '_arguments \\']
    for option in about['options']:
        means = option['means'].replace('[', '(').replace(']', ')').replace(':', ',')
        value = ''
        if option['value'] in FILES:
            value = ':file:_files'
        elif option['value']:
            value = ':command:(%s)' % commands
        for form in forms(option):
            lines.append('  %s \\' % quoted('%s[%s]%s' % (form, means, value)))
    return '\n'.join(lines + ["  '*:script:_files'"]) + '\n'


def fish(about):
    commands = ' '.join(word['name'] for word in about['words'] if word['name'].isalpha())
    lines = ['# fish completion for stave. Made by scripts/docs from stave --describe.']
    for option in about['options']:
        line = 'complete -c stave -l %s' % option['name']
        if option['letter']:
            line += ' -s ' + option['letter']
        if option['value'] in FILES:
            line += ' -r'
        elif option['value']:
            line += ' -x -a ' + quoted(commands)
        lines.append(line + ' -d ' + quoted(option['means']))
    return '\n'.join(lines) + '\n'


def completions(stave):
    """{path below docs/completions: text}"""
    about = described(stave)
    return {'stave.bash': bash(about), '_stave': zsh(about), 'stave.fish': fish(about)}
