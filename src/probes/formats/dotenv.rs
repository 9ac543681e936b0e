//! Reads files of `NAME=value` lines the way python-dotenv does, which LocalStack's CLI uses.
//! No value is ever part of an error, because any value can be a secret.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

/// An env file is a few kilobytes.
pub const LARGEST_FILE: u64 = 1 << 20;
/// The most variables that are read from one file; a larger environment could not be passed to a process.
const MOST_ENTRIES: usize = 20_000;
/// An expanded value longer than this stays as it is written.
const LONGEST_VALUE: usize = 64 << 10;
/// The most bytes that all values of a file may have together; a larger environment could not be passed to a process.
pub const LARGEST_ENVIRONMENT: usize = 2 << 20;

/// A variable in an env file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value; nothing when the line has no equals sign.
    pub value: Option<SecretString>,
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// Whether the value stands in single quotes, which compose takes literally.
    pub literal: bool,
}

/// The variables in a text, in order. A statement that makes no sense is left out, and those after it count.
pub fn parse(text: &str) -> Vec<Entry> {
    let mut reader = Reader { rest: text.strip_prefix('\u{FEFF}').unwrap_or(text), line: 1 };
    let mut entries = Vec::new();
    while entries.len() < MOST_ENTRIES {
        reader.skip(char::is_whitespace);
        if reader.rest.is_empty() {
            break;
        }
        let line = reader.line;
        match reader.statement() {
            Some(Statement::Comment) => {}
            Some(Statement::Variable { name, value, literal }) => {
                entries.push(Entry { name, value: value.map(SecretString::from), line, literal });
            }
            None => reader.skip(|c| !is_break(c)),
        }
    }
    entries
}

/// Expands `${NAME}` and `${NAME:-default}`, and not `$NAME`: variables of the environment first, then earlier ones of the
/// file. What would make the environment too large stays as it is written.
pub fn expand<'a>(entries: Vec<Entry>, environment: impl Fn(&str) -> Option<&'a str>) -> Vec<Entry> {
    let mut known: BTreeMap<String, SecretString> = BTreeMap::new();
    let mut expanded = Vec::with_capacity(entries.len());
    let mut room = LARGEST_ENVIRONMENT;
    for mut entry in entries {
        entry.value = entry.value.map(|value| {
            let lookup = |name: &str| {
                environment(name).or_else(|| known.get(name).map(ExposeSecret::expose_secret)).map(str::to_owned)
            };
            expand_value(value.expose_secret(), room.min(LONGEST_VALUE), lookup).map_or(value, SecretString::from)
        });
        if let Some(value) = &entry.value {
            room = room.saturating_sub(value.expose_secret().len());
            known.insert(entry.name.clone(), value.clone());
        }
        expanded.push(entry);
    }
    expanded
}

fn expand_value(value: &str, longest: usize, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inner, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = inner.split_once(":-").map_or((inner, ""), |(name, default)| (name, default));
        if name.contains(':') {
            out.push_str("${");
            rest = after;
            continue;
        }
        out.push_str(&lookup(name).unwrap_or_else(|| default.to_owned()));
        if out.len() > longest {
            return None;
        }
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

enum Statement {
    Comment,
    Variable { name: String, value: Option<String>, literal: bool },
}

struct Reader<'a> {
    rest: &'a str,
    line: u64,
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && !is_break(c)
}

impl<'a> Reader<'a> {
    /// Takes characters as long as they fit.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.line += breaks(taken);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, fits: impl Fn(char) -> bool) {
        self.take(fits);
    }

    fn eat(&mut self, text: &str) -> bool {
        self.rest.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    fn statement(&mut self) -> Option<Statement> {
        if self.rest.strip_prefix("export").is_some_and(|r| r.starts_with(is_blank)) {
            self.eat("export");
            self.skip(is_blank);
        }
        if self.rest.starts_with('#') {
            self.skip(|c| !is_break(c));
            return Some(Statement::Comment);
        }
        let quoted = self.rest.strip_prefix('\'');
        let name = if let Some(rest) = quoted {
            rest.find('\'')?;
            self.eat("'");
            let name = self.take(|c| c != '\'');
            self.eat("'");
            name
        } else {
            self.take(|c| c != '=' && c != '#' && !c.is_whitespace())
        };
        if name.is_empty() {
            return None;
        }
        self.skip(is_blank);
        let mut literal = false;
        let value = if self.eat("=") {
            let blanks = self.take(is_blank);
            literal = self.rest.starts_with('\'');
            Some(self.value(!blanks.is_empty())?)
        } else {
            None
        };
        self.skip(is_blank);
        if self.rest.starts_with('#') {
            self.skip(|c| !is_break(c));
        }
        let ended = self.rest.is_empty() || self.rest.starts_with(is_break);
        ended.then(|| Statement::Variable { name: name.to_owned(), value, literal })
    }

    fn value(&mut self, after_blanks: bool) -> Option<String> {
        if self.eat("'") {
            return self.quoted('\'');
        }
        if self.eat("\"") {
            return self.quoted('"');
        }
        if after_blanks && self.rest.starts_with('#') {
            return Some(String::new());
        }
        let part = self.take(|c| !is_break(c));
        Some(uncommented(part).trim_end().to_owned())
    }

    /// The rest of a quoted value, with its escapes resolved. An unclosed quote spoils this statement alone.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                let (taken, rest) = self.rest.split_at_checked(at)?;
                self.line += breaks(taken);
                self.rest = rest.strip_prefix(quote)?;
                return Some(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            let (_, next) = chars.next()?;
            match unescaped(next, quote) {
                Some(plain) => out.push(plain),
                None => out.extend(['\\', next]),
            }
        }
        None
    }
}

