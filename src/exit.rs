//! The exit codes of the program: an interface that scripts rely on, in one place.

/// The exit codes, the same in every format. Never 55: that one is LocalStack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Activated, or nothing to activate.
    Fine = 0,
    /// Not activated, cause named.
    NotActivated = 1,
    /// Bad usage, or unreadable input.
    Usage = 2,
    /// Undecided.
    Undecided = 3,
    /// Activated, with findings that `--fail-on` covers.
    Findings = 4,
}
