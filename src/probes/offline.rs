//! Evidence from files instead of live probes; fills the very same snapshot. What is not given is unknown, not absent.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::formats::secrets::Secrets;
use super::formats::utf16::decoded;
use super::formats::variables;
use super::host::{Environment, read_bounded};
use super::sources::docker::inspect;
use super::sources::types::Inspected;
use super::{credentials, endpoint, license_cache, network};
use crate::log::{Ends, Scanner};
use crate::observations::{
    Answer, CachePlace, CachedLicense, Credentials, Endpoint, FileLine, Image, Instances, LogDigest, LogOrigin,
    Observation, Place, PlaceKind, Snapshot, State,
};

/// An info, inspect, license or environment file is a few kilobytes.
const LARGEST: u64 = 8 << 20;
/// A log is read in blocks of this size, and may be of any length.
const BLOCK: usize = 1 << 20;

/// What was given.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Logs, in order; `-` is standard input.
    pub logs: Vec<PathBuf>,
    /// The container's environment, a `NAME=value` on each line.
    pub env: Option<PathBuf>,
    /// The body of `/_localstack/info`.
    pub info: Option<PathBuf>,
    /// The output of `docker inspect`.
    pub inspect: Option<PathBuf>,
    /// A cached license file.
    pub license: Option<PathBuf>,
    /// The image.
    pub image: Option<String>,
    /// The exit code.
    pub exit_code: Option<i64>,
}

/// Reads everything that was given into a snapshot.
///
/// # Errors
/// When a file cannot be read or understood: what, which, why.
pub fn read(context: &Context, given: &Inputs) -> Result<Snapshot, String> {
    let mut target = context.target();
    target.from_files = true;
    target.offline = true;
    let mut snapshot = Snapshot { target, ..Snapshot::default() };
    let now = context.now();
    let mut container = None;
    let mut variables = None;
    if let Some(path) = &given.inspect {
        let Inspected { container: seen, environment: raw, .. } = inspected(context, path)?;
        let place = Place { kind: PlaceKind::Process, at: None };
        let (process, near_misses) = credentials::from_environment(&raw, &place, &context.scrubber);
        let seen_there = !seen.environment.is_empty();
        let found = Credentials { process_seen: seen_there, process, near_misses, ..Credentials::default() };
        snapshot.credentials = Observation::seen(now, found);
        container = Some(seen);
        variables = Some(raw);
    }
    if let Some(reference) = &given.image {
        container.get_or_insert_default().image = Some(Image::parse(&context.scrubber.text(reference)));
    }
    if let Some(code) = given.exit_code {
        let c = container.get_or_insert_default();
        c.state = State { exit_code: Some(code), ..std::mem::take(&mut c.state) };
    }
    if let Some(path) = &given.env {
        let entries = environment(path)?;
        let place = Place { kind: PlaceKind::Process, at: Some(FileLine { path: show(context, path), line: 0 }) };
        let (process, near_misses) = credentials::from_environment(&entries, &place, &context.scrubber);
        container.get_or_insert_default().environment = variables::shown(entries.iter().collect(), &context.scrubber);
        let seen = Credentials { process_seen: true, process, near_misses, ..Credentials::default() };
        snapshot.credentials = Observation::seen(now, seen);
        variables = Some(entries);
    }
    if let Some(proxy) = variables.and_then(|given| network::proxy_of(&in_clear(&given), context)) {
        snapshot.inside.proxy = Observation::seen(now, proxy);
    }
    if let Some(chosen) = container {
        let chosen = Some(chosen);
        snapshot.instances =
            Observation::seen(now, Instances { chosen, chosen_by: "given".to_owned(), ..Instances::default() });
    }
    if let Some(path) = &given.info {
        snapshot.endpoint = Observation::seen(now, answered(context, path)?);
    }
    if let Some(path) = &given.license {
        let bytes = read_bounded(path, LARGEST)
            .map_err(|e| format!("cannot read the license file {}: {e}", show(context, path)))?;
        let file = CachedLicense {
            place: CachePlace::File,
            path: show(context, path),
            content: license_cache::parse(&bytes, &context.scrubber),
        };
        snapshot.cache = Observation::seen(now, vec![file]);
    }
    if !given.logs.is_empty() {
        snapshot.logs = Observation::seen(now, logs(context, &given.logs)?);
    }
    Ok(snapshot)
}

