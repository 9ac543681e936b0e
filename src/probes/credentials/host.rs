//! The places of this host, in the order in which LocalStack's tools use them.
//! The diagnosis decides which of them reach a container.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::found::CredentialCollector;
use crate::observations::{CredentialKind, Place, PlaceKind};
use crate::probes::compose;
use crate::probes::context::Context;
use crate::probes::formats::dotenv;
use crate::probes::host::dirs::System;
use crate::probes::host::file;

/// A file that holds one token, and little else.
const LARGEST_TOKEN_FILE: u64 = 64 << 10;
/// LocalStack's own folder in the home directory.
const FOLDER: &str = ".localstack";

/// What was found on this host, and what stands in clear in which file.
pub(super) struct Host<'a> {
    /// The credentials.
    pub(super) harvest: CredentialCollector<'a>,
    /// Secrets that stand in clear in a file that a repository could hold.
    pub(super) clear: Vec<(PathBuf, u64)>,
    /// Files of the home directory that hold a token.
    pub(super) private: Vec<(PathBuf, u64)>,
    /// Folders in which a project's files lie.
    pub(super) folders: Vec<PathBuf>,
}

/// Looks at every place of this host.
pub(super) async fn harvest<'a>(
    context: &'a Context,
    project: &compose::Project,
    read: Option<&compose::Reading>,
) -> Host<'a> {
    let mut host = Host {
        harvest: CredentialCollector::new(&context.scrubber),
        clear: Vec::new(),
        private: Vec::new(),
        folders: read.map(|_| project.folder.clone()).into_iter().collect(),
    };
    if !host.folders.contains(&context.host.cwd) {
        host.folders.push(context.host.cwd.clone());
    }
    shell(context, &mut host.harvest);
    host.env_files(context, project).await;
    if let Some(read) = read {
        host.compose(read);
    }
    host.profile(context).await;
    host.auth_json(context).await;
    host.lstk(context).await;
    host
}

/// This shell's variables.
pub(super) fn shell(context: &Context, harvest: &mut CredentialCollector<'_>) {
    let place = Place { kind: PlaceKind::Shell, at: None };
    // By kind first: the order of names is not the order of use.
    for kind in CredentialKind::ALL {
        if let Some(text) = context.host.env.get(kind.variable()) {
            harvest.take(kind.variable(), text, &place);
        }
    }
    let exact = |name: &str| CredentialKind::ALL.iter().any(|k| k.variable() == name);
    for (name, text) in context.host.env.iter().filter(|(name, _)| !exact(name)) {
        harvest.take(name, text, &place);
    }
}

impl Host<'_> {
    /// The env files of the compose project, and `.env` in the working directory.
    async fn env_files(&mut self, context: &Context, project: &compose::Project) {
        let mut paths: Vec<PathBuf> = project.env_files.clone();
        let own = compose::project_env_files(context, &context.host.cwd);
        paths.extend(own.into_iter().filter(|p| !project.env_files.contains(p)));
        for path in paths {
            let outside = |name: &str| context.host.env.get(name).map(str::to_owned);
            for line in compose::read_env_file(&path, &outside).await.unwrap_or_default() {
                self.env_line(&path, &line);
            }
        }
    }

    fn env_line(&mut self, path: &Path, line: &compose::Line) {
        // A bare name takes over what the shell has, which was told already.
        let (Some(written), Some(value)) = (&line.written, &line.value) else { return };
        let place = Place { kind: PlaceKind::DotEnv, at: Some(file::at(path, line.number)) };
        let credential = self.harvest.take(&line.name, value.expose_secret(), &place);
        if credential && is_clear(written.expose_secret()) {
            self.clear.push((path.to_owned(), line.number));
        }
    }

    /// What the compose file passes, from env files or by itself.
    fn compose(&mut self, read: &compose::Reading) {
        for passed in &read.passed {
            let Some(value) = &passed.value else { continue };
            let credential = self.harvest.take(&passed.name, value.expose_secret(), &passed.place);
            if let Some(at) = passed.place.at.as_ref().filter(|_| credential && passed.clear) {
                self.clear.push((PathBuf::from(&at.path), at.line));
            }
        }
    }

    /// The profile of LocalStack's CLI, which fills what the shell lacks.
    async fn profile(&mut self, context: &Context) {
        let profile = context.host.var("CONFIG_PROFILE").unwrap_or("default");
        let Some(path) = context.host.in_home(Path::new(FOLDER).join(format!("{profile}.env"))) else { return };
        let Ok(text) = file::read_text(&path, dotenv::LARGEST_FILE).await else { return };
        let entries = dotenv::parse(text.expose_secret());
        for entry in dotenv::expand(entries, |name| context.host.env.get(name)) {
            let Some(value) = &entry.value else { continue };
            let place = Place { kind: PlaceKind::Profile, at: Some(file::at(&path, entry.line)) };
            if self.harvest.take(&entry.name, value.expose_secret(), &place) && is_clear(value.expose_secret()) {
                self.private.push((path.clone(), entry.line));
            }
        }
    }

    /// The file that `localstack auth` writes.
    async fn auth_json(&mut self, context: &Context) {
        let Some(path) = context.host.in_home(Path::new(FOLDER).join("auth.json")) else { return };
        let Ok(bytes) = file::read(&path, LARGEST_TOKEN_FILE).await else { return };
        let Ok(fields) = serde_json::from_slice::<BTreeMap<String, serde_json::Value>>(&bytes) else { return };
        let text = SecretString::from(String::from_utf8_lossy(&bytes).into_owned());
        for (name, value) in &fields {
            let Some(value) = value.as_str() else { continue };
            let line = line_of(text.expose_secret(), &format!("\"{name}\""));
            let place = Place { kind: PlaceKind::AuthJson, at: Some(file::at(&path, line)) };
            if self.harvest.take(name, value, &place) && is_clear(value) {
                self.private.push((path.clone(), line));
            }
        }
    }

    /// The token file of lstk, which lies beside its configuration.
    async fn lstk(&mut self, context: &Context) {
        for path in lstk_files(context, System::here()) {
            let Ok(bytes) = file::read(&path, LARGEST_TOKEN_FILE).await else { continue };
            let text = SecretString::from(String::from_utf8_lossy(&bytes).into_owned());
            let token = text.expose_secret();
            let token = token.strip_suffix('\n').map_or(token, |t| t.strip_suffix('\r').unwrap_or(t));
            let place = Place { kind: PlaceKind::Lstk, at: Some(file::at(&path, 1)) };
            self.harvest.take_as(CredentialKind::AuthToken, "auth-token", token, &place);
            if is_clear(token) {
                self.private.push((path, 1));
            }
        }
    }
}

/// The folders in which lstk looks for its configuration: of the project, of the user, of the system's own kind.
fn lstk_files(context: &Context, system: System) -> Vec<PathBuf> {
    let host = &context.host;
    let folders =
        [Some(host.cwd.join(".lstk")), host.in_home(".config/lstk"), system.config(host).map(|c| c.join("lstk"))];
    let mut files: Vec<PathBuf> = folders.into_iter().flatten().map(|f| f.join("auth-token")).collect();
    files.dedup();
    files
}

/// Whether a secret stands there itself, and no reference to one.
fn is_clear(written: &str) -> bool {
    match compose::Template::parse(written) {
        Ok(template) => template.literals().into_iter().any(compose::is_clear_secret),
        Err(_) => compose::is_clear_secret(written),
    }
}

fn line_of(text: &str, needle: &str) -> u64 {
    let line = text.lines().position(|l| l.contains(needle)).map_or(0, |n| n + 1);
    u64::try_from(line).unwrap_or_default()
}
