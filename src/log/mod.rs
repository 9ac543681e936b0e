//! Logs as text: the phrases to look for, the scan that finds them, the starts that a log consists of, and who speaks in it.
//! Pure: bytes come in from a probe, plain observations go out. What a phrase means is decided in the diagnosis.

mod drafts;
mod excerpt;
mod launchers;
mod layout;
mod line;
mod near;
mod pack;
mod pattern;
mod phrases;
mod prefilter;
mod prefix;
mod scanner;
mod speaker;
mod starts;
mod thread;

pub use launchers::{Ends, LauncherHint, Launchers};
pub use layout::{Layout, LogLayout};
pub use pack::pack;
pub use phrases::{Found, Phrase, PhraseSet};
pub use scanner::{Scanner, TailLimit};
