//! What facts are asked of, how evidence is ranked, and the two ways to build evidence.

use jiff::Timestamp;

use crate::diagnosis::answer::Evidence;
use crate::diagnosis::lexicon::{Lexicon, Product, Versions};
use crate::observations::{Hit, Info, ProbeId, Run, Snapshot, Version};

/// What facts are asked of: the snapshot, the start that is judged, and the time.
#[derive(Debug, Clone, Copy)]
pub struct FactContext<'a> {
    /// Everything that was seen.
    pub snapshot: &'a Snapshot,
    /// The start that is judged.
    pub run: Option<&'a Run>,
    /// Names of products, hosts and patterns.
    pub lexicon: &'a Lexicon,
    /// Whether a start before the present one was activated, in a restart loop.
    pub activated_before: bool,
    /// The time.
    pub now: Timestamp,
}

impl FactContext<'_> {
    /// LocalStack's version, by which rules apply; nothing for a product that counts its versions by itself.
    pub fn version(&self) -> Option<Version> {
        let own = self.product().is_some_and(|product| product.versions == Versions::Own);
        if own { None } else { self.shown_version() }
    }

    /// The product that the container's image is.
    pub fn product(&self) -> Option<&Product> {
        self.lexicon.product(self.snapshot.container()?.image.as_ref()?.name())
    }

    /// The version to show: the instance's own word, else its banner's, else the image's.
    pub fn shown_version(&self) -> Option<Version> {
        let info = self.info().map(|i| i.version.as_str()).filter(|v| !v.is_empty());
        let banner = self.run.and_then(|r| r.version.as_deref());
        let container = self.snapshot.container();
        info.and_then(Version::parse)
            .or_else(|| banner.and_then(Version::parse))
            .or_else(|| container?.version.as_deref().and_then(Version::parse))
            .or_else(|| container?.image.as_ref()?.version())
    }

    fn info(&self) -> Option<&Info> {
        self.snapshot.endpoint.value()?.info.as_ref()
    }

    /// The container's name for people: its name, else its short id, else the source of what was given.
    pub fn container_name(&self) -> String {
        match self.snapshot.container() {
            Some(c) if !c.name.is_empty() => format!("container {}", c.name),
            Some(c) if !c.id.is_empty() => format!("container {}", c.id.chars().take(12).collect::<String>()),
            _ => "what was given".to_owned(),
        }
    }

    /// Where the log comes from; empty where none was seen.
    pub fn log_source(&self) -> String {
        self.snapshot.logs.value().map(|log| log.origin.to_string()).unwrap_or_default()
    }
}

/// How much a kind of evidence weighs, the weightiest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The running instance's own word.
    Info,
    /// Its log.
    Log,
    /// Exit code, environment, state.
    State,
    /// What probes suggest.
    Probe,
}

/// What a recognised line of the start that is judged says, by a pattern of `assets/log.toml`.
pub(super) fn log_says(cx: &FactContext<'_>, pattern: &str) -> Option<Evidence> {
    let said = |hit: &Hit| Some((hit.at.number, cx.lexicon.capture(pattern, &hit.at.text)?));
    let (line, text) = cx.run?.hits.iter().rev().find_map(said)?;
    Some(Evidence { line: Some(line), ..fact(ProbeId::Logs, cx.log_source(), text) })
}

/// Evidence without a line.
pub(in crate::diagnosis) fn fact(check: ProbeId, source: impl Into<String>, text: impl Into<String>) -> Evidence {
    Evidence { check, source: source.into(), line: None, text: text.into() }
}
