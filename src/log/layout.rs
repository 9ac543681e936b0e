//! How LocalStack's log is laid out, and how the texts around it are: data of `assets/log.toml`, compiled.
//! The scan knows lines, records and starts; which words and shapes make one is said in that file.

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::launchers::{LauncherHint, Launchers};
use super::pack::pack;
use super::pattern::Pattern;

/// The part of `assets/log.toml` that describes a log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogLayout {
    /// The text that begins a start; the version follows it.
    pub banner: String,
    /// The whole line that says that requests are served from now on.
    pub ready: String,
    /// A request that was served.
    pub served: Pattern,
    /// Texts near which failures without a phrase are looked for.
    pub errors: Vec<String>,
    /// Names of log sources, or parts of such names, that are LocalStack.
    pub sources: Vec<String>,
    /// Texts of lines that quote somebody, or that tell of an attempt: nothing in such a line is LocalStack's word.
    pub asides: Vec<String>,
    /// What LocalStack says all day long, in lower case: the scan does not stop at a word that stands here.
    pub stop_words: Vec<String>,
    /// What stands before the name of a host in an error: the first host that an error names is the one that it is about.
    pub host_named: Vec<String>,
    /// What stands in a line that names a container or its image.
    pub container_named: Vec<String>,
    /// Shapes of single lines.
    pub lines: LinePatterns,
    /// What other programs put before a line.
    pub prefix: Vec<Prefix>,
    /// How to tell who speaks.
    pub speaker: SpeakerLayout,
    /// What the text around a log says about how LocalStack was started: data of `assets/launchers.toml`.
    pub launchers: Vec<LauncherHint>,
}

/// Shapes of single lines, without what other programs put before them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinePatterns {
    /// The first line of a log record: it has a time or a level of its own.
    pub record: Pattern,
    /// The first line of a traceback.
    pub traceback: Pattern,
    /// A line of a traceback that names a file; a line of source code follows it.
    pub frame: Pattern,
    /// A line of source code: a message in it is quoted, not said.
    pub code: Pattern,
    /// The last line of a traceback: the exception and its message.
    pub exception: Pattern,
    /// A line that reports an error.
    pub error: Pattern,
    /// What stands before words about a container that the line does not name, packed.
    pub unnamed_container: Pattern,
    /// The header of a multiplexed stream, printed as if it were text.
    pub frame_header: Pattern,
}

/// What one kind of program puts before a line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// Which programs do so: for the reader of the file.
    #[serde(rename = "by")]
    pub _by: String,
    /// The prefix, from the beginning of the line. A group `source` is the service, pod or step that it names.
    pub pattern: Pattern,
}

/// How to tell who speaks in a text that has more than LocalStack's log in it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeakerLayout {
    /// Texts that begin LocalStack's failure banner: the lines below are LocalStack's word, too.
    pub opening: Vec<String>,
    /// Texts of LocalStack's output after which it goes on speaking.
    pub speaking: Vec<String>,
    /// Texts that only LocalStack says.
    pub own: Vec<String>,
    /// Texts that close LocalStack's failure banner: what stands just above them is LocalStack's word, too.
    pub closing: Vec<String>,
    /// A log record of LocalStack's own.
    pub own_record: Pattern,
    /// A success of LocalStack's, by its shape.
    pub own_success: Pattern,
    /// A log record, or the beginning of a line, of another program.
    pub other_record: Pattern,
    /// A record of a program that runs in LocalStack's container: it changes nothing.
    pub neutral_record: Pattern,
    /// A line that begins with a word and a colon, the word in the first group: a program's name, most often.
    pub named: Pattern,
    /// Such words that are no program's name.
    pub unnamed: Pattern,
    /// A line that belongs to a banner and says nothing, such as a rule.
    pub furniture: Pattern,
    /// A command that prints a document, as a job's log echoes it.
    pub document: Pattern,
    /// Any command that a job's log echoes, or a new step of the job.
    pub command: Pattern,
    /// A line that opens or closes quoted text in a document.
    pub fence: Pattern,
    /// A placeholder: the text that it stands in is documentation.
    pub placeholder: Pattern,
}

/// A text that only LocalStack says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnText {
    /// Begins a banner: the lines below belong to it.
    Opening,
    /// Closes a banner: the lines above belong to it.
    Closing,
    /// Stands in its output: it goes on speaking.
    Speaking,
    /// Stands for itself.
    Sentence,
}

/// A layout, compiled.
#[derive(Debug)]
pub struct Layout {
    banner: String,
    ready: String,
    asides: Vec<String>,
    served: Pattern,
    sources: Vec<String>,
    host_named: Vec<String>,
    container_named: Vec<String>,
    opening: AhoCorasick,
    speaking: AhoCorasick,
    own: AhoCorasick,
    closing: AhoCorasick,
    pub(super) lines: LinePatterns,
    pub(super) prefixes: Vec<Prefix>,
    pub(super) speaker: SpeakerLayout,
    launchers: Launchers,
}

