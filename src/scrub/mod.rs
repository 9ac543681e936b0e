//! Hides secrets and strips control characters: every foreign text passes a [`Scrubber`] before it is shown or stored.
//! A secret is hidden by its pattern, and by its value once that was learnt from any source.

pub mod json;
mod patterns;
pub mod token;
pub mod url;

use std::borrow::Cow;
use std::sync::Mutex;

use regex::Captures;
use secrecy::{ExposeSecret, SecretString};

use patterns::{Rule, SECRET_PATTERNS, TOKEN};
use token::mask;

/// Characters of one text that are kept. It is the length at which the longest lines of a log are shown.
const LONGEST: usize = 4_000;
/// Bytes of the shortest value that is hidden by value: shorter ones also stand in ordinary words.
const SHORTEST_KNOWN: usize = 6;
/// Bytes of the shortest piece of a known token that is hidden.
const SHORTEST_PIECE: usize = 12;
/// Words that people write in place of a credential. They are not learnt, because the answer itself needs them.
const ORDINARY: [&str; 8] =
    ["localstack", "changeme", "password", "placeholder", "undefined", "example", "secret", "your-token"];
/// Secrets that are learnt at most; a host has a handful.
const MOST_KNOWN: usize = 1024;

/// Hides secrets and strips control characters. Shared by all probes, so that what one learns every other hides.
#[derive(Debug, Default)]
pub struct Scrubber {
    known: Mutex<Vec<SecretString>>,
}

impl Scrubber {
    /// A scrubber that knows patterns and no values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns a secret: from now on its value is hidden wherever it stands. Placeholders and short values are left out.
    pub fn learn_secret(&self, secret: &str) {
        let Ok(mut known) = self.known.lock() else { return };
        // What a terminal is not to get is taken out of every text: the value is looked for as it is and as it is shown.
        let stripped = strip_controls(secret.as_bytes());
        let written = secret.lines().map(|l| l.trim().trim_matches(['"', '\''])).chain([secret.trim()]);
        let pieces = pieces_of_token(stripped.trim());
        for part in written.chain([stripped.trim()]).chain(pieces.iter().map(String::as_str)) {
            let ordinary = part.starts_with(['$', '<']) || ORDINARY.iter().any(|w| part.eq_ignore_ascii_case(w));
            let fresh = !ordinary
                && part.len() >= SHORTEST_KNOWN
                && known.len() < MOST_KNOWN
                && !known.iter().any(|k| k.expose_secret() == part);
            if fresh {
                known.push(SecretString::from(part.to_owned()));
            }
        }
        known.sort_by_key(|k| std::cmp::Reverse(k.expose_secret().len()));
    }

    /// Learns every token in a text before its `$` references are filled in: a reference can swallow a token's beginning,
    /// and the rest would not be recognised by its pattern any more.
    pub fn learn_tokens_in(&self, text: &str) {
        for token in TOKEN.find_iter(text).map(|found| found.as_str()) {
            self.learn_secret(token);
            token.split_once('-').into_iter().for_each(|(_, rest)| self.learn_secret(rest));
        }
    }

    /// One line or value of foreign text with secrets hidden and controls stripped. Line breaks become spaces, and a text
    /// is cut at 4,000 characters.
    pub fn text(&self, text: &str) -> String {
        self.bytes(text.as_bytes())
    }

    /// One line of foreign bytes, treated as [`Self::text`] treats text.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let mut hidden = self.line(bytes);
        if let Some((end, _)) = hidden.char_indices().nth(LONGEST) {
            hidden.truncate(end);
            hidden.push('…');
        }
        hidden
    }

    /// One line of foreign bytes whose length is bounded already: it is not cut.
    pub fn line(&self, bytes: &[u8]) -> String {
        if memchr::memchr(0x1b, bytes).is_none() {
            return self.hide(&strip_controls(bytes));
        }
        // A broken escape sequence swallows the first letters after it, and with them the beginning that a secret is
        // recognised by. So secrets are hidden before and after.
        self.hide(&strip_controls(self.hide(&String::from_utf8_lossy(bytes)).as_bytes()))
    }

    /// The beginning of a foreign text, at most `longest` characters. It is cut last, because half a secret is not
    /// recognised.
    pub fn beginning(&self, text: &str, longest: usize) -> String {
        self.text(text).chars().take(longest).collect()
    }

    /// Text of several lines, each treated as [`Self::text`] does.
    pub fn lines(&self, text: &str) -> String {
        text.lines().map(|l| self.text(l)).collect::<Vec<_>>().join("\n")
    }

    /// Hides secrets in text without control characters.
    pub fn hide(&self, text: &str) -> String {
        let mut out = Cow::Borrowed(text);
        if let Ok(known) = self.known.lock() {
            for secret in known.iter().map(ExposeSecret::expose_secret) {
                if out.contains(secret) {
                    let shown = mask(secret);
                    out = Cow::Owned(out.replace(secret, if shown.starts_with("ls") { &shown } else { "***" }));
                }
            }
        }
        if TOKEN.is_match(&out) {
            out = Cow::Owned(TOKEN.replace_all(&out, |c: &Captures<'_>| hidden_token(c)).into_owned());
        }
        for Rule { needs, pattern, shown, keeps } in &SECRET_PATTERNS {
            // A masked token must survive the rule for names: `LOCALSTACK_AUTH_TOKEN=ls-...efb9` is what people compare.
            if needs.iter().any(|needed| out.contains(needed)) && pattern.is_match(&out) {
                let replaced = pattern.replace_all(&out, |c: &Captures<'_>| {
                    let kept = c.get(2).is_some_and(|value| keeps(value.as_str()));
                    if kept { whole(c) } else { expand(c, shown) }
                });
                out = Cow::Owned(replaced.into_owned());
            }
        }
        out.into_owned()
    }
}

