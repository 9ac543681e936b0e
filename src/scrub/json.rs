//! Reads JSON that another program wrote: every string in it is scrubbed before it becomes data.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Scrubber;

/// Reads JSON from a file that may come from anybody. Its texts are as foreign as those of a log.
///
/// # Errors
/// When the text is no JSON, or not of this type.
pub fn parse_foreign<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    let mut value = serde_json::from_slice(text.as_bytes())?;
    if !scrub(&mut value, &Scrubber::new()) {
        return serde_json::from_slice(text.as_bytes());
    }
    // Through text again: data is read from bytes everywhere, and a second reader would be built into the program.
    serde_json::from_slice(&serde_json::to_vec(&value)?)
}

/// Scrubs every string in a value. Returns whether one of them was changed.
fn scrub(value: &mut Value, scrubber: &Scrubber) -> bool {
    let any = |found: bool, item: &mut Value| scrub(item, scrubber) || found;
    match value {
        Value::String(text) => {
            // Line by line: a diff has several lines, and keeps its last line feed.
            let clean = text.split('\n').map(|line| scrubber.text(line)).collect::<Vec<_>>().join("\n");
            let changed = clean != *text;
            *text = clean;
            changed
        }
        Value::Array(list) => list.iter_mut().fold(false, any),
        Value::Object(map) => map.values_mut().fold(false, any),
        _ => false,
    }
}
