//! `lsdoctor demo`: the dashboard over built-in recordings. It needs no engine and no network.

use std::sync::Arc;

use anyhow::{Result, anyhow};

use super::screen::play;
use crate::case::recording::Recording;
use crate::cli::Global;
use crate::config::Settings;
use crate::diagnosis::Catalogue;
use crate::exit::Exit;

/// Plays the built-in recordings, one after the other.
pub(super) async fn demo(settings: Settings, catalogue: Arc<Catalogue>, global: &Global) -> Result<Exit> {
    let stories = [
        include_str!("../../assets/demo/missing-token.json"),
        include_str!("../../assets/demo/interceptor.json"),
        include_str!("../../assets/demo/expired-license.json"),
    ];
    let stories =
        stories.iter().map(|story| serde_json::from_slice(story.as_bytes())).collect::<Result<Vec<Recording>, _>>()?;
    let recording = Recording::joined(stories).ok_or_else(|| anyhow!("the demo is empty"))?;
    play(&settings, &catalogue, global, recording).await
}