/// Pieces of a token that a line break can leave, and what people make of it: its groups, alone and several in a row, of twelve
/// characters or more, also in capitals and with underscores.
fn pieces_of_token(text: &str) -> Vec<String> {
    if TOKEN.find(text).is_none_or(|found| found.len() != text.len()) {
        return Vec::new();
    }
    let groups: Vec<&str> = text.split('-').skip(1).collect();
    let mut pieces = Vec::new();
    for first in 0..groups.len() {
        for last in first + 1..=groups.len() {
            let run = groups.get(first..last).unwrap_or_default();
            let plain = run.join("-");
            if plain.len() >= SHORTEST_PIECE {
                pieces.extend([plain.to_ascii_uppercase(), plain.to_ascii_lowercase(), run.join("_"), plain]);
            }
        }
    }
    pieces
}

fn whole(captures: &Captures<'_>) -> String {
    captures.get(0).map_or_else(String::new, |m| m.as_str().to_owned())
}

fn expand(captures: &Captures<'_>, replacement: &str) -> String {
    let mut text = String::new();
    captures.expand(replacement, &mut text);
    text
}

fn hidden_token(captures: &Captures<'_>) -> String {
    let text = whole(captures);
    let shown = mask(&text);
    if shown.starts_with("ls") { shown } else { "ls-***".to_owned() }
}

