"""What a terminal shows: enough of one to follow stave and readline, line by line."""
import re
import unicodedata

COLORS = {'31': 'error', '32': 'added', '33': 'missing', '35': 'removed', '36': 'own', '1': 'bold', '2': 'dim'}
SEQUENCE = re.compile(r'\x1b\[([0-9;?]*)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78]|\x1b\][^\x07]*\x07')
BEGUN = re.compile(r'\x1b(?:\[[0-9;?]*|[()]|\][^\x07]*)?\Z')  # what comes next belongs to it


class Terminal:
    """Rows of (character, style); nothing scrolls away."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = [[]]
        self.row = self.column = 0
        self.style = ''
        self.begun = ''

    def put(self, character):
        wide = unicodedata.east_asian_width(character) in 'WF'
        if self.column + wide >= self.columns:
            self.feed_line()
            self.column = 0
        row = self.rows[self.row]
        row.extend([(' ', '')] * (self.column + 1 - len(row)))
        row[self.column] = (character, self.style)
        self.column += 1
        if wide:
            row.insert(self.column, ('', self.style))
            self.column += 1

    def feed_line(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def control(self, parameters, letter):
        number = int(parameters) if parameters.isdigit() else 1
        if letter == 'm':
            words = [COLORS[word] for word in parameters.split(';') if word in COLORS]
            self.style = ' '.join(words) if words else ''
        elif letter == 'K':
            del self.rows[self.row][self.column:]
        elif letter == 'C':
            self.column = min(self.column + number, self.columns - 1)
        elif letter == 'D':
            self.column = max(self.column - number, 0)
        elif letter == 'A':
            self.row = max(self.row - number, 0)

    def feed(self, text):
        text = self.begun + text
        begun = BEGUN.search(text)
        self.begun = begun.group() if begun else ''
        text = text[:len(text) - len(self.begun)]
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if found:
                if found.group(2):
                    self.control(found.group(1), found.group(2))
                at = found.end()
                continue
            character = text[at]
            if character == '\n':
                self.feed_line()
            elif character == '\r':
                self.column = 0
            elif character == '\b':
                self.column = max(self.column - 1, 0)
            elif character == '\t':
                self.column = (self.column // 8 + 1) * 8
            elif character >= ' ':
                self.put(character)
            at += 1

    def lines(self):
        return [''.join(cell[0] for cell in row).rstrip() for row in self.rows]
