//! Tells what kind of text an HTTP body is, and picks the few words of it that people recognise.
//! Used for pages of proxies and portals, whose title says who answers.

use crate::scrub::Scrubber;

/// The bytes of a page that are searched for its title or first words.
const SEARCHED: usize = 16 << 10;
/// A title longer than this is cut.
const LONGEST_TITLE: usize = 120;

/// Whether a body is a page for people, by its type or its first words.
pub fn is_html(content_type: &str, body: &[u8]) -> bool {
    let start = lossy(body, 256).trim_start().to_ascii_lowercase();
    content_type.to_ascii_lowercase().contains("html")
        || start.starts_with("<!doctype html")
        || start.starts_with("<html")
}

/// The title of a page, scrubbed, else nothing.
pub fn title(body: &[u8], scrubber: &Scrubber) -> Option<String> {
    let text = lossy(body, SEARCHED);
    // Lower-casing ASCII alone keeps every byte in its place.
    let lower = text.to_ascii_lowercase();
    let tag = lower.find("<title")?;
    let open = tag + lower.get(tag..)?.find('>')? + 1;
    let close = open + lower.get(open..)?.find('<')?;
    let words = beginning(text.get(open..close)?.as_bytes(), LONGEST_TITLE, scrubber);
    (!words.is_empty()).then_some(words)
}

/// The beginning of a text, scrubbed, its white space drawn together.
pub fn beginning(body: &[u8], longest: usize, scrubber: &Scrubber) -> String {
    let text = lossy(body, SEARCHED);
    let words: Vec<&str> = text.split_whitespace().collect();
    scrubber.beginning(&words.join(" "), longest).trim().to_owned()
}

fn lossy(body: &[u8], most: usize) -> String {
    String::from_utf8_lossy(body.get(..most).unwrap_or(body)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_known_by_their_title() {
        let page = b"\n<!DOCTYPE HTML>\n<head><Title lang=en>\n Sign in to\n  Caf\xc3\xa9 </title>";
        assert!(is_html("", page));
        assert_eq!(title(page, &Scrubber::new()).unwrap(), "Sign in to Caf\u{e9}");
        assert!(!is_html("application/json", b"{\"a\": \"<html>\"}"));
        for none in [&b"<title"[..], b"<title>", b"<title></title>", b"\xff\xfe<title>\xff"] {
            assert_eq!(title(none, &Scrubber::new()), None);
        }
    }
}
