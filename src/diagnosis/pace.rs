//! How long a start usually takes (`assets/start.toml`), and the sentence about one that took longer.

use serde::Deserialize;

use super::answer::StartStep;

const START: &str = include_str!("../../assets/start.toml");

/// The usual times of a start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    slow: Vec<Slow>,
}

/// A step that is slow after so many seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Slow {
    step: String,
    seconds: u64,
    says: String,
}

impl Pace {
    /// Reads the file that is built in.
    ///
    /// # Errors
    /// When it is not TOML of the expected form.
    pub fn load() -> Result<Self, String> {
        toml::from_str(START).map_err(|e| format!("assets/start.toml: {e}"))
    }

    /// The sentence about the first step that took longer than usual.
    pub(super) fn slow(&self, steps: &[StartStep]) -> Option<String> {
        steps.iter().find_map(|step| {
            let seconds = step.after_ms / 1_000;
            let slow = self.slow.iter().find(|slow| slow.step == step.what && seconds > slow.seconds)?;
            Some(slow.says.replace("{seconds}", &seconds.to_string()))
        })
    }
}