fn show(context: &Context, path: &Path) -> String {
    context.scrubber.text(&path.display().to_string())
}

/// A small file, in UTF-8.
fn text(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    decoded(read_bounded(path, LARGEST)?.as_slice())?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn in_clear(environment: &Secrets) -> Environment {
    environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The container, and its environment in clear.
fn inspected(context: &Context, path: &Path) -> Result<Inspected, String> {
    let bytes = text(path).map_err(|e| format!("cannot read {}: {e}", show(context, path)))?;
    let json: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|e| format!("{} is no output of `docker inspect`: {e}", show(context, path)))?;
    let first = json.as_array().and_then(|a| a.first()).unwrap_or(&json);
    if !first.is_object() {
        return Err(format!("{} is no output of `docker inspect`: it holds no container", show(context, path)));
    }
    Ok(inspect::inspected(first, &context.scrubber))
}

fn environment(path: &Path) -> Result<Secrets, String> {
    let bytes = text(path).map_err(|e| format!("cannot read the environment file {}: {e}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let entries = text.lines().filter(|l| !l.trim_start().starts_with('#')).filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim().trim_start_matches("export ").trim().to_owned();
        (!name.is_empty()).then(|| (name, value.to_owned()))
    });
    Ok(entries.collect())
}

fn answered(context: &Context, path: &Path) -> Result<Endpoint, String> {
    let bytes = text(path).map_err(|e| format!("cannot read {}: {e}", show(context, path)))?;
    let json: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|e| format!("{} is no body of /_localstack/info: {e}", show(context, path)))?;
    let health = endpoint::health(&json, &context.scrubber);
    // A saved body may have been shortened by hand: any of its keys will do.
    let known = ["is_license_activated", "edition", "session_id"].iter().any(|key| json.get(key).is_some());
    let info = (known && health.is_none()).then(|| endpoint::info(&json, &context.scrubber));
    if info.is_none() && health.is_none() {
        return Err(format!("{} is no body of /_localstack/info: none of its keys is there", show(context, path)));
    }
    Ok(Endpoint { url: show(context, path), chosen_by: "given".to_owned(), answer: Answer::LocalStack, info, health })
}

fn logs(context: &Context, paths: &[PathBuf]) -> Result<LogDigest, String> {
    let source = paths.iter().map(|p| if p == Path::new("-") { "standard input".to_owned() } else { show(context, p) });
    let source = source.collect::<Vec<_>>().join(", ");
    let mut scanner =
        Scanner::new(Arc::clone(&context.phrases), Arc::clone(&context.scrubber), LogOrigin::File(source));
    let mut block = vec![0; BLOCK];
    let mut around = String::new();
    for path in paths {
        let why = |e: io::Error| format!("cannot read the log {}: {e}", show(context, path));
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(path).map_err(why)?)
        };
        let mut input = decoded(input).map_err(why)?;
        let mut ends = Ends::default();
        loop {
            match input.read(&mut block) {
                Ok(0) => break,
                Ok(n) => {
                    let read = block.get(..n).unwrap_or_default();
                    ends.feed(read);
                    scanner.feed(read, None);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(why(e)),
            }
        }
        scanner.finish();
        around.push_str(&ends.text(&path.display().to_string()));
    }
    let mut launch = context.phrases.layout().launchers().hints(&around);
    for name in [&mut launch.container, &mut launch.service, &mut launch.namespace, &mut launch.workload] {
        *name = name.take().map(|name| context.scrubber.text(&name));
    }
    Ok(LogDigest { launch, ..scanner.finish() })
}
