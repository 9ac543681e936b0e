//! Masks passwords in addresses: `http://user:secret@proxy:3128` is shown as `http://***@proxy:3128`, also where the text
//! is not a valid URL.

use percent_encoding::percent_decode_str;

use super::Scrubber;

/// The number of characters of an address that are shown; no real address is longer.
pub const LONGEST_SHOWN: usize = 2_000;

/// Replaces everything between `://` and the last `@` by `***`, and teaches the scrubber the password, so that it is hidden
/// wherever else it appears. Text that is not a URL is handled the same way, because people paste broken URLs too.
pub fn masked(value: &str, scrubber: &Scrubber) -> String {
    let (scheme, rest) = value.split_once("://").map_or((String::new(), value), |(s, r)| (format!("{s}://"), r));
    let Some((secret, host)) = rest.rsplit_once('@') else { return scrubber.beginning(value, LONGEST_SHOWN) };
    let password = secret.split_once(':').map_or(secret, |(_, password)| password);
    scrubber.learn_secret(password);
    scrubber.learn_secret(&decoded(password));
    scrubber.beginning(&format!("{scheme}***@{host}"), LONGEST_SHOWN)
}

/// Decodes `%XX` in a user name or password, as Python's requests does; `p%40ss` becomes `p@ss`. Bytes that are not UTF-8
/// become the replacement character.
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
