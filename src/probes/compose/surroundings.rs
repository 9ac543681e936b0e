//! Where compose looks variables up: this shell, then the env files of the project. Also reads env files by compose's rules.
//! Any variable can be looked up; callers decide which ones matter.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::probes::context::Context;
use crate::probes::formats::dotenv;
use crate::probes::formats::interpolate::{Lookup, Template};
use crate::probes::host::Environment;
use crate::probes::host::{file, read_bounded};

/// The most env files that are read.
const MOST_FILES: usize = 16;

/// A variable of an env file.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Its name.
    pub(crate) name: String,
    /// As it is written; nothing when the line has no equals sign.
    pub(crate) written: Option<SecretString>,
    /// What it comes to; nothing when it is not set.
    pub(crate) value: Option<SecretString>,
    /// The line, counted from 1.
    pub(crate) number: u64,
    /// Whether it stands in single quotes and is taken literally.
    pub(crate) literal: bool,
}

/// The variables that a compose file can refer to.
pub(crate) struct Surroundings<'a> {
    shell: &'a Environment,
    files: BTreeMap<String, SecretString>,
}

impl<'a> Surroundings<'a> {
    /// Those of a project with these env files. A missing or unreadable one adds nothing, as compose itself would say.
    pub(crate) async fn of(context: &'a Context, env_files: &[PathBuf]) -> Self {
        let nothing = Self { shell: &context.host.env, files: BTreeMap::new() };
        nothing.within(env_files).await
    }

    /// Those of a project that is included by the one of these: what is set out here counts there too, and more.
    pub(crate) async fn within(&self, env_files: &[PathBuf]) -> Self {
        let mut files = BTreeMap::new();
        for path in env_files.iter().take(MOST_FILES) {
            let found = |name: &str| {
                let own = || files.get(name).map(|value: &SecretString| value.expose_secret().to_owned());
                self.find(name).or_else(own)
            };
            let lines = read_env_file(path, &found).await.unwrap_or_default();
            files.extend(lines.into_iter().filter_map(|l| Some((l.name, l.value?))));
        }
        files.extend(self.files.iter().map(|(name, value)| (name.clone(), value.clone())));
        Self { shell: self.shell, files }
    }

    /// The variable's value, if it is set.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        let shell = self.shell.get(name);
        shell.or_else(|| self.files.get(name).map(ExposeSecret::expose_secret)).map(str::to_owned)
    }
}

/// The files compose fills variables from: those of `COMPOSE_ENV_FILES`, else `.env` of the project.
pub(crate) fn project_env_files(context: &Context, folder: &Path) -> Vec<PathBuf> {
    if let Some(named) = context.host.var("COMPOSE_ENV_FILES") {
        return named.split(',').filter(|f| !f.is_empty()).map(|f| context.host.cwd.join(f)).collect();
    }
    let off = context.host.var("COMPOSE_DISABLE_ENV_FILE").is_some_and(|v| v == "1" || v.eq_ignore_ascii_case("true"));
    if off { Vec::new() } else { vec![folder.join(".env")] }
}

/// A setting of compose itself: of the shell, else of the project's env files, of which the last counts.
pub(crate) fn project_setting(context: &Context, folder: &Path, name: &str) -> Option<String> {
    let of_file = |path: PathBuf| {
        let text =
            SecretString::from(String::from_utf8_lossy(&read_bounded(&path, dotenv::LARGEST_FILE).ok()?).into_owned());
        let entry = dotenv::parse(text.expose_secret()).into_iter().rfind(|entry| entry.name == name)?;
        Some(entry.value?.expose_secret().to_owned()).filter(|value| !value.is_empty())
    };
    let of_files = || project_env_files(context, folder).into_iter().rev().find_map(of_file);
    context.host.var(name).map(str::to_owned).or_else(of_files)
}

/// Reads an env file as compose does: references are expanded, except in single quotes; a bare name is taken from outside.
/// What would make the environment too large stays as it is written.
///
/// # Errors
/// When it is no regular file, too large, or cannot be read.
pub(crate) async fn read_env_file(path: &Path, outside: &Lookup<'_>) -> io::Result<Vec<Line>> {
    let mut known: BTreeMap<String, SecretString> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut room = dotenv::LARGEST_ENVIRONMENT;
    let text = file::read_text(path, dotenv::LARGEST_FILE).await?;
    for entry in dotenv::parse(text.expose_secret()) {
        let fits = |value: &String| value.len() <= room;
        let lookup =
            |name: &str| outside(name).or_else(|| known.get(name).map(|value| value.expose_secret().to_owned()));
        let value = match &entry.value {
            None => outside(&entry.name).filter(fits).map(SecretString::from),
            Some(text) if entry.literal => Some(text.clone()),
            Some(text) => {
                let expanded = Template::parse(text.expose_secret()).and_then(|template| template.expand(&lookup));
                Some(expanded.ok().filter(fits).map_or_else(|| text.clone(), SecretString::from))
            }
        };
        if let Some(value) = &value {
            room = room.saturating_sub(value.expose_secret().len());
            known.insert(entry.name.clone(), value.clone());
        }
        let (name, number) = (entry.name, entry.line);
        lines.push(Line { name, written: entry.value, value, number, literal: entry.literal });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn expansion_cannot_fill_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        let text = format!("A={}\n{}{}", "x".repeat(60_000), "B=${A}\n".repeat(1_000), "OUTSIDE\n".repeat(1_000));
        std::fs::write(&path, &text).unwrap();
        let outside = |name: &str| (name == "OUTSIDE").then(|| "y".repeat(60_000));
        let lines = read_env_file(&path, &outside).await.unwrap();
        let sum: usize = lines.iter().filter_map(|line| Some(line.value.as_ref()?.expose_secret().len())).sum();
        assert!(sum <= dotenv::LARGEST_ENVIRONMENT + text.len(), "{sum}");
    }
}
