//! The dashboard over this machine, as `lsdoctor` without a command shows it.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use tokio::sync::mpsc::unbounded_channel;

use super::screen::options;
use super::start::whole_session;
use crate::cli::Global;
use crate::config::Settings;
use crate::dashboard;
use crate::dashboard::Channels;
use crate::diagnosis::Catalogue;
use crate::exit::Exit;
use crate::session;

/// Shows the dashboard over this machine until it is quit.
pub(super) async fn live(settings: Settings, catalogue: Arc<Catalogue>, global: &Global) -> Result<Exit> {
    let options = options(&settings, &catalogue, global, false);
    let session = whole_session(settings, catalogue);
    let (sender, events) = unbounded_channel();
    let (commands, received) = unbounded_channel();
    let watching = tokio::spawn(session::watch(session, sender, received));
    let shown = dashboard::run(Channels { events, commands }, options).await;
    let crashed = watching.await.is_err();
    shown.map_err(|e| anyhow!("the terminal cannot be used: {e}"))?;
    if crashed {
        Err(anyhow!("lsdoctor crashed while watching LocalStack: report this as a defect"))
    } else {
        Ok(Exit::Fine)
    }
}
