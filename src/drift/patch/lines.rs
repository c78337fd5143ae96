//! The lines of a TOML text: where those begin and end that belong to a place.

/// A text by lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// How its lines end.
    pub(super) ending: &'static str,
}

/// The line in which a byte stands.
pub(super) fn line(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[start..].split('\n').next().unwrap_or_default()
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, ending: if text.contains("\r\n") { "\r\n" } else { "\n" } }
    }

    /// A text of ours with this text's line ends.
    pub(super) fn ended(&self, text: &str) -> String {
        text.replace("\r\n", "\n").replace('\n', self.ending)
    }

    /// Where the line begins.
    fn start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the next line begins, or the text ends.
    pub(super) fn next(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// Whether what stands before this place ends its line.
    pub(super) fn is_ended(&self, at: usize) -> bool {
        at == 0 || self.text[..at].ends_with('\n')
    }

    /// Whether nothing stands before it in its line.
    pub(super) fn begins(&self, at: usize) -> bool {
        self.indent(at).len() == at - self.start(at)
    }

    /// Whether nothing but a comment stands after it in its line.
    pub(super) fn ends(&self, at: usize) -> bool {
        let rest = self.text[at..].split('\n').next().unwrap_or_default().trim_start();
        rest.is_empty() || rest.starts_with('#')
    }

    /// The white space at the beginning of the line.
    pub(super) fn indent(&self, at: usize) -> &'a str {
        let line = &self.text[self.start(at)..at];
        &line[..line.len() - line.trim_start().len()]
    }

    /// Where a line begins together with the comment right above it.
    pub(super) fn head(&self, at: usize) -> usize {
        let mut head = self.start(at);
        while head > 0 && self.text[self.start(head - 1)..head].trim_start().starts_with('#') {
            head = self.start(head - 1);
        }
        head
    }

    /// Past the empty lines that begin here.
    pub(super) fn empty(&self, mut at: usize) -> usize {
        while at < self.text.len() && self.text[at..self.next(at)].trim().is_empty() {
            at = self.next(at);
        }
        at
    }

    /// Whether a comma follows, and the place after it; else the place itself.
    pub(super) fn comma(&self, at: usize) -> (bool, usize) {
        let mut rest = self.text[at..].trim_start();
        // A comma may stand below a comment.
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, below)| below).trim_start();
        }
        if rest.starts_with(',') { (true, self.text.len() - rest.len() + 1) } else { (false, at) }
    }

    /// The comma before a place that has none after it, or the place itself.
    pub(super) fn comma_before(&self, at: usize) -> usize {
        let before = self.text[..at].trim_end();
        if before.ends_with(',') { before.len() - 1 } else { at }
    }

    /// Past the spaces that begin here, in the same line.
    pub(super) fn blanks(&self, at: usize) -> usize {
        self.text.len() - self.text[at..].trim_start_matches([' ', '\t']).len()
    }
}