fn breaks(text: &str) -> u64 {
    let feeds = text.matches('\n').count();
    let alone = text.matches('\r').count() - text.matches("\r\n").count();
    u64::try_from(feeds + alone).unwrap_or(u64::MAX)
}

const fn unescaped(c: char, quote: char) -> Option<char> {
    Some(match c {
        '\\' | '\'' => c,
        _ if quote == '\'' => return None,
        '"' => '"',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        _ => return None,
    })
}

/// A comment begins at a number sign after white space.
fn uncommented(part: &str) -> &str {
    let mut before = None;
    for (at, c) in part.char_indices() {
        if c == '#' && before.is_some_and(char::is_whitespace) {
            return part.get(..at).unwrap_or(part);
        }
        before = Some(c);
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<(String, Option<String>, u64)> {
        let shown = |e: Entry| (e.name, e.value.map(|v| v.expose_secret().to_owned()), e.line);
        parse(text).into_iter().map(shown).collect()
    }

    #[test]
    fn values_are_read_as_python_dotenv_reads_them() {
        let cases: [(&str, Option<&str>); 24] = [
            ("K=v", Some("v")),
            ("export K=v", Some("v")),
            ("K = v", Some("v")),
            ("K", None),
            ("K=", Some("")),
            ("K=v # c", Some("v")),
            ("K=v#c", Some("v#c")),
            ("K=#c", Some("#c")),
            ("K= # c", Some("")),
            ("K= #c #d", Some("")),
            ("K=a b  ", Some("a b")),
            ("K='a $B #c'", Some("a $B #c")),
            (r"K='a\'b\n'", Some(r"a'b\n")),
            (r#"K="a\nb\"" # c"#, Some("a\nb\"")),
            ("K=\"a\nb\"", Some("a\nb")),
            ("\u{FEFF}K=v", Some("v")),
            ("K=v\r\n", Some("v")),
            ("'K'=v", Some("v")),
            ("K=$A", Some("$A")),
            ("K=a=b", Some("a=b")),
            ("K=\"\"", Some("")),
            (r"K='\'", None),
            ("K=\tv", Some("v")),
            ("K=it's", Some("it's")),
        ];
        for (text, value) in cases {
            let got = plain(text);
            if text == r"K='\'" {
                assert_eq!(got, [], "an unclosed quote is no variable");
                continue;
            }
            assert_eq!(got.first().map(|(n, v, _)| (n.as_str(), v.as_deref())), Some(("K", value)), "{text:?}");
        }
    }

    #[test]
    fn a_broken_statement_spoils_itself_alone_and_lines_are_counted() {
        let text = "# c\nA=1\n\nB=\"x\ny\"\nC=\"unclosed\nD=2\nE='q' rest\nF-G=3\n=5\nH=4";
        let names: Vec<_> = plain(text).into_iter().map(|(n, _, l)| (n, l)).collect();
        let expected = [("A", 2), ("B", 4), ("D", 7), ("F-G", 9), ("H", 11)];
        assert_eq!(names, expected.map(|(n, l)| (n.to_owned(), l)));
    }

    #[test]
    fn only_braces_are_expanded_and_the_environment_wins() {
        let environment = |name: &str| (name == "X").then_some("env");
        let text = "X=file\nA=${X}\nB=$X\nC=${NO:-d}-${NO}\nD=${A}${\nE=${X:+no}";
        let got: Vec<_> =
            expand(parse(text), environment).into_iter().map(|e| e.value.unwrap().expose_secret().to_owned()).collect();
        assert_eq!(got, ["file", "env", "$X", "d-", "env${", "${X:+no}"]);
    }

    #[test]
    fn expansion_cannot_fill_memory() {
        let mut text = format!("A={}\n", "x".repeat(1000));
        for (name, before) in [("B", "A"), ("C", "B"), ("D", "C"), ("E", "D")] {
            text.push_str(&format!("{name}={}\n", format!("${{{before}}}").repeat(100)));
        }
        text.push_str(&"F=${C}\n".repeat(MOST_ENTRIES));
        let expanded = expand(parse(&text), |_| None);
        let lengths: Vec<usize> =
            expanded.iter().filter_map(|e| Some(e.value.as_ref()?.expose_secret().len())).collect();
        assert!(lengths.iter().all(|length| *length < 2 * LONGEST_VALUE));
        assert!(lengths.iter().sum::<usize>() <= LARGEST_ENVIRONMENT + text.len());
    }

    #[test]
    fn debug_output_has_no_value() {
        assert!(!format!("{:?}", parse("LOCALSTACK_AUTH_TOKEN=ls-marked")).contains("marked"));
    }
}
