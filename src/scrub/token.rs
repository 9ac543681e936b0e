//! Reads the shape of a credential, and masks its text.
//! The text goes in and comes out as prefix and checksum alone: `ls-...9e7c`.

use md5::{Digest, Md5};

use crate::observations::{Flaw, TokenShape};

/// What Docker Sandboxes put in the place of a secret: their proxy fills in the real one on its way out.
const STAND_IN: &str = "proxy-managed";

/// Length of the five groups after the prefix.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Characters after the prefix, hyphens included.
const BODY: usize = 36;
/// Characters of the checksum at the end.
const CHECKSUM: usize = 4;

/// Tells the shape of an auth token, read as LocalStack reads it: quotes and spaces around it do not count, line breaks do.
pub fn token_shape(text: &str) -> TokenShape {
    if text.is_empty() {
        return TokenShape::Empty;
    }
    if text == STAND_IN {
        return TokenShape::Opaque;
    }
    let token = text.trim_matches([' ', '"', '\'']);
    if token.trim().is_empty() {
        return TokenShape::Blank;
    }
    let flaws = flaws(token);
    match split_prefix(token) {
        Some((prefix, _)) if flaws.is_empty() => TokenShape::WellFormed { prefix: prefix.to_owned() },
        _ => TokenShape::Malformed { flaws },
    }
}

/// Tells the shape of an API key. Its variable may hold a token as well.
pub fn key_shape(text: &str) -> TokenShape {
    let key = text.trim_matches([' ', '"', '\'']);
    match token_shape(text) {
        TokenShape::Malformed { flaws } if !key.starts_with("ls-") => {
            let plain: Vec<_> = flaws
                .into_iter()
                .filter(|f| {
                    matches!(
                        f,
                        Flaw::Unexpanded
                            | Flaw::Placeholder
                            | Flaw::TestLiteral
                            | Flaw::Newline
                            | Flaw::Tab
                            | Flaw::InnerSpace
                            | Flaw::NotAscii
                    )
                })
                .collect();
            if plain.is_empty() { TokenShape::Opaque } else { TokenShape::Malformed { flaws: plain } }
        }
        shape => shape,
    }
}

/// Hides a credential: prefix and checksum of what has a token's layout, nothing but the length of anything else.
pub fn mask(text: &str) -> String {
    let token = text.trim_matches([' ', '"', '\'']).trim();
    if token.is_empty() {
        return String::new();
    }
    match split_prefix(token) {
        Some((prefix, body)) if layout_is_right(body) => {
            let checksum: String = body.chars().skip(BODY - CHECKSUM).collect();
            format!("{prefix}...{checksum}")
        }
        _ => format!("...({} characters)", token.chars().count()),
    }
}

fn split_prefix(token: &str) -> Option<(&str, &str)> {
    let (prefix, body) = token.split_once('-')?;
    let letters = prefix.strip_prefix("ls")?;
    letters.chars().all(|c| c.is_ascii_alphabetic()).then(|| (token.get(..=prefix.len()).unwrap_or_default(), body))
}

fn layout_is_right(body: &str) -> bool {
    let groups: Vec<&str> = body.split('-').collect();
    groups.len() == GROUPS.len()
        && groups.iter().zip(GROUPS).all(|(g, n)| g.len() == n && g.bytes().all(|b| b.is_ascii_alphanumeric()))
        && body.bytes().take(4).all(|b| b.is_ascii_alphabetic())
}

/// The last four characters are the first four hexadecimal digits of the MD5 of what stands before them, prefix excluded.
fn checksum_is_right(body: &str) -> bool {
    let Some((head, tail)) = body.split_at_checked(body.len().saturating_sub(CHECKSUM)) else {
        return false;
    };
    let digest = Md5::digest(head.as_bytes());
    let expected: String = digest.iter().take(CHECKSUM / 2).map(|b| format!("{b:02x}")).collect();
    expected == tail
}

fn flaws(token: &str) -> Vec<Flaw> {
    let lower = token.to_ascii_lowercase();
    if split_prefix(token).is_some_and(|(_, body)| layout_is_right(body) && checksum_is_right(body)) {
        return Vec::new();
    }
    if lower == "test" {
        return vec![Flaw::TestLiteral];
    }
    if token.contains("${")
        || token.contains("$(")
        || token.contains("{{")
        || token.starts_with('$')
        || is_percent_variable(token)
    {
        return vec![Flaw::Unexpanded];
    }
    if is_placeholder(&lower) {
        return vec![Flaw::Placeholder];
    }
    let mut found = Vec::new();
    if token.contains(['\n', '\r']) {
        found.push(Flaw::Newline);
    }
    if token.contains('\t') {
        found.push(Flaw::Tab);
    }
    let trimmed = token.trim();
    if trimmed.chars().any(|c| (c.is_whitespace() && !"\r\n\t".contains(c)) || c == '"' || c == '\'') {
        found.push(Flaw::InnerSpace);
    }
    if !token.is_ascii() {
        found.push(Flaw::NotAscii);
    }
    let Some((_, body)) = split_prefix(trimmed) else {
        let key_like = trimmed.len() <= 16 && trimmed.bytes().all(|b| b.is_ascii_alphanumeric());
        found.push(if key_like { Flaw::ApiKey } else { Flaw::Prefix });
        return found;
    };
    let length = body.chars().count();
    if layout_is_right(body) {
        if !checksum_is_right(body) {
            found.push(Flaw::Checksum);
        }
    } else if found.is_empty() {
        found.push(match length {
            _ if length < BODY => Flaw::TooShort,
            _ if length > BODY => Flaw::TooLong,
            _ => Flaw::Groups,
        });
    }
    found
}