/// Makes bytes harmless on a terminal: takes out escape sequences, control characters, and invisible or reordering marks.
pub fn strip_controls(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let stripped;
    let plain = if memchr::memchr(0x1b, bytes).is_some() {
        // In invalid UTF-8, a sequence that is never closed would swallow the rest of the text: repair the text first.
        stripped = anstream::adapter::strip_str(&String::from_utf8_lossy(bytes)).to_string();
        Cow::Borrowed(stripped.as_str())
    } else {
        String::from_utf8_lossy(bytes)
    };
    plain
        .chars()
        .filter_map(|c| match c {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if c.is_control() => Some('\u{FFFD}'),
            '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{061C}'
            | '\u{00AD}' => None,
            // Variation selectors and skin tones: terminals do not agree on the columns that these take.
            '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' => None,
            '\u{E0000}'..='\u{E007F}' => None,
            c => Some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

    #[test]
    fn secrets_are_hidden_by_pattern() {
        let s = Scrubber::new();
        let cases = [
            (format!("token {TOKEN}."), "token ls-...9e7c."),
            (format!("LOCALSTACK_AUTH_TOKEN={TOKEN}"), "LOCALSTACK_AUTH_TOKEN=ls-...9e7c"),
            (format!(r"b'\n{TOKEN}\n' {TOKEN}_2"), r"b'\nls-...9e7c\n' ls-...9e7c_2"),
            ("tools-12345678-1234-1234-1234-123456789012".into(), "tools-12345678-1234-1234-1234-123456789012"),
            ("LOCALSTACK_API_KEY=abcdefghij".into(), "LOCALSTACK_API_KEY=***"),
            (r#"{"license_secret": "c2VjcmV0", "id": 1}"#.into(), r#"{"license_secret": ***, "id": 1}"#),
            ("http://user:p#w@proxy:3128/".into(), "http://***@proxy:3128/"),
            ("Authorization: Basic dXNlcjpwdw==".into(), "Authorization: Basic ***"),
            ("{'authorization': 'Basic dXNlcjpwdw=='}".into(), "{'authorization': 'Basic ***'}"),
            ("http://user:p@w@proxy:3128/".into(), "http://***@proxy:3128/"),
            ("key AKIAIOSFODNN7EXAMPLE".into(), "key ***aws-key***"),
            ("key ASIAIOSFODNN7EXAMPLEé".into(), "key ***aws-key***é"),
            ("proxy_password:\u{a0}hunter2-ü".into(), "proxy_password:\u{a0}***"),
            ("t eyJhbGciOiJub25l.eyJzdWIiOiJ4.c2ln".into(), "t ***jwt***"),
            ("mail jane.doe@example.org now".into(), "mail ***@*** now"),
            ("a ghp_0123456789abcdef b glpat-0123456789ab".into(), "a ***token*** b ***token***"),
            ("https://hooks.slack.com/services/T0/B0/xyz".into(), "https://hooks.slack.com/services/***"),
            ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE".into(), "-----BEGIN RSA PRIVATE KEY-----***"),
            ("GET https://h/x?a=1&sig=abc%2Fd&b=2".into(), "GET https://h/x?a=1&sig=***&b=2"),
            (
                "DefaultEndpointsProtocol=https;AccountKey=abc+/d==".into(),
                "DefaultEndpointsProtocol=https;AccountKey=***",
            ),
            ("DB_PASS=ab,cdef PGPASSWORD=$ecret1 MY_PWD=httpsecret".into(), "DB_PASS=*** PGPASSWORD=*** MY_PWD=***"),
        ];
        for (text, expected) in cases {
            assert_eq!(s.text(&text), expected);
        }
    }

    #[test]
    fn a_secret_is_hidden_by_its_name_and_its_header_at_any_depth_of_escapes() {
        let s = Scrubber::new();
        let secret = "Lk8Vz3Wq7Xn5Rm2T";
        for shape in [
            r#"{"m": "sent {\"Authorization\": \"Basic ¤\", \"ls-api-key\": \"¤\"}"}"#,
            r#"{"m": "{\"m\": \"{\\\"password\\\": \\\"¤\\\"}\"}"}"#,
            r"http:\/\/bob:¤@h\/x",
            "Authorization: ApiKey ¤",
            r#"Authorization: Digest username="u", response="¤""#,
            "Cookie: session=¤",
            "'X-Amz-Security-Token': b'¤'",
            "secretKey: ¤",
            r#"{"accessToken":"¤"}"#,
            r#"{"auths":{"h":{"auth":"¤"}}}"#,
            "//r/:_auth=¤",
            "license_key=¤",
            "GET /cb?code=¤&state=1",
            "DB_PASSWORD=***¤",
            "MY_SECRET=ls-FAKEfake-fake-fake-fake-notareal9e7c:¤",
            r"b'\nghp_¤'",
        ] {
            let text = s.text(&shape.replace('¤', secret));
            assert!(!text.contains(secret), "{text}");
        }
    }

    #[test]
    fn messages_about_variables_stay_readable() {
        let s = Scrubber::new();
        for text in [
            "Please make sure to set the LOCALSTACK_AUTH_TOKEN variable to a valid auth token.",
            "please specify either LOCALSTACK_API_KEY or LOCALSTACK_AUTH_TOKEN, not both",
            "==> Have an account? Learn how to set LOCALSTACK_AUTH_TOKEN: https://app.localstack.cloud/settings/auth-tokens",
            "LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:-}",
            "authentication required: set LOCALSTACK_AUTH_TOKEN or run in interactive mode",
            "Calculated signature and license signature do not match.",
        ] {
            assert_eq!(s.text(text), text);
        }
    }

    #[test]
    fn a_learned_value_is_hidden_everywhere() {
        let s = Scrubber::new();
        s.learn_secret("hunter2-hunter2\n");
        assert_eq!(s.text("a hunter2-hunter2 b"), "a *** b");
    }

    #[test]
    fn a_token_that_was_met_is_hidden_without_its_beginning_too() {
        let s = Scrubber::new();
        s.learn_tokens_in(&format!("include: a$NAME{TOKEN}"));
        assert_eq!(s.text(&format!("{TOKEN} a{}", &TOKEN[2..])), "ls-...9e7c a-***");
    }

    #[test]
    fn an_escape_sequence_saves_no_secret() {
        let s = Scrubber::new();
        s.learn_secret("mysecretkey");
        assert_eq!(s.text(&format!("\x1b[31m{TOKEN}\x1b[0m \x1b{TOKEN}")), "ls-...9e7c s-...9e7c");
        assert!(!s.text("\x1b[mysecretkey").contains("secretkey"));
    }

    #[test]
    fn nothing_reaches_a_terminal_raw() {
        let cases: [(&[u8], &str); 8] = [
            (b"\x1b[31mred\x1b[0m", "red"),
            (b"\x1b]52;c;aGk=\x07x", "x"),
            (b"a\x00b\x07", "a\u{FFFD}b\u{FFFD}"),
            ("rtl\u{202e}abc\u{2066}".as_bytes(), "rtlabc"),
            ("a\u{9b}31mb".as_bytes(), "a\u{FFFD}31mb"),
            (b"tab\tx\r\n", "tab x"),
            ("⚠\u{FE0F} 👍🏽 👩\u{200D}👧".as_bytes(), "⚠ 👍 👩👧"),
            (b"\xffbad \x1b[1mx", "\u{FFFD}bad x"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(strip_controls(bytes), expected);
        }
    }
}