impl Layout {
    /// The patterns that tell how LocalStack was started.
    pub const fn launchers(&self) -> &Launchers {
        &self.launchers
    }

    /// Compiles a layout.
    ///
    /// # Errors
    /// When a pattern cannot be read or an automaton grows too large.
    pub(super) fn new(layout: &LogLayout) -> Result<Self, String> {
        let texts = |list: &[String]| {
            let packed = list.iter().map(|text| pack(text)).filter(|text| !text.is_empty());
            AhoCorasick::builder().ascii_case_insensitive(true).build(packed).map_err(|e| e.to_string())
        };
        let new = Self {
            banner: layout.banner.clone(),
            ready: layout.ready.clone(),
            asides: layout.asides.iter().map(|aside| pack(aside)).collect(),
            served: layout.served.clone(),
            sources: layout.sources.iter().map(|s| s.to_ascii_lowercase()).collect(),
            host_named: layout.host_named.iter().map(|text| pack(text)).collect(),
            container_named: layout.container_named.clone(),
            opening: texts(&layout.speaker.opening)?,
            speaking: texts(&layout.speaker.speaking)?,
            own: texts(&layout.speaker.own)?,
            closing: texts(&layout.speaker.closing)?,
            lines: layout.lines.clone(),
            prefixes: layout.prefix.clone(),
            speaker: layout.speaker.clone(),
            launchers: Launchers::new(layout.launchers.clone()),
        };
        Ok(new)
    }

    /// What follows the banner, if the message is one. A byte or two of a stream's header may stand before it.
    pub fn after_banner<'a>(&self, message: &'a str) -> Option<&'a str> {
        let head = message.get(..self.banner.len())?;
        (!self.banner.is_empty() && head.eq_ignore_ascii_case(&self.banner))
            .then(|| message.get(self.banner.len()..))
            .flatten()
    }

    /// Whether the message says that requests are served from now on.
    pub fn is_ready(&self, message: &str) -> bool {
        !self.ready.is_empty() && message == self.ready
    }

    /// Whether a line, packed with [`pack`], quotes somebody or tells of an attempt.
    pub fn is_aside(&self, packed: &str) -> bool {
        self.asides.iter().any(|aside| packed.contains(aside))
    }

    /// Whether the message tells of a request that was served.
    pub fn is_served(&self, message: &str) -> bool {
        self.served.is_match(message)
    }

    /// Whether a source of this name is LocalStack.
    pub fn is_localstack(&self, source: &str) -> bool {
        let lower = source.to_ascii_lowercase();
        self.sources.iter().any(|s| lower.contains(s))
    }

    /// Whether a line, packed and in lower case, names the host that its error is about.
    pub(super) fn names_host(&self, lower: &str) -> bool {
        self.host_named.iter().any(|text| lower.contains(text))
    }

    /// Whether a line, packed and in lower case, names a container or its image.
    pub(super) fn names_container(&self, lower: &str) -> bool {
        self.container_named.iter().any(|text| lower.contains(text.as_str()))
    }

    /// Which of the texts that only LocalStack says begins in the first `length` bytes of a packed line.
    pub(super) fn own_text(&self, packed: &str, length: usize) -> Option<OwnText> {
        let stands = |texts: &AhoCorasick| texts.find(packed).is_some_and(|found| found.start() < length);
        if stands(&self.opening) {
            Some(OwnText::Opening)
        } else if stands(&self.closing) {
            Some(OwnText::Closing)
        } else if stands(&self.speaking) {
            Some(OwnText::Speaking)
        } else {
            stands(&self.own).then_some(OwnText::Sentence)
        }
    }

    /// Patterns that cannot be compiled, by number: none in a release.
    pub fn invalid_patterns(&self) -> usize {
        let l = &self.lines;
        let s = &self.speaker;
        let lines = [
            &l.record,
            &l.traceback,
            &l.frame,
            &l.code,
            &l.exception,
            &l.error,
            &l.frame_header,
            &l.unnamed_container,
            &self.served,
        ];
        let speaker =
            [&s.own_record, &s.own_success, &s.other_record, &s.neutral_record, &s.named, &s.unnamed, &s.furniture];
        let documents = [&s.document, &s.command, &s.fence, &s.placeholder];
        let prefixes = self.prefixes.iter().map(|prefix| &prefix.pattern);
        lines.into_iter().chain(speaker).chain(documents).chain(prefixes).filter(|p| !p.is_valid()).count()
    }
}

/// The layout of `assets/log.toml`, for the tests of this layer.
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test's own data")]
pub(super) fn built_in() -> Layout {
    let mut file: toml::Table = toml::from_str(include_str!("../../assets/log.toml")).expect("TOML");
    file.remove("captures");
    let layout: LogLayout = toml::Value::Table(file).try_into().expect("a layout");
    Layout::new(&layout).expect("compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_layout_compiles() {
        assert_eq!(built_in().invalid_patterns(), 0);
    }
}
