//! Checks that the causes hold together: names that one file takes from another exist, and version ranges are readable.

use std::collections::BTreeSet;

use super::cause::Cause;
use crate::observations::Version;

/// Checks every cause.
///
/// # Errors
/// When a cause refines or masks an unknown cause or itself, has no summary, or has a remedy whose version range cannot be
/// read. The message names the file.
pub(super) fn causes(causes: &[Cause]) -> Result<(), String> {
    let ids: BTreeSet<&str> = causes.iter().map(|c| c.id.as_str()).collect();
    for cause in causes {
        for other in cause.refines.iter().chain(&cause.masks) {
            if !ids.contains(other.as_str()) || *other == cause.id {
                return Err(format!("assets/causes/{}.toml: no cause `{other}` to refine or mask", cause.id));
            }
        }
        if cause.summary.is_empty() {
            return Err(format!("assets/causes/{}.toml: no summary", cause.id));
        }
        for remedy in &cause.remedy {
            let Some(range) = &remedy.versions else { continue };
            let readable =
                range.split(',').all(|c| Version::parse(c.trim().trim_start_matches(['<', '>', '='])).is_some());
            if !readable {
                return Err(format!("assets/causes/{}.toml: `{range}` is no version range", cause.id));
            }
        }
    }
    Ok(())
}