fn is_percent_variable(token: &str) -> bool {
    token.len() > 2 && token.starts_with('%') && token.ends_with('%')
}

fn is_placeholder(lower: &str) -> bool {
    const WORDS: [&str; 14] = [
        "your",
        "token",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "example",
        "insert",
        "replace",
        "todo",
        "dummy",
        "fake-token",
        "secret",
        "xxxx",
    ];
    let bracketed =
        (lower.starts_with('<') && lower.ends_with('>')) || (lower.starts_with('[') && lower.ends_with(']'));
    bracketed
        || lower.contains("...")
        || WORDS.iter().any(|w| lower.contains(w))
        || lower.bytes().all(|b| matches!(b, b'x' | b'*' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token of the right shape that was never issued.
    const GOOD: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

    #[test]
    fn a_token_is_well_formed_only_with_its_checksum() {
        assert_eq!(token_shape(GOOD), TokenShape::WellFormed { prefix: "ls-".into() });
        assert_eq!(token_shape(&format!(" \"{GOOD}\" ")), TokenShape::WellFormed { prefix: "ls-".into() });
        assert_eq!(token_shape("ls-FAKEfake-fake-fake-fake-notareal9e7d").flaws(), [Flaw::Checksum]);
        assert_eq!(
            token_shape("ls-FAKE0000-0000-0000-0000-00000000030c"),
            TokenShape::WellFormed { prefix: "ls-".into() }
        );
    }

    #[test]
    fn each_accident_has_its_name() {
        let cases = [
            (format!("{GOOD}\n"), Flaw::Newline),
            (format!("{GOOD}\t"), Flaw::Tab),
            ("ls-FAKEfake-fake-fake fake-notareal9e7c".into(), Flaw::InnerSpace),
            ("${LOCALSTACK_AUTH_TOKEN}".into(), Flaw::Unexpanded),
            ("$LOCALSTACK_AUTH_TOKEN".into(), Flaw::Unexpanded),
            ("%LOCALSTACK_AUTH_TOKEN%".into(), Flaw::Unexpanded),
            ("<YOUR_AUTH_TOKEN>".into(), Flaw::Placeholder),
            ("ls-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".into(), Flaw::Placeholder),
            ("test".into(), Flaw::TestLiteral),
            ("abcdefghij".into(), Flaw::ApiKey),
            ("FAKEfake-fake-fake-fake-notareal9e7c".into(), Flaw::Prefix),
            ("ls-FAKEfake-fake-fake-fake-notareal9e7".into(), Flaw::TooShort),
            (format!("{GOOD}c"), Flaw::TooLong),
            ("ls-FAKEfakefake-fake-fake--notareal9e7c".into(), Flaw::Groups),
            ("ls\u{2010}FAKEfake-fake-fake-fake-notareal9e7c".into(), Flaw::NotAscii),
        ];
        for (text, flaw) in cases {
            let shape = token_shape(&text);
            assert_eq!(shape.flaws().first(), Some(&flaw), "{text:?} gave {shape:?}");
        }
        assert_eq!(token_shape(""), TokenShape::Empty);
        assert_eq!(token_shape(" \" "), TokenShape::Blank);
        assert_eq!(token_shape(" \n"), TokenShape::Blank);
    }

    #[test]
    fn a_key_may_hold_anything_but_accidents() {
        assert_eq!(key_shape("abcdefghij"), TokenShape::Opaque);
        assert_eq!(key_shape(GOOD), TokenShape::WellFormed { prefix: "ls-".into() });
        assert_eq!(key_shape("test").flaws(), [Flaw::TestLiteral]);
        assert_eq!(key_shape(""), TokenShape::Empty);
    }

    #[test]
    fn the_mask_shows_prefix_and_checksum_alone() {
        assert_eq!(mask(GOOD), "ls-...9e7c");
        assert_eq!(mask("ls-FAKEfake-secret"), "...(18 characters)");
        assert_eq!(mask("abcdefghij"), "...(10 characters)");
        assert_eq!(mask("  "), "");
    }
}
