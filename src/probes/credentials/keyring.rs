//! Whether the system's keyring holds lstk's token: presence only, and only when it was asked for, because asking can open a prompt.
//! The secret itself is never requested.

use std::time::Duration;

use tokio::process::Command;

use crate::observations::{Credential, CredentialKind, Place, PlaceKind, TokenShape};
use crate::probes::context::Context;
use crate::probes::host::process;
use crate::probes::host::process::Ended;

/// A keyring that is locked, or whose service hangs, must not hold anything up.
const PATIENCE: Duration = Duration::from_secs(3);
const SERVICE: &str = "lstk";
const ACCOUNT: &str = "lstk.auth-token";

/// The token in the keyring, as far as its presence can be told.
pub(super) async fn observe(context: &Context) -> Option<Credential> {
    if !context.limits.keyring || !is_there(context).await {
        return None;
    }
    Some(Credential {
        kind: CredentialKind::AuthToken,
        name: ACCOUNT.to_owned(),
        place: Place { kind: PlaceKind::Keyring, at: None },
        shape: TokenShape::Opaque,
        masked: "(not read)".to_owned(),
        same_as_process: None,
    })
}

async fn is_there(context: &Context) -> bool {
    let mut question = question();
    process::confine(&mut question, &context.host, &["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"]);
    let Some(Ended { success, output }) = process::run(question, PATIENCE).await else { return false };
    success && if cfg!(target_os = "macos") { true } else { answers_yes(&output) }
}

#[cfg(target_os = "macos")]
fn question() -> Command {
    let mut command = Command::new("security");
    command.args(["find-generic-password", "-s", SERVICE, "-a", ACCOUNT]);
    command
}

#[cfg(windows)]
fn question() -> Command {
    let mut command = Command::new("cmdkey");
    command.arg(format!("/list:{SERVICE}:{ACCOUNT}"));
    command
}

#[cfg(not(any(windows, target_os = "macos")))]
fn question() -> Command {
    let mut command = Command::new("busctl");
    command.args(["--user", "--timeout=2", "call", "org.freedesktop.secrets", "/org/freedesktop/secrets"]);
    command.args(["org.freedesktop.Secret.Service", "SearchItems", "a{ss}", "2"]);
    command.args(["service", SERVICE, "username", ACCOUNT]);
    command
}

/// `aoao 1 "/org/..." 0` names unlocked and locked items; `cmdkey` names the target it found.
fn answers_yes(output: &str) -> bool {
    output.contains("\"/org/") || (cfg!(windows) && output.contains("Target:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_told_from_none() {
        assert!(answers_yes(r#"aoao 1 "/org/freedesktop/secrets/collection/login/1" 0"#));
        assert!(answers_yes(r#"aoao 0 1 "/org/freedesktop/secrets/collection/login/1""#));
        assert!(!answers_yes("aoao 0 0"));
    }
}
