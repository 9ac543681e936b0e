//! Addresses as they may be shown: what stands between `://` and the last `@` is hidden, also where the text is no URL.

use super::Scrubber;

/// A longer value is no address of anything.
pub const LONGEST_SHOWN: usize = 2_000;

/// The value with everything between `://` and the last `@` hidden, also where it is no URL; the password is learnt.
pub fn masked(value: &str, scrubber: &Scrubber) -> String {
    let (scheme, rest) = value.split_once("://").map_or((String::new(), value), |(s, r)| (format!("{s}://"), r));
    let Some((secret, host)) = rest.rsplit_once('@') else { return scrubber.beginning(value, LONGEST_SHOWN) };
    let password = secret.split_once(':').map_or(secret, |(_, password)| password);
    scrubber.learn(password);
    scrubber.learn(&decoded(password));
    scrubber.beginning(&format!("{scheme}***@{host}"), LONGEST_SHOWN)
}

/// Percent-decoding, as requests does to user and password.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
