//! The shape of a credential: everything that can be said of it without keeping its text.

use serde::{Deserialize, Serialize};

/// What a credential looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "kebab-case")]
pub enum TokenShape {
    /// The variable is there, with nothing in it.
    Empty,
    /// Only white space or quotes, which LocalStack strips.
    Blank,
    /// Prefix, groups and checksum are right.
    WellFormed {
        /// `ls-`, `lsci-` and the like. Up to 3.8.1 LocalStack knew only `ls-`.
        prefix: String,
    },
    /// Something is wrong with it.
    Malformed {
        /// What, the plainest first; at least one.
        flaws: Vec<Flaw>,
    },
    /// An API key: nothing can be told from its shape.
    Opaque,
}

/// What can be wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A `${VARIABLE}` that nobody expanded.
    Unexpanded,
    /// A placeholder such as `<YOUR_AUTH_TOKEN>`.
    Placeholder,
    /// The word `test`, which LocalStack refuses by name.
    TestLiteral,
    /// A line feed or carriage return, which LocalStack does not strip.
    Newline,
    /// A tab.
    Tab,
    /// White space or quotes in the middle.
    InnerSpace,
    /// A character that is no ASCII and looks like one.
    NotAscii,
    /// An API key in the place of a token.
    ApiKey,
    /// It does not begin with `ls` and a hyphen.
    Prefix,
    /// Shorter than a token.
    TooShort,
    /// Longer than a token.
    TooLong,
    /// The hyphens are not where they should be.
    Groups,
    /// The last four characters do not fit the rest: mistyped.
    Checksum,
}

impl Flaw {
    /// The flaw in words, to follow "the token".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unexpanded => "is a variable reference that was not expanded",
            Self::Placeholder => "is a placeholder, not a token",
            Self::TestLiteral => "is the word `test`, which LocalStack refuses",
            Self::Newline => "has a line break in it, which LocalStack does not strip",
            Self::Tab => "has a tab in it",
            Self::InnerSpace => "has a space or a quote in it",
            Self::NotAscii => "has a character that only looks like an ASCII letter, digit or hyphen",
            Self::ApiKey => "looks like an API key, not an auth token",
            Self::Prefix => "does not begin with `ls-`",
            Self::TooShort => "is too short",
            Self::TooLong => "is too long",
            Self::Groups => "has its hyphens in the wrong places",
            Self::Checksum => "has a wrong checksum: its last four characters do not fit the rest",
        }
    }
}

impl TokenShape {
    /// Nothing is in it: LocalStack treats it as missing.
    pub const fn is_blank(&self) -> bool {
        matches!(self, Self::Empty | Self::Blank)
    }

    /// Something is wrong with its shape.
    pub const fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed { .. })
    }

    /// The flaws, if there are any.
    pub fn flaws(&self) -> &[Flaw] {
        match self {
            Self::Malformed { flaws } => flaws,
            _ => &[],
        }
    }
}
