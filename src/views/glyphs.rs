//! Signs and words for states, shared by all views and the dashboard. A sign never stands without its word.

use crate::diagnosis::{CheckStatus, Confidence, Severity, Status};

/// Which characters may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// All of Unicode that a terminal font has.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
}

impl Charset {
    const fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// The sign of a verdict.
    pub const fn verdict(self, status: Status, headline: Severity) -> &'static str {
        match status {
            Status::Activated if matches!(headline, Severity::Error) => self.pick("✖", "x"),
            Status::Activated => self.pick("✔", "+"),
            Status::NotActivated => self.pick("✖", "x"),
            Status::NoLicenseNeeded => self.pick("●", "o"),
            Status::Undecided => self.pick("?", "?"),
        }
    }

    /// The sign of a check.
    pub const fn check(self, status: CheckStatus) -> &'static str {
        match status {
            CheckStatus::Pass => self.pick("✔", "+"),
            CheckStatus::Warn => self.pick("▲", "!"),
            CheckStatus::Fail => self.pick("✖", "x"),
            CheckStatus::Skip => self.pick("─", "-"),
            CheckStatus::Error => self.pick("◆", "E"),
            CheckStatus::Pending => self.pick("…", "~"),
        }
    }

    /// Separates facts in a line.
    pub const fn dot(self) -> &'static str {
        self.pick(" · ", " | ")
    }

    /// Marks a line to type.
    pub const fn prompt(self) -> &'static str {
        self.pick("❯ ", "$ ")
    }
}

/// The verdict in words. A license that was activated by a LocalStack that failed since is told as both.
pub const fn verdict_word(status: Status, headline: Severity) -> &'static str {
    match status {
        Status::Activated if matches!(headline, Severity::Error) => "ACTIVATED, THEN FAILED",
        Status::Activated => "ACTIVATED",
        Status::NotActivated => "NOT ACTIVATED",
        Status::NoLicenseNeeded => "NO LICENSE NEEDED",
        Status::Undecided => "UNDECIDED",
    }
}

/// A check's status in a word of at most five letters.
pub const fn check_word(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "ok",
        CheckStatus::Warn => "warn",
        CheckStatus::Fail => "FAIL",
        CheckStatus::Skip => "skip",
        CheckStatus::Error => "error",
        CheckStatus::Pending => "...",
    }
}

/// A confidence in a word.
pub const fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Proven => "proven",
        Confidence::Likely => "likely",
        Confidence::Possible => "possible",
    }
}

/// A severity in a word.
pub const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
