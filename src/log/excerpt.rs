//! The part of a long line that is shown: what was found in it, and some of what stands around.

/// Characters shown on each side of what was found.
const AROUND: usize = 220;

/// The text around what was found, in one line. `own` is how many characters the line has before those it was joined with;
/// `start` and `end` are offsets in bytes of the text without its white space.
pub(super) fn excerpt(text: &str, own: usize, start: usize, end: usize) -> String {
    let (mut bytes, mut from, mut to) = (0, 0, 0);
    for (index, c) in text.chars().enumerate() {
        if bytes <= start {
            from = index;
        }
        if bytes < end {
            to = index + 1;
        }
        if !c.is_whitespace() {
            bytes += c.len_utf8();
        }
    }
    if to > own {
        to += text.chars().skip(to).take_while(|c| *c != '\n').count();
    }
    let first = from.saturating_sub(AROUND);
    let last = to.max(own).min(to + AROUND);
    let mut shown: String =
        text.chars().skip(first).take(last - first).map(|c| if c == '\n' { ' ' } else { c }).collect();
    if first > 0 {
        shown.insert(0, '…');
    }
    if last < own {
        shown.push('…');
    }
    shown
}
