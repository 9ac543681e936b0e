//! Logs as text: phrases to look for, the scan that finds them, and the starts that a log consists of.
//! Pure: bytes come in from a probe, plain observations go out. What a phrase means is the diagnosis's to know.

mod excerpt;
mod pack;
mod phrases;
mod prefilter;
mod prefix;
mod scanner;
mod starts;

pub use pack::pack;
pub use phrases::{Found, Layout, LogLayout, Phrase, PhraseSet};
pub use scanner::{Scanner, TailLimit};
