//! Files that hold a credential where others can read it: tracked by git, or readable by everyone on this host.
//! A file about which nothing can be found out is not reported.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::host::Host;
use crate::observations::{CredentialKind, Exposed, FileLine};
use crate::probes::compose;
use crate::probes::context::Context;
use crate::probes::host::{file, process};

/// git answers from its index in milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);
/// A repository is looked for in so many parent folders.
const MOST_PARENTS: usize = 64;
/// The most files that git is asked about.
const MOST_FILES: usize = 10;
/// A Dockerfile is a few kilobytes.
const LARGEST_DOCKERFILE: u64 = 1 << 20;

/// The files of this host that expose a credential.
pub(super) async fn observe(context: &Context, host: &Host<'_>) -> Vec<Exposed> {
    let mut clear = host.clear.clone();
    for folder in &host.folders {
        let path = folder.join("Dockerfile");
        clear.extend(dockerfile(context, &path).await.into_iter().map(|line| (path.clone(), line)));
    }
    clear.sort();
    clear.dedup();
    let asked = clear.into_iter().take(MOST_FILES).map(|(path, line)| async move {
        is_tracked(context, &path).await.then(|| exposed(context, &path, line, "tracked by git"))
    });
    let tracked = futures_util::future::join_all(asked).await.into_iter().flatten();
    let home = context.host.home.as_deref();
    let open = host.private.iter().filter(|(path, _)| is_open(path, home));
    tracked.chain(open.map(|(path, line)| exposed(context, path, *line, "readable by everyone on this host"))).collect()
}

fn exposed(context: &Context, path: &Path, line: u64, how: &str) -> Exposed {
    let at = file::at(path, line);
    Exposed { at: FileLine { path: context.scrubber.text(&at.path), ..at }, how: how.to_owned() }
}

/// The lines of a Dockerfile that bake a credential into an image.
async fn dockerfile(context: &Context, path: &Path) -> Vec<u64> {
    let Ok(bytes) = file::read(path, LARGEST_DOCKERFILE).await else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some(value) = CredentialKind::ALL.into_iter().find_map(|kind| baked(line, kind.variable())) else {
            continue;
        };
        compose::secrets_in(value).iter().for_each(|secret| context.scrubber.learn_secret(secret));
        let reference = value.contains('$');
        if !reference && compose::is_clear_secret(value) {
            lines.push(number);
        }
    }
    lines
}

/// The value in `ENV NAME=value`, `ENV NAME value` or `ARG NAME=value`.
fn baked<'a>(line: &'a str, variable: &str) -> Option<&'a str> {
    let (word, rest) = line.trim_start().split_once(char::is_whitespace)?;
    if !(word.eq_ignore_ascii_case("ENV") || word.eq_ignore_ascii_case("ARG")) {
        return None;
    }
    let (before, after) = rest.split_once(variable)?;
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let value = after.strip_prefix('=').or_else(|| after.strip_prefix(char::is_whitespace))?.trim_start();
    let value = value.split_whitespace().next()?.trim_matches(['"', '\'']);
    (!value.is_empty()).then_some(value)
}

/// Whether git keeps this file. git itself is asked, and may run nothing of the repository's.
async fn is_tracked(context: &Context, path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
    if !folder.ancestors().take(MOST_PARENTS).any(|f| f.join(".git").exists()) {
        return false;
    }
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    git.args(["--literal-pathspecs", "ls-files", "--error-unmatch", "--"]).arg(name);
    process::confine(&mut git, &context.host, &[]);
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    process::run(git, PATIENCE).await.is_some_and(|ended| ended.success)
}

/// Whether everyone on this host can read the file: its own mode, and those of the folders up to the home directory.
#[cfg(unix)]
fn is_open(path: &Path, home: Option<&Path>) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.permissions().mode());
    let within = |folder: &&Path| home.is_some_and(|h| folder.starts_with(h));
    mode(path) & 0o004 != 0 && path.ancestors().skip(1).take_while(within).all(|f| mode(f) & 0o001 != 0)
}

/// Modes are no matter of this system.
#[cfg(not(unix))]
fn is_open(_path: &Path, _home: Option<&Path>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baked_values_are_found_in_every_form() {
        let name = "LOCALSTACK_AUTH_TOKEN";
        for (line, value) in [
            ("ENV LOCALSTACK_AUTH_TOKEN=abc", Some("abc")),
            ("ENV A=b LOCALSTACK_AUTH_TOKEN=\"abc\" C=d", Some("abc")),
            ("env LOCALSTACK_AUTH_TOKEN abc", Some("abc")),
            ("  ARG LOCALSTACK_AUTH_TOKEN=abc", Some("abc")),
            ("ARG LOCALSTACK_AUTH_TOKEN", None),
            ("ENV MY_LOCALSTACK_AUTH_TOKEN=abc", None),
            ("# ENV LOCALSTACK_AUTH_TOKEN=abc", None),
            ("RUN LOCALSTACK_AUTH_TOKEN=abc x", None),
        ] {
            assert_eq!(baked(line, name), value, "{line}");
        }
    }
}
