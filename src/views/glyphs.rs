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
            Status::Activated if matches!(headline, Severity::Error) => self.bad(),
            Status::Activated => self.good(),
            Status::NotActivated => self.bad(),
            Status::NoLicenseNeeded => self.pick("●", "o"),
            Status::Undecided => self.unsure(),
        }
    }

    /// The sign of a check.
    pub const fn check(self, status: CheckStatus) -> &'static str {
        match status {
            CheckStatus::Pass => self.good(),
            CheckStatus::Warn => self.warn(),
            CheckStatus::Fail => self.bad(),
            CheckStatus::Skip => self.skip(),
            CheckStatus::Error => self.unsure(),
            CheckStatus::Pending => self.pending(),
        }
    }

    /// The sign of a finding's weight.
    pub const fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Error => self.bad(),
            Severity::Warning => self.warn(),
            Severity::Info => self.dot(),
        }
    }

    /// Fine. Not one of the marks that some terminals draw as a wide emoji.
    pub const fn good(self) -> &'static str {
        self.pick("✓", "+")
    }

    /// Wrong.
    pub const fn bad(self) -> &'static str {
        self.pick("✗", "x")
    }

    /// Odd.
    pub const fn warn(self) -> &'static str {
        "!"
    }

    /// Not known.
    pub const fn unsure(self) -> &'static str {
        "?"
    }

    /// Not asked.
    pub const fn skip(self) -> &'static str {
        self.pick("–", "-")
    }

    /// Awaited.
    pub const fn pending(self) -> &'static str {
        self.pick("…", "~")
    }

    /// Stands between two facts in a line.
    pub const fn dot(self) -> &'static str {
        self.pick("·", "-")
    }

    /// Stands for what a text was cut by.
    pub const fn ellipsis(self) -> &'static str {
        self.pick("…", "...")
    }

    /// Marks a line to type.
    pub const fn prompt(self) -> &'static str {
        self.pick("❯ ", "$ ")
    }

    /// Points at the marked row.
    pub const fn pointer(self) -> &'static str {
        self.pick("▸", ">")
    }

    /// Stands before what is quoted.
    pub const fn quote(self) -> &'static str {
        self.pick("│", "|")
    }

    /// A line between panels.
    pub const fn rule(self) -> &'static str {
        self.pick("─", "-")
    }

    /// A line that stands out.
    pub const fn thick_rule(self) -> &'static str {
        self.pick("━", "=")
    }

    /// The bar beside a verdict.
    pub const fn bar(self) -> &'static str {
        self.pick("▌", "#")
    }

    /// The mark of where a page stands.
    pub const fn thumb(self) -> &'static str {
        self.pick("┃", "#")
    }

    /// Heights of a sparkline, the lowest first.
    pub const fn levels(self) -> [&'static str; 8] {
        match self {
            Self::Unicode => ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
            Self::Ascii => ["_", ".", ":", "-", "=", "+", "*", "#"],
        }
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
        CheckStatus::Pass => "pass",
        CheckStatus::Warn => "warn",
        CheckStatus::Fail => "fail",
        CheckStatus::Skip => "skip",
        CheckStatus::Error => "error",
        CheckStatus::Pending => "wait",
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

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn signs_are_one_column_wide_and_ascii_where_that_is_asked_for() {
        for set in [Charset::Unicode, Charset::Ascii] {
            let signs = [
                set.good(),
                set.bad(),
                set.warn(),
                set.unsure(),
                set.skip(),
                set.pending(),
                set.dot(),
                set.pointer(),
                set.quote(),
                set.rule(),
                set.thick_rule(),
                set.bar(),
                set.thumb(),
                set.verdict(Status::NoLicenseNeeded, Severity::Info),
            ];
            for sign in signs.into_iter().chain(set.levels()) {
                assert_eq!(sign.width(), 1, "{sign}");
                assert!(set == Charset::Unicode || sign.is_ascii(), "{sign}");
            }
            assert!(set == Charset::Unicode || (set.ellipsis().is_ascii() && set.prompt().is_ascii()));
        }
    }
}
