//! Text without white space. Messages are compared like this, because a terminal or a CI service may have wrapped them anywhere.

/// Drops all white space: `license is\n E XPIRED` becomes `licenseisEXPIRED`.
pub fn pack(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
